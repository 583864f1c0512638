import type { ConnectContext, StoredToken } from './connector.ts';
import { RemoteError } from './errors.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; a body that is none is its text. */
  readonly body: unknown;
  /** ms by the CRM's clock, from the `Date` header; null: it has none. */
  readonly serverTime: number | null;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path under the API's address, or a whole address. */
  readonly path: string;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** A body that is neither, with its content type (OData's `$batch`). */
  readonly raw?: { readonly body: string; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** Asking twice changes nothing: network faults and 5xx are tried again. Default: GET only. */
  readonly repeatable?: boolean;
  /** Statuses that are answers for the caller, not failures. */
  readonly expect?: readonly number[];
  /** ms; default 60,000. */
  readonly timeoutMs?: number;
  /** Of this call alone, beside the connection's. */
  readonly signal?: AbortSignal;
}

export interface HttpOptions {
  readonly context: ConnectContext;
  /** How a token is got; called alone among all processes. null: the credential is the token. */
  readonly obtainToken: (current: StoredToken | null) => Promise<StoredToken>;
  readonly apiUrl: (token: StoredToken) => string;
  /** What a failed answer means; the connector knows its vendor's codes. Never put the body into the message. */
  readonly classify: (answer: HttpAnswer) => RemoteError;
  /** A refusal in spite of its 2xx, where the vendor has such (R18d): it is classified, never read as an empty list. */
  readonly isRefusal?: (answer: HttpAnswer) => boolean;
  /** Says that the token has run out, though its status is another than 401 (Salesforce's event stream). */
  readonly isExpired?: (answer: HttpAnswer) => boolean;
  /** A 401 that a new token does not cure. */
  readonly isFinalAuth?: (answer: HttpAnswer) => boolean;
  /** Reads the vendor's own counters from each answer. */
  readonly observe?: (answer: HttpAnswer) => void;
  /** Waits until this call may go, e.g. a bucket of 5 a second. */
  readonly pace?: (request: HttpRequest) => Promise<void>;
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** How the token is shown; default `Authorization: Bearer …`. */
  readonly authorize?: (token: StoredToken) => Readonly<Record<string, string>>;
  /** What a call costs of the day's allowance, where calls have prices; default 1. */
  readonly cost?: (request: HttpRequest) => number;
}

export interface Http {
  /** One call. @throws RemoteError for every answer that is not 2xx or expected. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  token(): Promise<StoredToken>;
}

/** Every call says whose it is; some vendors refuse a call that does not (Zendesk Sell). */
export const USER_AGENT = 'Tandem (self-hosted CRM connector)';

const TRIES = 4;
const FIRST_PAUSE_MS = 500;

/**
 * HTTP as every connector needs it: bearer token renewed once on 401 (also mid-page), reads repeated with growing pauses,
 * writes never repeated blindly, quota reserved before each call, calls counted, secrets never in an error (C16–C18, C22).
 */
export function createHttp(options: HttpOptions): Http {
  const { context } = options;

  /** Whatever stops a sign-in is an error of the closed list, too: a lost connection is not a wrong password. */
  const obtain = (current: StoredToken | null): Promise<StoredToken> =>
    options.obtainToken(current).catch((error: unknown) => {
      throw asRemoteError(error);
    });
  const token = async (): Promise<StoredToken> => {
    const stored = await context.tokens.load();
    const fresh =
      stored !== null && (stored.expiresAt === undefined || stored.expiresAt - 30_000 > context.clock.now());
    return fresh ? stored : context.tokens.renew(stored, obtain);
  };

  const once = async (request: HttpRequest, bearer: StoredToken): Promise<HttpAnswer> => {
    const url = /^https?:/.test(request.path)
      ? request.path
      : `${options.apiUrl(bearer).replace(/\/$/, '')}${request.path}`;
    const started = context.clock.now();
    const response = await context.fetch(url, toInit(request, bearer, options));
    const answer = await readAnswer(response);
    const path = new URL(url).pathname;
    context.onCall?.({ method: request.method, path, status: answer.status, ms: context.clock.now() - started });
    options.observe?.(answer);
    return answer;
  };

  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    let bearer = await token();
    let renewed = false;
    const repeatable = request.repeatable ?? request.method === 'GET';
    for (let attempt = 1; ; attempt += 1) {
      // What keeps a call from being made is no failure of the CRM: it goes to the engine as it is.
      await options.pace?.(request);
      await context.quota.take(options.cost?.(request) ?? 1);
      const answer = await once(request, bearer).catch((error: unknown) => asRemoteError(error));
      if (!(answer instanceof RemoteError)) {
        const isOver = answer.status === 401 || options.isExpired?.(answer) === true;
        const isGood = answer.status < 300 && !isOver && options.isRefusal?.(answer) !== true;
        if (isGood || request.expect?.includes(answer.status) === true) return answer;
        if (isOver && !renewed && options.isFinalAuth?.(answer) !== true) {
          renewed = true;
          bearer = await context.tokens.renew(bearer, obtain);
          continue;
        }
      }
      const error = answer instanceof RemoteError ? answer : options.classify(answer);
      if (!mayRepeat(error, repeatable) || attempt >= TRIES) throw error;
      const pause = pauseMs(error, attempt, context.clock.now());
      if (pause > MAX_WAIT_MS) throw error;
      context.onWait?.({ kind: error.kind === 'throttled' ? 'throttled' : 'unavailable', ms: pause });
      await context.clock.sleep(pause, context.signal);
    }
  };
  return { send, token };
}

/** A longer pause than this is the engine's to plan. */
const MAX_WAIT_MS = 15_000;

/** A throttled call was refused before anything happened, so a write may be repeated too. */
const mayRepeat = (error: RemoteError, repeatable: boolean): boolean =>
  error.kind === 'throttled' || (error.kind === 'unavailable' && repeatable && error.case !== 'private_address');

const pauseMs = (error: RemoteError, attempt: number, now: number): number =>
  error.retryAt === undefined ? FIRST_PAUSE_MS * 2 ** (attempt - 1) : Math.max(0, error.retryAt - now);

function toInit(request: HttpRequest, bearer: StoredToken, options: HttpOptions): RequestInit {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'user-agent': USER_AGENT,
    ...options.defaultHeaders,
    ...(options.authorize?.(bearer) ?? { authorization: `Bearer ${bearer.accessToken}` }),
    ...request.headers,
  };
  let body: string | undefined;
  if (request.json !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(request.json);
  } else if (request.form !== undefined) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    body = new URLSearchParams(request.form).toString();
  } else if (request.raw !== undefined) {
    headers['content-type'] = request.raw.type;
    body = request.raw.body;
  }
  const timeout = AbortSignal.timeout(request.timeoutMs ?? 60_000);
  const signals = [options.context.signal, request.signal].filter((one) => one !== undefined);
  return {
    method: request.method,
    headers,
    ...(body === undefined ? {} : { body }),
    signal: signals.length === 0 ? timeout : AbortSignal.any([...signals, timeout]),
  };
}

export async function readAnswer(response: Response): Promise<HttpAnswer> {
  const text = await response.text();
  const date = Date.parse(response.headers.get('date') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: parseBody(text),
    serverTime: Number.isNaN(date) ? null : date,
  };
}

function parseBody(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // Maintenance pages are HTML.
    return text;
  }
}

/** No answer came: a write may have happened. */
export function asRemoteError(error: unknown): RemoteError {
  if (error instanceof RemoteError) return error;
  if (isGuarded(error))
    return new RemoteError('unavailable', 'the address is a private one, which is not called', {
      case: 'private_address',
      cause: error,
    });
  const name = error instanceof Error ? error.name : '';
  if (name === 'TimeoutError' || name === 'AbortError')
    return new RemoteError('unavailable', 'the CRM did not answer in time', {
      maybeDone: true,
      case: 'timeout',
      cause: error,
    });
  return new RemoteError('unavailable', 'the CRM could not be reached', { maybeDone: true, cause: error });
}

/** The guard of `platform/guarded-fetch.ts` spoke, itself or inside what the client made of it. */
function isGuarded(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'FORBIDDEN_ADDRESS') || isGuarded(error.cause);
}

/** What a failed sign-in means: only a refusal is `auth` and needs a person. */
export function classifySignIn(answer: HttpAnswer, vendor: string, now: number): RemoteError {
  const { status } = answer;
  if (status >= 500) return new RemoteError('unavailable', `${vendor}'s sign-in has trouble (${status})`, { status });
  if (status === 429)
    return new RemoteError('throttled', `${vendor} gives no more tokens for now`, {
      status,
      retryAt: retryAfter(answer, now) ?? now + SIGN_IN_PAUSE_MS,
    });
  const code = errorCode(answer);
  return new RemoteError('auth', `${vendor} does not give a token: check the credentials, or connect again`, {
    status,
    case: 'sign_in_refused',
    ...(code === undefined ? {} : { code }),
  });
}

/** RFC 6749's `error`, or what vendors have in its place; a word, never a sentence. */
function errorCode({ body }: HttpAnswer): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const found = ['error', 'status', 'category'].map((key) => (body as Record<string, unknown>)[key]);
  return found.find((value): value is string => typeof value === 'string' && /^[\w.-]{1,60}$/.test(value));
}

const SIGN_IN_PAUSE_MS = 60_000;

/** How long a token endpoint may take; the lease on refreshing (engine/tokens.ts) is longer. */
export const TOKEN_TIMEOUT_MS = 20_000;

/** Asks a token endpoint for a token, by a form. Not repeated: the caller decides. */
export async function askToken(
  context: Pick<ConnectContext, 'fetch'>,
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  const response = await context.fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  });
  return readAnswer(response);
}

/** `Retry-After` in seconds or as a date, as ms since 1970. */
export function retryAfter(answer: HttpAnswer, now: number): number | undefined {
  const header = answer.headers.get('retry-after');
  if (header === null) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return now + seconds * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : date;
}
