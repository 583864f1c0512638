import type { Fault, Reason } from '../../core/model.ts';
import type { WriteOutcome } from '../kit/connector.ts';
import { type DeleteOutcome, deletionFault } from '../kit/deletion.ts';
import { RemoteError } from '../kit/errors.ts';
import { type HttpAnswer, retryAfter } from '../kit/http.ts';

/** One record's result, or a whole refusal; every part may be missing. */
export interface ZohoResult {
  readonly code?: string | undefined;
  readonly status?: string | undefined;
  readonly message?: string | undefined;
  readonly details?:
    | {
        readonly id?: string | undefined;
        readonly api_name?: string | undefined;
        /** e.g. `$.data[3].Account_Name.id`: which record, which of its fields. */
        readonly json_path?: string | undefined;
        readonly maximum_length?: number | undefined;
        readonly expected_data_type?: string | undefined;
        readonly duplicate_record?: { readonly id?: string | undefined } | undefined;
        readonly Modified_By?: { readonly id?: string | undefined } | undefined;
      }
    | undefined;
}

export const resultOf = (body: unknown): ZohoResult => (typeof body === 'object' && body !== null ? body : {});

const REASONS: Readonly<Record<string, Reason>> = {
  MANDATORY_NOT_FOUND: 'missing_required',
  DEPENDENT_FIELD_MISSING: 'validation_rule',
  EXPECTED_FIELD_MISSING: 'validation_rule',
  RECORD_LOCKED: 'record_locked',
  RECORD_IN_BLUEPRINT: 'record_locked',
  NOT_APPROVED: 'record_locked',
  NO_PERMISSION: 'no_permission',
  DUPLICATE_DATA: 'duplicate_rule',
};

const PLACE = /\$\.data\[(\d+)\](?:\.(\w+))?/;
/** Which of the records sent a refusal is about, by its place; null: it does not say. */
export function rowOf({ details }: ZohoResult): number | null {
  const place = PLACE.exec(details?.json_path ?? '')?.[1];
  return place === undefined ? null : Number(place);
}
/** The field at fault. A lookup's own `id` is named by the path alone, whose first part is the lookup. */
const fieldOf = ({ details }: ZohoResult): string | null =>
  PLACE.exec(details?.json_path ?? '')?.[2] ?? details?.api_name ?? null;

/** What became of one record that was not stored (BEHAVIOR.md, "Errors"). */
export function refusalOf(result: ZohoResult, op: 'create' | 'update' = 'update'): WriteOutcome {
  const { code = 'UNKNOWN', details, message = '' } = result;
  const named = fieldOf(result);
  if (isConverted(result)) return { kind: 'moved', to: null, why: 'converted' };
  if (code === 'DUPLICATE_DATA' && /email|^Account_Name$/i.test(named ?? 'Email')) {
    const id = details?.duplicate_record?.id ?? details?.id ?? null;
    return { kind: 'exists', id, field: named };
  }
  // An unknown or deleted record has no code of its own, and the same words are said of a lookup that leads nowhere.
  const isAboutId = code === 'INVALID_DATA' && (named === 'id' || /\bid given seems\b/.test(message));
  if (isAboutId && op === 'update' && (named === null || named === 'id')) return { kind: 'gone' };
  const field = named === 'id' ? null : named;
  const fault: Fault = {
    reason: reasonOf(result),
    field,
    params: {
      code,
      vendor: message.slice(0, 300),
      ...(details?.maximum_length === undefined ? {} : { max: details.maximum_length }),
    },
  };
  return { kind: 'refused', faults: [fault] };
}

/** The record itself is unknown, or gone. */
export const isAboutId = ({ code, message = '' }: ZohoResult): boolean =>
  code === 'INVALID_DATA' && /\bid given seems\b/.test(message);

/** What one record's result means for its deletion. */
export function deletionOf(result: ZohoResult): DeleteOutcome {
  const { code = 'UNKNOWN', message = '' } = result;
  if (code === 'SUCCESS' || isAboutId(result)) return { kind: 'deleted' };
  const params = { code, vendor: message.slice(0, 300) };
  return { kind: 'refused', faults: [deletionFault(REASONS[code] ?? 'rejected_by_crm', params)] };
}

/** Document and observation disagree about the code, so both are looked at. */
const isConverted = ({ code, message }: ZohoResult): boolean =>
  code === 'CONVERTED_RECORD' ||
  code === 'ID_ALREADY_CONVERTED' ||
  (code === 'INVALID_DATA' && /converted/.test(message ?? ''));

function reasonOf({ code = '', details }: ZohoResult): Reason {
  if (code === 'INVALID_DATA' && details?.maximum_length !== undefined) return 'too_long';
  if (code === 'INVALID_DATA' && details?.expected_data_type === 'email') return 'invalid_email';
  if (code === 'INVALID_DATA') return 'wrong_type';
  return REASONS[code] ?? 'rejected_by_crm';
}

const DAY_MS = 86_400_000;
/** Of `page_token`: 24 hours old, other parameters, past 100,000 records; of `page`: past 2,000 (BEHAVIOR.md, "Walking"). */
const LOST_PLACES = new Set([
  'EXPIRED_VALUE',
  'TOKEN_BOUND_DATA_MISMATCH',
  'PAGINATION_LIMIT_EXCEEDED',
  'DISCRETE_PAGINATION_LIMIT_EXCEEDED',
]);

/** Nothing more goes into this organisation: true of each record alike (BEHAVIOR.md, "Errors"). */
export const isFull = (result: ZohoResult): boolean => result.code === 'MAX_RECORDS_LIMIT_REACHED';

/** A failed call as a whole. */
export function classify(answer: HttpAnswer, now: number): RemoteError {
  const { status } = answer;
  const { code } = resultOf(answer.body);
  const details = { status, ...(code === undefined ? {} : { code }) };
  if (code === 'OAUTH_SCOPE_MISMATCH')
    return new RemoteError('forbidden', 'Zoho: the token lacks a scope', { ...details, case: 'scope_missing' });
  if (code === 'LICENSE_LIMIT_EXCEEDED')
    return new RemoteError('quota', "Zoho's credits of 24 hours are used up", {
      ...details,
      retryAt: now + DAY_MS / 24,
    });
  if (status === 401) return new RemoteError('auth', 'Zoho does not accept the token (401)', details);
  if (status === 403)
    return new RemoteError('forbidden', `Zoho refuses the call: a right is missing (${code ?? 403})`, details);
  if (status === 429)
    return new RemoteError('throttled', 'Zoho asks to slow down (429)', {
      ...details,
      retryAt: retryAfter(answer, now) ?? now + 2_000,
    });
  if (status >= 500)
    return new RemoteError('unavailable', `Zoho has trouble (${status})`, { ...details, maybeDone: true });
  // A page's token is over, or belongs to another query: the list is read from its beginning.
  if (code !== undefined && LOST_PLACES.has(code))
    return new RemoteError('cursor', `Zoho no longer knows this place in its list (${code})`, details);
  if (code === 'INVALID_QUERY' || code === 'INVALID_MODULE')
    return new RemoteError('schema', `Zoho does not know a field or module (${code})`, details);
  return new RemoteError('invalid', `Zoho answered ${status} (${code ?? 'no code'})`, details);
}
