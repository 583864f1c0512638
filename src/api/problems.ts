import type { Context } from 'hono';
import { failureOf, RemoteError } from '../connectors/kit/errors.ts';
import { Conflicted, type InputProblem, InvalidInput, NotFound } from '../core/invalid-input.ts';
import type { Log } from '../platform/log.ts';
import { failureText } from './messages/failure-text.ts';
import { isMessage, type Locale, localeOf, say } from './messages/say.ts';
import { thing } from './messages/things.ts';

/** A refusal with a status of its own; `detail` is made in the reader's language. */
export class Refused extends Error {
  readonly status: number;
  readonly key: string;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(status: number, key: string, params: Readonly<Record<string, string | number>> = {}) {
    super(key);
    this.name = 'Refused';
    this.status = status;
    this.key = key;
    this.params = params;
  }
}

const titleOf = (locale: Locale, status: number): string => {
  const key = `problem.${status}`;
  return isMessage(key) ? say(locale, key) : say(locale, 'problem.500');
};
const textOf = (locale: Locale, key: string, params: Readonly<Record<string, string | number>>): string | undefined =>
  isMessage(key) ? say(locale, key, params) : undefined;

/** What is wrong with one value, in the reader's language. */
export const problemText = (locale: Locale, problem: InputProblem): string =>
  textOf(locale, `input.${problem.params['words'] ?? problem.code}`, problem.params) ??
  say(locale, 'input.other', { message: String(problem.params['message'] ?? problem.code) });

/** Every error leaves as an RFC 9457 problem document, in the reader's language, never with a stack. */
export function problemResponse(c: Context, error: unknown, log: Log): Response {
  const locale = localeOf(c.req.header('accept-language'));
  const requestId = c.res.headers.get('x-request-id') ?? '';
  const document = describe(error, locale, requestId, c);
  if (document.status >= 500) log.error({ err: error, requestId }, 'a request failed');
  return new Response(
    JSON.stringify({
      type: `urn:tandem:problem:${document.status}`,
      title: titleOf(locale, document.status),
      requestId,
      ...document,
    }),
    {
      status: document.status,
      headers: { 'content-type': 'application/problem+json' },
    },
  );
}

function describe(
  error: unknown,
  locale: Locale,
  requestId: string,
  c: Context,
): { status: number; detail?: string; errors?: readonly object[] } {
  const withDetail = (status: number, detail: string | undefined) =>
    detail === undefined ? { status } : { status, detail };
  if (error instanceof InvalidInput) {
    const errors = error.problems.map((problem) => ({
      path: problem.path,
      code: problem.code,
      message: problemText(locale, problem),
    }));
    return { status: 422, detail: errors.map((one) => `${one.path}: ${one.message}`).join(' '), errors };
  }
  if (error instanceof NotFound) return withDetail(404, say(locale, 'detail.404', { what: thing(locale, error.what) }));
  if (error instanceof Conflicted) {
    const status =
      error.code === 'setup_done'
        ? 410
        : error.code === 'changed_meanwhile' && c.req.header('if-match') !== undefined
          ? 412
          : error.code === 'setup_code'
            ? 403
            : 409;
    return withDetail(status, textOf(locale, `refused.${error.code}`, error.params));
  }
  if (error instanceof Refused) return withDetail(error.status, textOf(locale, error.key, error.params));
  // The CRM's fault or its credentials', not ours: what a check would say.
  if (error instanceof RemoteError)
    return withDetail(
      error.kind === 'auth' || error.kind === 'forbidden' ? 409 : 502,
      Object.values(failureText(locale, failureOf(error), null)).join(' '),
    );
  if (error instanceof SyntaxError) return withDetail(400, say(locale, 'detail.400'));
  return withDetail(500, say(locale, 'detail.500', { requestId }));
}
