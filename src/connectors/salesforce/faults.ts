import type { Fault, Reason } from '../../core/model.ts';
import type { WriteOutcome } from '../kit/connector.ts';
import { type DeleteOutcome, deletionFault } from '../kit/deletion.ts';
import { RemoteError } from '../kit/errors.ts';
import { type HttpAnswer, retryAfter } from '../kit/http.ts';

/** What is absent may be null. */
type Maybe<T> = T | null | undefined;
/** An error in single calls (`errorCode`) or in a collection's item (`statusCode`). Messages are localised: never matched. */
export interface SalesforceError {
  readonly message?: Maybe<string>;
  readonly errorCode?: Maybe<string>;
  readonly statusCode?: Maybe<string>;
  readonly fields?: Maybe<readonly string[]>;
  /** The vendor's spelling; both are read. */
  readonly duplicateResut?: Maybe<DuplicateResult>;
  readonly duplicateResult?: Maybe<DuplicateResult>;
}
interface DuplicateResult {
  readonly matchResults?: Maybe<
    readonly {
      readonly matchRecords?: Maybe<readonly { readonly record?: Maybe<{ readonly Id?: Maybe<string> }> }[]>;
    }[]
  >;
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
const NOT_NOW = new Set([
  'UNABLE_TO_LOCK_ROW',
  'SERVER_UNAVAILABLE',
  'QUERY_TIMEOUT',
  'REQUEST_RUNNING_TOO_LONG',
  'REQUEST_LIMIT_EXCEEDED',
]);

const fieldsOf = ({ fields }: SalesforceError): readonly string[] => fields ?? [];
const isAboutRecord = (error: SalesforceError): boolean =>
  fieldsOf(error).length === 0 || fieldsOf(error).some((field) => field.toLowerCase() === 'id');

/** What one item of a collection's answer means for its write. */
export function outcomeOf(errors: readonly SalesforceError[], op: 'create' | 'update'): WriteOutcome {
  const codes = errors.map(codeOf);
  if (codes.some((code) => NOT_NOW.has(code))) return { kind: 'throttled', retryAt: null };
  if (codes.includes('CANNOT_UPDATE_CONVERTED_LEAD')) return { kind: 'moved', to: null, why: 'converted' };
  const isGone = (error: SalesforceError): boolean =>
    GONE.has(codeOf(error)) || (BAD_ID.has(codeOf(error)) && isAboutRecord(error));
  if (op === 'update' && errors.some(isGone)) return { kind: 'gone' };
  return { kind: 'refused', faults: (errors.length === 0 ? [{}] : errors).flatMap(faultsOf) };
}

/** Of deleting; everything else is told by its code and the vendor's words. */
const DELETION_REASONS: Readonly<Record<string, Reason>> = {
  INSUFFICIENT_ACCESS_OR_READONLY: 'no_permission',
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: 'no_permission',
  ENTITY_IS_LOCKED: 'record_locked',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'validation_rule',
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: 'validation_rule',
};
export const DELETION_CODES: readonly string[] = [...Object.keys(DELETION_REASONS), 'DELETE_FAILED'];

/** What one item of a collection's answer means for its deletion; `gone`: it is not there, for whatever reason. */
export function deletionOf(errors: readonly SalesforceError[]): DeleteOutcome | { readonly kind: 'gone' } {
  const codes = errors.map(codeOf);
  if (codes.some((code) => NOT_NOW.has(code))) return { kind: 'throttled', retryAt: null };
  // No field is named here: a reference that cannot be followed is the record itself.
  if (codes.some((code) => GONE.has(code) || code === 'INVALID_CROSS_REFERENCE_KEY')) return { kind: 'gone' };
  const faults = (errors.length === 0 ? [{}] : errors).map((error): Fault => {
    const code = codeOf(error);
    const params = { code, vendor: (error.message ?? '').trim().slice(0, 300) };
    // A contact with cases, contracts and their like: the message names them.
    if (code === 'DELETE_FAILED') return deletionFault('rejected_by_crm', { ...params, why: 'deletion_related' });
    return deletionFault(DELETION_REASONS[code] ?? 'rejected_by_crm', params);
  });
  return { kind: 'refused', faults };
}

function faultsOf(error: SalesforceError): Fault[] {
  const code = codeOf(error);
  const reason = REASONS[code] ?? 'rejected_by_crm';
  const params = { code, vendor: (error.message ?? '').slice(0, 300), ...duplicateOf(error) };
  const fields = fieldsOf(error);
  // Any unique field may be meant; only of the address do we know whose it is.
  if (reason === 'address_taken' && !fields.some((field) => /email/i.test(field)))
    return (fields.length === 0 ? [null] : fields).map((field) => ({ reason: 'duplicate_rule', field, params }));
  return fields.length === 0 ? [{ reason, field: null, params }] : fields.map((field) => ({ reason, field, params }));
}

function duplicateOf(error: SalesforceError): Record<string, string> {
  const result = error.duplicateResut ?? error.duplicateResult;
  const id = result?.matchResults
    ?.flatMap((match) => match.matchRecords ?? [])
    .map((match) => match.record?.Id)
    .find((one) => one != null);
  // "duplicate value found: … on record with id: 00Q…": the sentence is localised, ids are not.
  const named = codeOf(error) === 'DUPLICATE_VALUE' ? RECORD_ID.exec(error.message ?? '')?.[0] : undefined;
  const other = id ?? named;
  return other === undefined ? {} : { otherId: other };
}
/** Of accounts, leads and contacts, 15 or 18 characters. */
const RECORD_ID = /\b00[Q31][A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?\b/;

/** Errors of single calls are a list; one alone is taken for one. */
export function errorsIn(body: unknown): readonly SalesforceError[] {
  const list: readonly unknown[] = Array.isArray(body) ? body : [body];
  // The schema lets every part be absent; these are the documented ones.
  return list.filter((one): one is SalesforceError => typeof one === 'object' && one !== null);
}

/** A dead session told in the body of Bayeux messages (BEHAVIOR.md, "Change events"), whatever the status. */
export function isSessionOver({ body }: Pick<HttpAnswer, 'body'>): boolean {
  if (!Array.isArray(body)) return false;
  return body.some((message: unknown) => {
    const { error, ext } = Object(message) as Readonly<Record<string, unknown>>;
    const { sfdc } = Object(ext) as Readonly<Record<string, unknown>>;
    const { failureReason } = Object(sfdc) as Readonly<Record<string, unknown>>;
    return [error, failureReason].some((word) => typeof word === 'string' && word.startsWith('401:'));
  });
}

/** The day's use as each answer tells it, e.g. `api-usage=54/15000`; an app's own share stands beside it. */
export function usageIn(answer: HttpAnswer): { readonly used: number; readonly limit: number } | null {
  const usage = /(?:^|[;,\s])api-usage=(\d+)\/(\d+)/.exec(answer.headers.get('sforce-limit-info') ?? '');
  return usage === null ? null : { used: Number(usage[1]), limit: Number(usage[2]) };
}

const CROWDED_MS = 10_000;

/**
 * One code for two things: the day's calls are used up, or too many long ones run at once. Sentences are localised; the
 * names of the limits in them (`TotalRequests`, `ConcurrentRequests…`) and the figures are not.
 */
function limited(answer: HttpAnswer, now: number, details: { readonly status: number }): RemoteError {
  const usage = usageIn(answer);
  const words = errorsIn(answer.body)
    .map(({ message }) => message ?? '')
    .join(' ');
  const isCrowded = /\bConcurrent/.test(words);
  const isSpent = /\bTotalRequests\b/.test(words) || usage === null || usage.used >= usage.limit;
  if (!isCrowded && isSpent) return new RemoteError('quota', "Salesforce's request limit is reached", details);
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
  if (status === 401 || isSessionOver(answer))
    return new RemoteError('auth', 'Salesforce does not accept the session (401)', details);
  if (code === 'REQUEST_LIMIT_EXCEEDED') return limited(answer, now, details);
  if (code === 'INVALID_QUERY_LOCATOR' || code === 'INVALID_REPLICATION_DATE')
    return new RemoteError('cursor', 'Salesforce no longer knows this position', details);
  if (code === 'INVALID_FIELD' || code === 'INVALID_TYPE')
    return new RemoteError('schema', 'Salesforce does not know a field or object that is mapped', details);
  if (status === 403) return new RemoteError('forbidden', `Salesforce refuses the call (${code ?? 403})`, details);
  const retryAt = retryAfter(answer, now);
  const later = { ...details, ...(retryAt === undefined ? {} : { retryAt }) };
  // Not of Salesforce, but of what may stand before it.
  if (status === 429) return new RemoteError('throttled', 'Salesforce asks to slow down (429)', later);
  // Refused before anything was done: a write may be sent again.
  if (status < 500 && code === 'UNABLE_TO_LOCK_ROW')
    return new RemoteError('throttled', 'Salesforce has a row of this call locked', later);
  if (status >= 500 || (code !== undefined && NOT_NOW.has(code)))
    return new RemoteError('unavailable', `Salesforce has trouble (${code ?? status})`, {
      ...later,
      maybeDone: status >= 500,
    });
  return new RemoteError(
    status < 500 ? 'invalid' : 'unexpected',
    `Salesforce answered ${status} (${code ?? 'no code'})`,
    details,
  );
}
