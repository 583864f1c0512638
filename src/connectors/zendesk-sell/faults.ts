import type { Fault, Reason } from '../../core/model.ts';
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

/** What Sell says about one record, by field; `keyOf` turns its JSON pointers into our field keys. */
export function faultsOf(body: unknown, keyOf: (pointer: string) => string | null): readonly Fault[] {
  const faults = errorsIn(body).map(
    (error): Fault => ({
      reason: REASONS[error.code ?? ''] ?? 'rejected_by_crm',
      field: error.field === undefined ? null : keyOf(error.field),
      params: { code: error.code ?? 'UNKNOWN', vendor: (error.details ?? error.message ?? '').slice(0, 300) },
    }),
  );
  return faults.length > 0
    ? faults
    : [{ reason: 'rejected_by_crm', field: null, params: { code: 'UNKNOWN', vendor: '' } }];
}

/** A failed call as a whole. */
export function classify(answer: HttpAnswer, now: number): RemoteError {
  const { status } = answer;
  const code = errorsIn(answer.body)[0]?.code;
  const details = { status, ...(code === undefined ? {} : { code }) };
  if (status === 401) return new RemoteError('auth', 'Zendesk Sell does not accept the token (401)', details);
  if (status === 403)
    return new RemoteError('forbidden', `Zendesk Sell refuses the call: a scope is missing (${code ?? 403})`, details);
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
