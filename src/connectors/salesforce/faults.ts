import type { Fault, Reason } from '../../core/model.ts';
import type { WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { HttpAnswer } from '../kit/http.ts';

/** An error in single calls (`errorCode`) or in a collection's item (`statusCode`). Messages are localised: never matched. */
export interface SalesforceError {
  readonly message?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly statusCode?: string | undefined;
  readonly fields?: readonly string[] | undefined;
  /** The vendor's spelling; both are read. */
  readonly duplicateResut?: DuplicateResult | undefined;
  readonly duplicateResult?: DuplicateResult | undefined;
}
interface DuplicateResult {
  readonly matchResults?: readonly {
    readonly matchRecords?: readonly { readonly record?: { readonly Id?: string } }[];
  }[];
}

export const codeOf = (error: SalesforceError): string => error.statusCode ?? error.errorCode ?? 'UNKNOWN';

/** What the vendor’s codes mean to a person; others are `rejected_by_crm`. */
export const REASONS: Readonly<Record<string, Reason>> = {
  REQUIRED_FIELD_MISSING: 'missing_required',
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: 'not_in_list',
  STRING_TOO_LONG: 'too_long',
  INVALID_EMAIL_ADDRESS: 'invalid_email',
  INVALID_FIELD: 'rejected_by_crm',
  INVALID_FIELD_FOR_INSERT_UPDATE: 'no_permission',
  JSON_PARSER_ERROR: 'wrong_type',
  INVALID_TYPE_ON_FIELD_IN_RECORD: 'wrong_type',
  NUMBER_OUTSIDE_VALID_RANGE: 'wrong_type',
  DUPLICATES_DETECTED: 'duplicate_rule',
  DUPLICATE_VALUE: 'address_taken',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'validation_rule',
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: 'validation_rule',
  FIELD_INTEGRITY_EXCEPTION: 'not_in_list',
  FIELD_FILTER_VALIDATION_EXCEPTION: 'validation_rule',
  ENTITY_IS_LOCKED: 'record_locked',
  INACTIVE_OWNER_OR_USER: 'no_permission',
  INSUFFICIENT_ACCESS_OR_READONLY: 'no_permission',
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: 'no_permission',
  CANNOT_UPDATE_CONVERTED_LEAD: 'converted_lead',
};

const GONE = new Set(['ENTITY_IS_DELETED', 'NOT_FOUND']);
/** Said of the record itself, or of a value that names another record: the fields tell which. */
const BAD_ID = new Set(['INVALID_CROSS_REFERENCE_KEY', 'MALFORMED_ID']);
/** To be tried again, and nothing was done. */
const NOT_NOW = new Set(['UNABLE_TO_LOCK_ROW', 'SERVER_UNAVAILABLE', 'QUERY_TIMEOUT', 'REQUEST_RUNNING_TOO_LONG']);

const isAboutRecord = ({ fields = [] }: SalesforceError): boolean =>
  fields.length === 0 || fields.some((field) => field.toLowerCase() === 'id');

/** What one item of a collection's answer means for its write. */
export function outcomeOf(errors: readonly SalesforceError[], op: 'create' | 'update'): WriteOutcome {
  const codes = errors.map(codeOf);
  if (codes.some((code) => NOT_NOW.has(code))) return { kind: 'throttled', retryAt: null };
  if (codes.includes('CANNOT_UPDATE_CONVERTED_LEAD')) return { kind: 'moved', to: null, why: 'converted' };
  const isGone = (error: SalesforceError): boolean =>
    GONE.has(codeOf(error)) || (BAD_ID.has(codeOf(error)) && isAboutRecord(error));
  if (op === 'update' && errors.some(isGone)) return { kind: 'gone' };
  return { kind: 'refused', faults: errors.flatMap(faultsOf) };
}

function faultsOf(error: SalesforceError): Fault[] {
  const code = codeOf(error);
  const reason = REASONS[code] ?? 'rejected_by_crm';
  const params = { code, vendor: (error.message ?? '').slice(0, 300), ...duplicateOf(error) };
  const fields = error.fields ?? [];
  return fields.length === 0 ? [{ reason, field: null, params }] : fields.map((field) => ({ reason, field, params }));
}

function duplicateOf(error: SalesforceError): Record<string, string> {
  const result = error.duplicateResut ?? error.duplicateResult;
  const id = result?.matchResults
    ?.flatMap((match) => match.matchRecords ?? [])
    .map((match) => match.record?.Id)
    .find((one) => one !== undefined);
  return id === undefined ? {} : { otherId: id };
}

export const errorsIn = (body: unknown): readonly SalesforceError[] =>
  Array.isArray(body) ? (body as SalesforceError[]) : [];

/** The day's use as each answer tells it, e.g. `api-usage=54/15000`; an app's own share stands beside it. */
export function usageIn(answer: HttpAnswer): { readonly used: number; readonly limit: number } | null {
  const usage = /(?:^|[;,\s])api-usage=(\d+)\/(\d+)/.exec(answer.headers.get('sforce-limit-info') ?? '');
  return usage === null ? null : { used: Number(usage[1]), limit: Number(usage[2]) };
}

const CROWDED_MS = 10_000;

/** One code for two things: the day's calls are used up, or too many long ones run at once. Words are localised, figures not. */
function limited(answer: HttpAnswer, now: number, details: { readonly status: number }): RemoteError {
  const usage = usageIn(answer);
  if (usage === null || usage.used >= usage.limit)
    return new RemoteError('quota', "Salesforce's request limit is reached", details);
  return new RemoteError('throttled', 'Salesforce has too many long calls at once', {
    ...details,
    retryAt: now + CROWDED_MS,
  });
}

/** A failed call as a whole (BEHAVIOR.md, "Errors" and "Limits"). */
export function classify(answer: HttpAnswer, now: number): RemoteError {
  const { status } = answer;
  const [first] = errorsIn(answer.body);
  const code = first === undefined ? undefined : codeOf(first);
  const details = { status, ...(code === undefined ? {} : { code }) };
  if (status === 401) return new RemoteError('auth', 'Salesforce does not accept the session (401)', details);
  if (code === 'REQUEST_LIMIT_EXCEEDED') return limited(answer, now, details);
  if (code === 'INVALID_QUERY_LOCATOR' || code === 'INVALID_REPLICATION_DATE')
    return new RemoteError('cursor', 'Salesforce no longer knows this position', details);
  if (code === 'INVALID_FIELD' || code === 'INVALID_TYPE')
    return new RemoteError('schema', 'Salesforce does not know a field or object that is mapped', details);
  if (status === 403) return new RemoteError('forbidden', `Salesforce refuses the call (${code ?? 403})`, details);
  if (status >= 500 || (code !== undefined && NOT_NOW.has(code)))
    return new RemoteError('unavailable', `Salesforce has trouble (${code ?? status})`, {
      ...details,
      maybeDone: status >= 500,
    });
  return new RemoteError(
    status < 500 ? 'invalid' : 'unexpected',
    `Salesforce answered ${status} (${code ?? 'no code'})`,
    details,
  );
}
