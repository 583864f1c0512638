import type { WebhookDeps } from './deps.ts';
import { signedHeaders } from './sign.ts';

/** What came of one try. */
export interface Answer {
  /** `gone`: 410, the receiver wants to hear nothing more. */
  readonly kind: 'ok' | 'failed' | 'gone';
  /** HTTP status; null: there was no answer. */
  readonly status: number | null;
  /** The beginning of what was answered. */
  readonly text: string | null;
  /** A code of ours (`timeout`, `redirect`, `forbidden_address`, `secret_lost`) or the network's own words. */
  readonly error: string | null;
  /** How long the receiver asks us to wait. */
  readonly retryAfterMs?: number;
}

/** Standard Webhooks recommends 15 to 30 seconds. */
const TIMEOUT_MS = 15_000;
const TEXT_MAX = 300;
const RETRY_AFTER_MAX_MS = 60 * 60_000;

/** Posts one signed message. Redirects are not followed; nothing is thrown. */
export async function post(
  deps: Pick<WebhookDeps, 'fetch' | 'clock'>,
  message: { readonly url: string; readonly id: string; readonly body: string; readonly secrets: readonly string[] },
): Promise<Answer> {
  try {
    const response = await deps.fetch(message.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Tandem-Webhooks',
        ...signedHeaders(message, message.secrets, deps.clock.now()),
      },
      body: message.body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await beginningOf(response);
    const { status } = response;
    if (status >= 200 && status < 300) return { kind: 'ok', status, text, error: null };
    if (status === 410) return { kind: 'gone', status, text, error: null };
    const error = status >= 300 && status < 400 ? 'redirect' : null;
    return { kind: 'failed', status, text, error, ...retryAfter(response, deps.clock.now()) };
  } catch (error) {
    return { kind: 'failed', status: null, text: null, error: wordsOf(error) };
  }
}

/** Never more than what is kept: a receiver may answer without end. */
async function beginningOf(response: Response): Promise<string | null> {
  const reader = response.body?.getReader();
  if (reader === undefined) return null;
  let bytes = Buffer.alloc(0);
  while (bytes.length < TEXT_MAX * 4) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes = Buffer.concat([bytes, Buffer.from(value)]);
  }
  await reader.cancel().catch(() => undefined);
  const text = bytes.toString('utf8').replaceAll('\u0000', '').slice(0, TEXT_MAX);
  return text === '' ? null : text;
}

function retryAfter(response: Response, now: number): { readonly retryAfterMs?: number } {
  const given = response.headers.get('retry-after');
  if (given === null || ![429, 503].includes(response.status)) return {};
  const ms = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - now;
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: Math.min(ms, RETRY_AFTER_MAX_MS) } : {};
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, TEXT_MAX);
  if (error.name === 'TimeoutError') return 'timeout';
  const { cause } = error;
  if (isForbidden(error) || isForbidden(cause)) return 'forbidden_address';
  return (cause instanceof Error ? cause.message || codeOf(cause) : error.message).slice(0, TEXT_MAX);
}

const codeOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : '';
const isForbidden = (value: unknown): boolean => codeOf(value) === 'FORBIDDEN_ADDRESS';
