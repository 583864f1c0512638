import type { Fault } from '../../core/model.ts';
import { deletionFault } from '../kit/deletion.ts';
import { RemoteError } from '../kit/errors.ts';
import { type HttpAnswer, retryAfter } from '../kit/http.ts';
import { DEAREST } from './costs.ts';

interface ErrorBody {
  readonly error: string;
  readonly info: string;
  readonly code: string | undefined;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

/**
 * The body of a refusal: words of version 1, of version 2 and of the way to it have one name each; those of webhooks are
 * lists by field (BEHAVIOR.md, "Writes"). A maintenance or Cloudflare page is text and has none.
 */
function bodyOf(body: unknown): ErrorBody {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const code = textOf(given['code'] ?? given['errorCode']);
  return {
    error: textOf(given['error'] ?? given['message'] ?? given['errors']),
    info: textOf(given['error_info']),
    code: code === '' ? undefined : code,
  };
}

/** v1 and v2 say `success: false` with an error; what says so with a 2xx is none (R18d). */
export const isRefusal = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'success' in body && body.success === false;

/** Keys of own fields. */
const HASH = /\b[0-9a-f]{40}\b/;

const DAY_MS = 86_400_000;
/** Going on after 429 gets a 403 with an HTML page: stay away for a while (BEHAVIOR.md, "Limits"). */
const BANNED_MS = 60_000;

/** A failed call as a whole. */
export function classify(answer: HttpAnswer, now: number): RemoteError {
  const { status } = answer;
  const { code } = bodyOf(answer.body);
  const details = { status, ...(code === undefined ? {} : { code }) };
  if (status === 401) return new RemoteError('auth', 'Pipedrive does not accept the token (401)', details);
  if (status === 402)
    return new RemoteError('forbidden', 'the Pipedrive account is closed or not paid (402)', {
      ...details,
      case: 'account_closed',
    });
  if (status === 403 && typeof answer.body === 'string')
    return new RemoteError('throttled', 'Pipedrive has shut the door for a while (403)', {
      ...details,
      retryAt: now + BANNED_MS,
    });
  if (status === 403)
    return new RemoteError(
      'forbidden',
      `Pipedrive refuses the call: a right or scope is missing (${code ?? 403})`,
      details,
    );
  if (status === 429) return throttled(answer, now, details);
  if (status >= 500 || status < 300)
    return new RemoteError('unavailable', `Pipedrive has trouble (${status})`, { ...details, maybeDone: true });
  if (status === 400 && HASH.test(JSON.stringify(answer.body)))
    return new RemoteError('schema', 'Pipedrive does not know an own field that is mapped', details);
  return new RemoteError('invalid', `Pipedrive answered ${status} (${code ?? 'no code'})`, details);
}

/** Two kinds of 429, told apart by the day's tokens left (BEHAVIOR.md, "Limits"). */
function throttled(answer: HttpAnswer, now: number, details: { status: number }): RemoteError {
  const { remaining } = dailyTokensIn(answer);
  // A call that costs more than what is left is refused, too: nobody takes it down to nought.
  if (remaining !== undefined && remaining < DEAREST) {
    // The day ends at midnight of the server's own zone, which no answer tells; UTC's is at most half a day off.
    const retryAt = Math.ceil((now + 1) / DAY_MS) * DAY_MS;
    return new RemoteError('quota', "Pipedrive's daily tokens are used up", { ...details, retryAt });
  }
  const asked = retryAfter(answer, now) ?? now + (figure(answer, 'x-ratelimit-reset') ?? WINDOW_S) * 1_000;
  const retryAt = Math.max(asked, now + 1_000);
  return new RemoteError('throttled', 'Pipedrive asks to slow down (429)', { ...details, retryAt });
}

/** The window of the burst limit. */
const WINDOW_S = 2;

function figure({ headers }: HttpAnswer, name: string): number | undefined {
  const text = headers.get(name)?.trim() ?? '';
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? undefined : value;
}

/** The day's tokens as far as the answer tells them: either figure may be missing (BEHAVIOR.md, "Limits"). */
export function dailyTokensIn(answer: HttpAnswer): { readonly limit?: number; readonly remaining?: number } {
  const limit = figure(answer, 'x-daily-ratelimit-token-limit');
  const remaining = figure(answer, 'x-daily-ratelimit-token-remaining');
  return { ...(limit === undefined ? {} : { limit }), ...(remaining === undefined ? {} : { remaining }) };
}

/** A missing scope stops every call alike; other refusals of 403 are about a field, a limit or the one person. */
export function isScopeMissing(body: unknown): boolean {
  const { error, info } = bodyOf(body);
  return /\bscope\b/i.test(`${error} ${info}`);
}

/**
 * What Pipedrive says about one person. Since May 2026 it names the field code of a bad custom field; the vendor's words
 * are kept as `vendor`, never shown alone.
 */
export function faultsOf({ status, body }: HttpAnswer, sent: readonly string[]): readonly Fault[] {
  const { error, code } = bodyOf(body);
  const text = JSON.stringify(body ?? '');
  const named = sent.filter((key) => key.length === 40 && text.includes(key));
  const params = { code: code ?? (status === 400 ? 'UNKNOWN' : String(status)), vendor: error.slice(0, 300) };
  if (named.length > 0) return named.map((field) => ({ reason: 'validation_rule', field, params }));
  if (status !== 403) return [{ reason: 'rejected_by_crm', field: null, params }];
  // These exist with Contact Sync only; without it the vendor forbids them.
  const forbidden = sent.filter((key) => CONTACT_SYNC.has(key));
  return (forbidden.length === 0 ? [null] : forbidden).map((field) => ({ reason: 'no_permission', field, params }));
}

const CONTACT_SYNC = new Set(['job_title', 'notes', 'birthday']);

/** Why one person was not deleted, with Pipedrive's words: a right, a scope, or something about the person. */
export function deletionFaultOf({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): Fault {
  const { error, info, code } = bodyOf(body);
  const vendor = [error, info]
    .filter((part) => part !== '')
    .join('. ')
    .slice(0, 300);
  return deletionFault(status === 403 ? 'no_permission' : 'rejected_by_crm', { code: code ?? String(status), vendor });
}
