import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { parseInput } from '../engine/connections.ts';
import { audit } from './audit.ts';
import type { Route } from './contract/route.ts';
import type { ApiDeps, Caller } from './deps.ts';
import { once } from './idempotency.ts';
import { type Locale, localeOf } from './messages/say.ts';
import { Refused } from './problems.ts';
import { NO_UPLOAD, ofWhole, readUpload, type Upload } from './upload.ts';

export interface Variables {
  caller: Caller | null;
  /** Template of the matched route, for the log: never the raw path. */
  template: string;
  /** Address of the client, behind whatever proxies are trusted (`client-address.ts`). */
  client: string;
}
export type App = Hono<{ Variables: Variables }>;

export interface Request<R extends Route> {
  readonly c: Context<{ Variables: Variables }>;
  readonly deps: ApiDeps;
  readonly caller: Caller;
  readonly locale: Locale;
  readonly params: Readonly<Record<string, string>>;
  readonly query: z.output<NonNullable<R['query']>>;
  readonly body: z.output<NonNullable<R['body']>>;
  /** The version in If-Match; undefined: none was sent. */
  readonly ifMatch: number | undefined;
  /** The body of an upload, in the pieces in which it comes in; read once. Empty for every other route. */
  readonly upload: AsyncIterable<Uint8Array>;
}

const NOBODY: Caller = {
  kind: 'person',
  id: '',
  name: '',
  email: null,
  role: null,
  scopes: [],
  locale: null,
  timeZone: null,
  twoFactor: null,
  previousSignInAt: null,
};

/** Answers are checked against the contract in tests (`checkAnswers`), where a mismatch is an error. */
export type Handler<R extends Route> = (request: Request<R>) => Promise<object>;

/** A route handler is: who may → parse → one call → answer. The contract says the first two. */
export function register<R extends Route>(app: App, deps: ApiDeps, route: R, handler: Handler<R>): void {
  const path = `/api/v1${route.path.replace(/\{(\w+)\}/g, ':$1')}`;
  app.on(route.method, path, async (c) => {
    c.set('template', `${route.method} ${path}`);
    const caller = c.get('caller');
    if (route.access !== 'anybody') {
      if (caller === null) throw new Refused(401, 'detail.401');
      if (route.access !== 'signed-in' && !caller.scopes.includes(route.access))
        throw new Refused(403, 'detail.403', { scope: route.access });
    }
    const idempotencyKey = c.req.header('idempotency-key');
    const upload = route.upload === true ? readUpload(c) : NO_UPLOAD;
    const respond = (): Promise<Response> => carryOut({ deps, route, handler, c, caller, upload });
    if (route.method !== 'POST' || caller === null || idempotencyKey === undefined) return respond();
    return once(
      {
        store: deps.engine.store,
        actor: caller.id,
        key: idempotencyKey.slice(0, 200),
        fingerprint: route.upload === true ? upload.fingerprint : await ofWhole(c),
        now: deps.engine.clock.now(),
        keepsNothing: route.showsSecret === true ? 'secret' : route.forgets === true ? 'forgotten' : null,
      },
      respond,
    );
  });
}

interface Work<R extends Route> {
  readonly deps: ApiDeps;
  readonly route: R;
  readonly handler: Handler<R>;
  readonly c: Context<{ Variables: Variables }>;
  readonly caller: Caller | null;
  readonly upload: Upload;
}

async function carryOut<R extends Route>({ deps, route, handler, c, caller, upload }: Work<R>): Promise<Response> {
  const query = route.query === undefined ? {} : parseInput(route.query, c.req.query());
  const body = route.body === undefined ? undefined : parseInput(route.body, await readJson(c));
  const ifMatch = /^"?(\d+)"?$/.exec(c.req.header('if-match') ?? '')?.[1];
  const answer = await handler({
    c,
    deps,
    caller: caller ?? NOBODY,
    locale: localeOf(c.req.header('accept-language')),
    params: c.req.param(),
    // Parsed just above by the route's own schemas.
    query: query as Request<R>['query'],
    body: body as Request<R>['body'],
    ifMatch: ifMatch === undefined ? undefined : Number(ifMatch),
    upload: upload.pieces,
  });
  if (route.method !== 'GET' && route.asks !== true && caller !== null)
    await audit(deps.engine, {
      actor: `${caller.kind}:${caller.id}`,
      action: `${route.method} ${route.path}`,
      subject: route.forgets === true ? null : (c.req.param('id') ?? null),
      address: c.get('client'),
    });
  const response = answer instanceof Response ? answer : c.json(answer);
  if (deps.checkAnswers === true) await checkAnswer(route, response.clone());
  return response;
}

async function checkAnswer(route: Route, response: Response): Promise<void> {
  if (response.status === 204 || (response.status >= 300 && response.status < 400)) return;
  const parsed = route.response.safeParse(await (route.answers === undefined ? response.json() : response.text()));
  if (!parsed.success)
    throw new Error(
      `${route.method} ${route.path} answers otherwise than its contract: ${JSON.stringify(parsed.error.issues.slice(0, 3))}`,
    );
}

async function readJson(c: Context): Promise<unknown> {
  const text = await c.req.text();
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, 'problem.400');
  }
}

/** A single resource carries its version as ETag. */
export const withEtag = (c: Context, body: object, version: number): Response => {
  c.header('etag', `"${version}"`);
  return c.json(body);
};
