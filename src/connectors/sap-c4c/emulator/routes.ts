import { type Context, Hono } from 'hono';
import { BadFilter, comparable, parseFilter } from './filter.ts';
import { metadataOf } from './metadata.ts';
import { BATCH_TYPE, runBatch } from './multipart.ts';
import { type Answer, present, problem, ROOT, type Shown } from './present.ts';
import { type C4cState, etagOf, isSet, SETS } from './state.ts';
import { faultIn, type OAuthClient } from './token.ts';
import { changesetOf, write } from './writes.ts';

export interface C4cApiOptions {
  readonly basic: string;
  readonly client: OAuthClient;
  /** The address by which callers know this tenant. */
  readonly url: () => string;
  readonly needsCsrf: () => boolean;
}

/** The OData V2 service of emulated C4C. What it does is what `BEHAVIOR.md` says the vendor documents. */
export function c4cApi(state: C4cState, options: C4cApiOptions): Hono {
  const api = new Hono();
  const tokens = new Set<string>();
  addToken(api, state, options, tokens);
  api.use(`${ROOT}/*`, async (c, next) => {
    const given = c.req.header('authorization') ?? '';
    const bearer = given.startsWith('Bearer ') && tokens.has(given.slice('Bearer '.length));
    // A page, not OData.
    if (!bearer && given !== `Basic ${options.basic}`)
      return c.html('<html><body>Logon failed</body></html>', 401, { 'www-authenticate': 'Basic realm="SAP"' });
    await next();
    return undefined;
  });
  // Whatever changes something needs an ordinary user's token, with the session that it was given in.
  api.use(`${ROOT}/*`, async (c, next) => {
    if (c.req.method === 'GET' || !options.needsCsrf()) return next();
    const isKnown = c.req.header('x-csrf-token') === state.csrf && /SAP_SESSIONID/.test(c.req.header('cookie') ?? '');
    if (!isKnown) return c.text('CSRF token validation failed', 403, { 'x-csrf-token': 'Required' });
    return next();
  });
  // Hono takes a path with and without its last slash for one: the address says which it was.
  api.get(`${ROOT}/`, (c) => {
    if (!new URL(c.req.url).pathname.endsWith('/')) return c.redirect(`${ROOT}/`, 307);
    if (c.req.header('x-csrf-token')?.toLowerCase() === 'fetch') {
      c.header('x-csrf-token', state.newCsrf());
      c.header('set-cookie', 'SAP_SESSIONID=emulated; path=/');
    }
    return c.json({ d: { EntitySets: SETS.map((set) => `${set}Collection`) } });
  });
  api.get(`${ROOT}/$metadata`, (c) =>
    c.body(metadataOf(state, c.req.query('$filter')), 200, { 'content-type': 'application/xml' }),
  );
  api.post(`${ROOT}/$batch`, async (c) => {
    const boundary = /boundary=(\S+)/.exec(c.req.header('content-type') ?? '')?.[1] ?? '';
    const answer = runBatch(await c.req.text(), boundary, {
      read: ({ path, headers }) =>
        readPath(state, path, { url: options.url(), json: wantsJson(headers), strict: isStrict(headers) }),
      changeset: changesetOf(state, options.url()),
    });
    return c.body(answer, 202, { 'content-type': BATCH_TYPE });
  });
  api.get(`${ROOT}/:set/$count`, (c) => {
    const answer = readPath(state, pathOf(c).replace('/$count', ''), { url: options.url(), json: true, count: true });
    return typeof answer.body === 'number' ? c.text(String(answer.body)) : answered(c, answer);
  });
  // The links to further pages have a slash before their query.
  api.on('GET', [`${ROOT}/:set`, `${ROOT}/:set/`], (c) => {
    const headers = [...c.req.raw.headers].map(([key, value]) => `${key}: ${value}`).join('\n');
    return answered(
      c,
      readPath(state, pathOf(c), {
        url: options.url(),
        bare: c.req.header('odata-no-codedescs') === 'true',
        json: wantsJson(headers),
        strict: isStrict(headers),
      }),
    );
  });
  for (const method of ['post', 'patch', 'put', 'delete'] as const)
    api[method](`${ROOT}/:set`, async (c) =>
      answered(
        c,
        write(
          state,
          {
            method: c.req.header('x-http-method') ?? c.req.method,
            path: decodeURIComponent(pathOf(c).split('?')[0] ?? ''),
            ifMatch: c.req.header('if-match'),
            body: await c.req.text(),
            silent: c.req.header('odata-no-response-payload') === 'true',
            strict: c.req.header('odata-v2-strict-json-format') === 'true',
          },
          options.url(),
        ),
      ),
    );
  return api;
}

const wantsJson = (headers: string): boolean => /^accept:.*application\/json/im.test(headers);
const isStrict = (headers: string): boolean => /^odata-v2-strict-json-format: *true/im.test(headers);
const pathOf = (c: Context): string => {
  const { pathname, search } = new URL(c.req.url);
  return `${pathname.slice(ROOT.length + 1)}${search}`;
};

function answered(c: Context, answer: Answer): Response {
  const headers = { 'content-type': 'application/json', ...answer.headers };
  return new Response(answer.body === null ? null : JSON.stringify(answer.body), { status: answer.status, headers });
}

function addToken(api: Hono, state: C4cState, options: C4cApiOptions, tokens: Set<string>): void {
  api.post('/sap/bc/sec/oauth2/token', async (c) => {
    const url = new URL(options.url());
    const fault = faultIn(new URLSearchParams(await c.req.text()), c.req.header('authorization'), {
      client: options.client,
      tokenUrl: `${url.origin}/sap/bc/sec/oauth2/token`,
      audience: url.host,
      now: state.clock.now(),
    });
    // Whatever is wrong, the tenant does not say it.
    if (fault !== null) return c.json({ error: 'invalid_grant', error_description: 'SAML2 assertion not valid' }, 400);
    const token = `emulated-${tokens.size + 1}`;
    tokens.add(token);
    return c.json({ access_token: token, token_type: 'Bearer', expires_in: '3600', scope: 'UIWC:CC_HOME' });
  });
}

const SERVER_PAGE = 1_000;

interface Reading {
  readonly url: string;
  readonly bare?: boolean;
  /** By the `Accept` header; `$format` says so, too. */
  readonly json: boolean;
  readonly strict?: boolean;
  /** Only how many there are. */
  readonly count?: boolean;
}

/** A read: a set, one entity by key, or a code list. */
function readPath(state: C4cState, path: string, reading: Reading): Answer {
  const [set = '', text = ''] = path.split('?');
  const query = new URLSearchParams(text);
  const codes = state.codes.get(set);
  if (codes !== undefined)
    return { status: 200, body: { d: { results: [...codes].map(([Code, Description]) => ({ Code, Description })) } } };
  if (set === 'EmployeeCollection') {
    const unknown = query
      .get('$select')
      ?.split(',')
      .find((name) => !(name in (state.employees[0] ?? {})));
    if (unknown !== undefined) return problem(400, `Property '${unknown}' not found`);
    return { status: 200, body: { d: { results: query.get('$skip') === '0' ? state.employees : [] } } };
  }
  const [, entity = '', key] = /^(\w+?)Collection(?:\('(\w+)'\))?\/?$/.exec(decodeURIComponent(set)) ?? [];
  if (!isSet(entity)) return problem(404, `Resource not found for the segment '${set}'`);
  if (state.hidden.has(entity)) return problem(403, 'You are not authorized to read');
  if (query.get('$format') !== 'json' && !reading.json)
    return { status: 200, body: '<feed>Atom is the default</feed>' };
  const select = query.get('$select')?.split(',').filter(Boolean) ?? null;
  const strange = select?.find((name) => !state.properties[entity].has(name));
  if (strange !== undefined) return problem(400, `Property '${strange}' not found`);
  const shown: Shown = { entity, url: reading.url, select, bare: reading.bare === true };
  if (key !== undefined) {
    const row = state.sets[entity].get(key);
    if (row === undefined) return problem(404, 'Resource not found');
    const one = present(row, state, shown);
    const body = reading.strict === true ? { d: one } : { d: { results: one } };
    return { status: 200, body, headers: { etag: etagOf(row) } };
  }
  return readSet(state, query, { shown, count: reading.count === true });
}

function readSet(
  state: C4cState,
  query: URLSearchParams,
  { shown, count }: { readonly shown: Shown; readonly count: boolean },
): Answer {
  const { entity, url } = shown;
  try {
    const found = [...state.sets[entity].values()].filter(parseFilter(query.get('$filter') ?? '', entity, state));
    if (count) return { status: 200, body: found.length };
    for (const order of (query.get('$orderby') ?? '').split(',').filter(Boolean).toReversed()) {
      const [by = '', way] = order.trim().split(' ');
      if (!state.properties[entity].has(by)) return problem(400, `Property '${by}' not found`);
      const of = comparable(state, entity, by);
      const sign = way === 'desc' ? -1 : 1;
      found.sort((a, b) => (of(a) === of(b) ? 0 : of(a) < of(b) ? -sign : sign));
    }
    const start = Number(query.get('$skip') ?? Number(query.get('$skiptoken') ?? 1) - 1);
    const asked = query.get('$top');
    const size = Math.min(Number(asked ?? SERVER_PAGE), state.pageMax);
    const page = found.slice(start, start + size);
    const more = found.length > start + size && (asked === null || Number(asked) > size);
    const others = ['$format', '$filter', '$orderby', '$select'].flatMap((key) => {
      const value = query.get(key);
      return value === null ? [] : [`&${key}=${encodeURIComponent(value)}`];
    });
    const onwards = `${new URL(url).origin}${ROOT}/${entity}Collection/?$skiptoken=${start + size + 1}`;
    return {
      status: 200,
      body: {
        d: {
          ...(query.get('$inlinecount') === 'allpages' ? { __count: String(found.length) } : {}),
          results: page.map((row) => present(row, state, shown)),
          ...(more ? { __next: `${onwards}${others.join('')}` } : {}),
        },
      },
    };
  } catch (error) {
    if (error instanceof BadFilter) return problem(400, error.message);
    throw error;
  }
}
