import type { Fault, Reason } from '../../core/model.ts';
import type { WriteOutcome } from '../kit/connector.ts';
import { type DeleteOutcome, deletionFault } from '../kit/deletion.ts';
import { RemoteError } from '../kit/errors.ts';
import { type HttpAnswer, retryAfter } from '../kit/http.ts';
import type { PartAnswer } from './batch.ts';

interface ODataError {
  readonly code: string;
  readonly text: string;
}

/** JSON, or XML for JSON callers on some faults; 401 is a page. */
function errorOf(body: unknown): ODataError {
  if (typeof body === 'string')
    return {
      code: /<code>([^<]*)</.exec(body)?.[1] ?? 'UNKNOWN',
      text: /<message[^>]*>([^<]*)</.exec(body)?.[1] ?? '',
    };
  if (typeof body !== 'object' || body === null || !('error' in body)) return { code: 'UNKNOWN', text: '' };
  const { error } = body;
  if (typeof error !== 'object' || error === null) return { code: 'UNKNOWN', text: '' };
  const message = 'message' in error ? error.message : null;
  const value = typeof message === 'object' && message !== null && 'value' in message ? message.value : message;
  return { code: 'code' in error ? String(error.code) : 'UNKNOWN', text: typeof value === 'string' ? value : '' };
}

export interface SentField {
  readonly key: string;
  readonly label: string;
}
/** What was sent: the vendor's property, and the field of ours that it is. */
export type Sent = ReadonlyMap<string, SentField>;

/** What English texts say; there is no stable contract of codes, so what is not understood is the vendor's own word. */
const SPOKEN: readonly (readonly [RegExp, Reason])[] = [
  [/mandatory|required|must not be empty|is missing/i, 'missing_required'],
  [/too long|maximum length|exceeds/i, 'too_long'],
  [/not allowed|not in|not a valid|invalid (code|value)|does not exist|unknown code/i, 'not_in_list'],
  [/read-?only|not updat|cannot be (changed|updated)|not creat/i, 'no_permission'],
];

/** What became of one write that was not stored (BEHAVIOR.md, "Errors"). */
export function refusalOf(part: PartAnswer, sent: Sent, now: number): WriteOutcome {
  const { status } = part;
  const { code, text } = errorOf(part.body);
  if (status === 404 || status === 410) return { kind: 'gone' };
  // 428: some releases insist on a condition; the record is read again and decided again.
  if (status === 412 || status === 428) return { kind: 'stale' };
  if (status === 429 || status === 503) return { kind: 'throttled', retryAt: now + PAUSE_MS };
  // A business rule answers 500 with its message; without one it is trouble.
  if (status >= 500 && text === '') return { kind: 'unknown' };
  const field = fieldIn(text, sent);
  const fault: Fault = { reason: reasonOf(status, text, field), field, params: { code, vendor: text.slice(0, 300) } };
  return { kind: 'refused', faults: [fault] };
}

/** The field that a text names, by its property or by the label that people see: the longest that fits. */
function fieldIn(text: string, sent: Sent): string | null {
  const words = [...sent].flatMap(([property, { key, label }]) => [property, label].map((word) => ({ key, word })));
  const fits = words.filter(({ word }) => word !== '' && saysWord(text, word));
  return fits.toSorted((a, b) => b.word.length - a.word.length)[0]?.key ?? null;
}
const saysWord = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}(?![\\p{L}\\p{N}_])`, 'u').test(text);

function reasonOf(status: number, text: string, field: string | null): Reason {
  if (status === 403) return 'no_permission';
  const spoken = SPOKEN.find(([pattern]) => pattern.test(text))?.[1];
  if (field !== null) return spoken ?? 'wrong_type';
  return spoken === 'missing_required' ? spoken : 'validation_rule';
}

/** What an answer means for the deletion of its record (BEHAVIOR.md, "Deleting"). */
export function deletionOf(part: PartAnswer, now: number): DeleteOutcome | { readonly kind: 'stale' } {
  const { status } = part;
  const { code, text } = errorOf(part.body);
  if (status < 300 || status === 404 || status === 410 || /object does not exist/i.test(text))
    return { kind: 'deleted' };
  if (status === 412 || status === 428) return { kind: 'stale' };
  if (status === 429 || status === 503) return { kind: 'throttled', retryAt: now + PAUSE_MS };
  if (status >= 500 && text === '') return { kind: 'unknown' };
  const isRight = status === 403 || /authori[sz]ation|not authori[sz]ed/i.test(text);
  const params = { code: code === '' || code === 'UNKNOWN' ? `HTTP ${status}` : code, vendor: text.slice(0, 300) };
  return { kind: 'refused', faults: [deletionFault(isRight ? 'no_permission' : 'validation_rule', params)] };
}

const PAUSE_MS = 5_000;

/** A failed call as a whole. */
export function classify(answer: HttpAnswer, now: number): RemoteError {
  const { status } = answer;
  const { code } = errorOf(answer.body);
  const details = { status, ...(code === 'UNKNOWN' || code === '' ? {} : { code }) };
  if (status === 401) return new RemoteError('auth', 'SAP does not accept the credentials (401)', details);
  if (status === 403)
    return new RemoteError('forbidden', 'SAP refuses the call: the user lacks a right or the service (403)', details);
  const retryAt = retryAfter(answer, now);
  // 503 without a date is trouble: a write may have happened.
  if (status === 429 || (status === 503 && retryAt !== undefined))
    return new RemoteError('throttled', `SAP asks to wait (${status})`, {
      ...details,
      retryAt: retryAt ?? now + PAUSE_MS,
    });
  if (status >= 500)
    return new RemoteError('unavailable', `SAP has trouble (${status})`, { ...details, maybeDone: true });
  if (status === 400) return new RemoteError('schema', 'SAP does not know a property that is asked for (400)', details);
  return new RemoteError('invalid', `SAP answered ${status}`, details);
}
