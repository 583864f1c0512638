import type { components } from './schema.ts';

type Problem = components['schemas']['Problem'];

/** One bad value: where it stands in the request, what is wrong for a program and, in the reader's language, for people. */
export interface ValueProblem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Tandem refused a request, and says why (RFC 9457). `status` is HTTP's; `errors` names each bad value (422); `requestId`
 * finds the request in the server's log; `retryAfter` is the pause asked for in seconds (429, 503), null where none was.
 */
export class TandemProblem extends Error {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string | null;
  readonly requestId: string | null;
  readonly errors: readonly ValueProblem[];
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null = null) {
    super(problem.detail ?? problem.title);
    this.name = 'TandemProblem';
    this.status = problem.status;
    this.type = problem.type;
    this.title = problem.title;
    this.detail = problem.detail ?? null;
    this.requestId = problem.requestId ?? null;
    this.errors = (problem.errors ?? []).map(({ path = '', code = '', message = '' }) => ({ path, code, message }));
    this.retryAfter = retryAfter;
  }
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'title' in value && typeof value.title === 'string';

/** The problem that an answer tells; one that something between us and Tandem gave (a proxy's 502) has its status only. */
export async function problemOf(response: Response): Promise<TandemProblem> {
  const text = await response.text();
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : null;
  const told = parse(text);
  const problem: Problem = isProblem(told)
    ? { ...told, status: response.status }
    : { type: 'about:blank', title: response.statusText || `HTTP ${response.status}`, status: response.status };
  return new TandemProblem(problem, retryAfter);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
