import type { z } from 'zod';
import type { Route } from './route.ts';

/** A refusal as RFC 9457 has it; `errors` names each bad field. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly requestId?: string;
  readonly errors?: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

export interface CallInput<R extends Route> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: z.input<NonNullable<R['body']>>;
  /** The version seen, sent as If-Match. */
  readonly ifMatch?: number;
}

export interface Caller {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls a route, typed by its declaration. @throws ProblemError */
export async function call<R extends Route>(
  caller: Caller,
  route: R,
  input: CallInput<R> = {},
): Promise<z.output<R['response']>> {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(input.params?.[name] ?? ''));
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input.query ?? {})) if (value !== undefined) query.set(key, String(value));
  const search = query.size > 0 ? `?${query.toString()}` : '';
  const response = await caller.fetch(`${caller.baseUrl}/api/v1${path}${search}`, {
    method: route.method,
    headers: {
      accept: 'application/json',
      ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(input.ifMatch === undefined ? {} : { 'if-match': `"${input.ifMatch}"` }),
      ...caller.headers,
    },
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
  });
  const text = await response.text();
  const body: unknown = text === '' ? null : JSON.parse(text);
  // The server made it from this very contract.
  if (!response.ok) throw new ProblemError(body as Problem);
  return body as z.output<R['response']>;
}
