import type { Fault, Reason } from '../../core/model.ts';
import { deletionFault } from '../kit/deletion.ts';
import { RemoteError, type RemoteErrorDetails } from '../kit/errors.ts';
import { type HttpAnswer, retryAfter } from '../kit/http.ts';

/** One error as HubSpot writes it; every part is optional (BEHAVIOR.md, "Errors"). */
export interface HubSpotError {
  readonly category?: string | undefined;
  readonly status?: string | undefined;
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly policyName?: string | undefined;
  readonly context?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly errors?: readonly HubSpotError[] | undefined;
}

const object = (body: unknown): HubSpotError => (typeof body === 'object' && body !== null ? body : {});

const BY_CODE: Readonly<Record<string, Reason>> = {
  INVALID_OPTION: 'not_in_list',
  INVALID_EMAIL: 'invalid_email',
  INVALID_LONG: 'wrong_type',
  INVALID_DOUBLE: 'wrong_type',
  INVALID_INTEGER: 'wrong_type',
  INVALID_NUMBER: 'wrong_type',
  INVALID_DATE: 'wrong_type',
  INVALID_BOOLEAN: 'wrong_type',
  MAX_LENGTH: 'too_long',
  INVALID_LENGTH: 'too_long',
  READ_ONLY_VALUE: 'no_permission',
  CONFLICTING_UNIQUE_VALUE: 'duplicate_rule',
  REQUIRED_FIELD: 'missing_required',
  REQUIRED_PROPERTY: 'missing_required',
  MISSING_REQUIRED_PROPERTY: 'missing_required',
};

interface PropertyComplaint {
  readonly name?: string;
  readonly error?: string;
  readonly message?: string;
}

/** Newer answers have `errors[]`; older ones carry the same as JSON inside `message`. English text is never matched. */
function complaints(error: HubSpotError): PropertyComplaint[] {
  const listed = (error.errors ?? []).map((one): PropertyComplaint => {
    const name = one.context?.['propertyName']?.[0];
    return {
      ...(name === undefined ? {} : { name }),
      ...(one.code === undefined ? {} : { error: one.code }),
      ...(one.message === undefined ? {} : { message: one.message }),
    };
  });
  if (listed.length > 0) return listed;
  const start = error.message?.indexOf('[{') ?? -1;
  if (start < 0 || error.message === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(error.message.slice(start, error.message.lastIndexOf(']') + 1));
    return Array.isArray(parsed) ? (parsed as PropertyComplaint[]) : [];
  } catch {
    return [];
  }
}

/** What HubSpot says about one record, as faults by field; the vendor's words are kept as `vendor`, never alone. */
export function faultsOf(body: unknown): readonly Fault[] {
  const error = object(body);
  const found = complaints(error).map((complaint): Fault => {
    const code = complaint.error ?? error.category ?? 'UNKNOWN';
    return {
      reason: BY_CODE[code] ?? (code.startsWith('INVALID_') ? 'validation_rule' : 'rejected_by_crm'),
      field: complaint.name ?? null,
      params: { code, vendor: (complaint.message ?? error.message ?? '').slice(0, 300) },
    };
  });
  if (found.length > 0) return found;
  return [
    {
      reason: 'rejected_by_crm',
      field: null,
      params: { code: error.category ?? 'UNKNOWN', vendor: (error.message ?? '').slice(0, 300) },
    },
  ];
}

/** Somebody has the address: said of the whole record, or of its property. */
export const isConflict = (body: unknown): boolean =>
  object(body).category === 'CONFLICT' || addressConflict(object(body)) !== undefined;
const addressConflict = (error: HubSpotError): PropertyComplaint | undefined =>
  complaints(error).find((one) => one.error === 'CONFLICTING_UNIQUE_VALUE' && one.name === 'email');
export const isNotFound = (body: unknown): boolean => object(body).category === 'OBJECT_NOT_FOUND';
/** "Contact already exists. Existing ID: 37765128953": the only place where HubSpot names it. */
export const existingId = (body: unknown): string | null => {
  const taken = addressConflict(object(body));
  // "Cannot set … propertyName=email … on 51. 101 already has that value.": of the property's own complaint, never of the JSON around it.
  if (taken !== undefined) return /(\d+) already has that value/.exec(taken.message ?? '')?.[1] ?? null;
  return /(\d+)\D*$/.exec(object(body).message ?? '')?.[1] ?? null;
};
/** A property that we believe in is not there: our picture of the account is old. */
export const isSchemaFault = (body: unknown): boolean =>
  complaints(object(body)).some((complaint) => complaint.error === 'PROPERTY_DOESNT_EXIST');
export const traceIds = (error: HubSpotError): readonly string[] => error.context?.['objectWriteTraceId'] ?? [];

/** Why one contact was not deleted, with HubSpot's words; a scope that is missing is named in them. */
export function deletionFaultOf({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): Fault {
  const error = object(body);
  const named = scopesOf(error);
  return deletionFault(status === 403 ? 'no_permission' : 'rejected_by_crm', {
    code: error.category ?? `HTTP ${status}`,
    vendor: [(error.message ?? '').slice(0, 300), named].filter((part) => part !== undefined && part !== '').join(': '),
  });
}

/** Statuses that mean "not now": locked by heavy writing, account migration, trouble (BEHAVIOR.md, "Errors"). */
const NOT_NOW = new Set([423, 477, 500, 502, 503, 504, 521, 522, 523, 524]);

/** "crm.objects.companies.read": what an administrator has to tick. */
function scopesOf({ errors, context }: HubSpotError): string | undefined {
  const named = [context, ...(errors ?? []).map((one) => one.context)].flatMap(
    (one) => one?.['requiredGranularScopes'] ?? [],
  );
  return named.length === 0 ? undefined : [...new Set(named)].slice(0, 5).join(', ');
}

function missingScope(error: HubSpotError): Pick<RemoteErrorDetails, 'case' | 'params'> {
  const scope = scopesOf(error);
  if (scope !== undefined) return { case: 'scope_missing', params: { scope } };
  return error.category === 'MISSING_SCOPES' ? { case: 'scope_missing' } : {};
}

/** A failed call as a whole. */
export function classify(answer: HttpAnswer, now: number, midnight: number): RemoteError {
  const { status, body } = answer;
  const error = object(body);
  const code = error.category ?? error.policyName;
  const details = { status, ...(code === undefined ? {} : { code }) };
  if (status === 401) return new RemoteError('auth', 'HubSpot does not accept the token (401)', details);
  if (status === 403)
    return new RemoteError(
      'forbidden',
      `HubSpot refuses the call: a scope is missing (${scopesOf(error) ?? code ?? 403})`,
      { ...details, ...missingScope(error) },
    );
  if (status === 429) {
    if (error.policyName === 'DAILY')
      return new RemoteError('quota', "HubSpot's daily limit is reached", { ...details, retryAt: midnight });
    // No Retry-After on 429: back off 1 s on search, up to 10 s on the rolling limit.
    const pause = error.policyName === 'SECONDLY' ? 1_000 : 10_000;
    return new RemoteError('throttled', 'HubSpot asks to slow down (429)', {
      ...details,
      retryAt: retryAfter(answer, now) ?? now + pause,
    });
  }
  if (NOT_NOW.has(status)) {
    const retryAt = retryAfter(answer, now) ?? (status === 423 ? now + 2_000 : undefined);
    return new RemoteError('unavailable', `HubSpot has trouble (${status})`, {
      ...details,
      maybeDone: true,
      ...(retryAt === undefined ? {} : { retryAt }),
    });
  }
  if (isSchemaFault(body)) {
    return new RemoteError('schema', 'HubSpot does not know a property that is mapped', {
      ...details,
      code: 'PROPERTY_DOESNT_EXIST',
    });
  }
  return new RemoteError(
    status < 500 ? 'invalid' : 'unexpected',
    `HubSpot answered ${status} (${code ?? 'no category'})`,
    details,
  );
}
