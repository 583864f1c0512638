import type { Fault, Reason } from '../../core/model.ts';
import { deletionFault } from '../kit/deletion.ts';
import { RemoteError } from '../kit/errors.ts';
import { type HttpAnswer, retryAfter } from '../kit/http.ts';

interface SellError {
  readonly code?: string;
  readonly field?: string;
  readonly message?: string;
  readonly details?: string;
}

/** Several errors may come at once, each wrapped. */
function errorsIn(body: unknown): readonly SellError[] {
  if (typeof body !== 'object' || body === null || !('errors' in body) || !Array.isArray(body.errors)) return [];
  return body.errors.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('error' in entry)) return [];
    return typeof entry.error === 'object' && entry.error !== null ? [entry.error] : [];
  });
}

const REASONS: Readonly<Record<string, Reason>> = {
  missing: 'missing_required',
  blank: 'missing_required',
  already_exists: 'duplicate_rule',
  invalid_type: 'wrong_type',
  incorrect_value: 'validation_rule',
  unknown: 'rejected_by_crm',
};

/** Of a write: what is wrong with every call, not with this record. */
const OF_ALL = new Set(['invalid_user_agent', 'invalid_header', 'insufficient_scope', 'incorrect_path']);

/**
 * Whom a refused write is about: this `row`, which is told and holds nobody up; a row that is `gone`, which only Sell's own
 * word says and no other 404 (R18d); or `all`, e.g. a scope that is missing. null: it was not refused.
 */
export function refusalKind({ status, body }: HttpAnswer): 'row' | 'gone' | 'all' | null {
  if (status < 400) return null;
  const codes = errorsIn(body).map((error) => error.code ?? '');
  if (typeof body === 'string' || codes.some((code) => OF_ALL.has(code))) return 'all';
  if (status === 404 || status === 410) return codes.includes('not_found') ? 'gone' : 'all';
  return 'row';
}

/** What Sell says about one record, by field; `keyOf` turns its JSON pointers into our field keys. */
export function faultsOf({ status, body }: HttpAnswer, keyOf: (pointer: string) => string | null): readonly Fault[] {
  const other: Reason = status === 403 ? 'no_permission' : status === 413 ? 'too_long' : 'rejected_by_crm';
  const faults = errorsIn(body).map(
    (error): Fault => ({
      reason: REASONS[error.code ?? ''] ?? other,
      field: error.field === undefined ? null : keyOf(error.field),
      params: { code: error.code ?? 'UNKNOWN', vendor: (error.details ?? error.message ?? '').slice(0, 300) },
    }),
  );
  return faults.length > 0 ? faults : [{ reason: other, field: null, params: { code: `HTTP ${status}`, vendor: '' } }];
}

/** What Sell says about a record that it does not delete. */
export function deletionFaultsOf({ status, body }: HttpAnswer): readonly Fault[] {
  const reason: Reason = status === 403 ? 'no_permission' : 'rejected_by_crm';
  const faults = errorsIn(body).map((error) =>
    deletionFault(reason, {
      code: error.code ?? `HTTP ${status}`,
      vendor: (error.details ?? error.message ?? '').slice(0, 300),
    }),
  );
  return faults.length > 0 ? faults : [deletionFault(reason, { code: `HTTP ${status}`, vendor: '' })];
}

/** A failed call as a whole. */
export function classify(answer: HttpAnswer, now: number): RemoteError {
  const { status } = answer;
  const code = errorsIn(answer.body)[0]?.code;
  const details = { status, ...(code === undefined ? {} : { code }) };
  if (status === 401) return new RemoteError('auth', 'Zendesk Sell does not accept the token (401)', details);
  if (status === 403)
    return new RemoteError('forbidden', `Zendesk Sell refuses the call: a scope is missing (${code ?? 403})`, {
      ...details,
      ...(code === 'insufficient_scope' ? { case: 'scope_missing' } : {}),
    });
  // Neither rate headers nor Retry-After, sometimes not even a body.
  if (status === 429)
    return new RemoteError('throttled', 'Zendesk Sell asks to slow down (429)', {
      ...details,
      retryAt: retryAfter(answer, now) ?? now + 1_000,
    });
  if (status >= 500)
    return new RemoteError('unavailable', `Zendesk Sell has trouble (${status})`, { ...details, maybeDone: true });
  return new RemoteError('invalid', `Zendesk Sell answered ${status} (${code ?? 'no code'})`, details);
}
