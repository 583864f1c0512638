import { Hono } from 'hono';
import { ENTITIES, type EntityName } from '../entities.ts';
import { BadFilter, parseFilter } from './filter.ts';
import { runBatch } from './multipart.ts';
import { type Answer, present, problem, ROOT, type Shown } from './present.ts';
import { type C4cState, etagOf } from './state.ts';
import { faultIn, type OAuthClient } from './token.ts';
import { write } from './writes.ts';

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
  // Hono takes a path with and without its last slash for one: the address says which it was.
  api.get(`${ROOT}/`, (c) => {
    if (!new URL(c.req.url).pathname.endsWith('/')) return c.redirect(`${ROOT}/`, 307);
    if (c.req.header('x-csrf-token') === 'fetch') {
      c.header('x-csrf-token', state.newCsrf());
      c.header('set-cookie', 'SAP_SESSIONID=emulated; path=/');
    }
    return c.json({ d: { EntitySets: ENTITIES.map((entity) => `${entity}Collection`) } });
  });
  api.get(`${ROOT}/$metadata`, (c) =>
    c.body(metadata(state, c.req.query('$filter')), 200, { 'content-type': 'application/xml' }),
  );
  api.post(`${ROOT}/$batch`, async (c) => {
    const isKnown = c.req.header('x-csrf-token') === state.csrf && /SAP_SESSIONID/.test(c.req.header('cookie') ?? '');
    if (options.needsCsrf() && !isKnown)
      return c.text('CSRF token validation failed', 403, { 'x-csrf-token': 'Required' });
    const boundary = /boundary=(\S+)/.exec(c.req.header('content-type') ?? '')?.[1] ?? '';
    const run = ({ method, path, headers, body }: Parameters<Parameters<typeof runBatch>[2]>[0]): Answer =>
      method === 'GET'
        ? readPath(state, path, options.url())
        : write(state, { method, path, headers, body }, options.url());
    return c.body(runBatch(await c.req.text(), boundary, run), 202, {
      'content-type': 'multipart/mixed; boundary=ejjeeffe',
    });
  });
  api.get(`${ROOT}/:set`, (c) => {
    const { pathname, search } = new URL(c.req.url);
    const answer = readPath(state, `${pathname.slice(ROOT.length + 1)}${search}`, options.url(), {
      bare: c.req.header('odata-no-codedescs') === 'true',
    });
    for (const [key, value] of Object.entries(answer.headers ?? {})) c.header(key, value);
    return c.json(answer.body, answer.status === 200 ? 200 : answer.status === 404 ? 404 : 400);
  });
  return api;
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

function metadata(state: C4cState, filter: string | undefined): string {
  const wanted = filter?.split(',') ?? ENTITIES;
  const types = ENTITIES.filter((entity) => wanted.includes(entity)).map((name) => {
    const rows = [...state.properties[name].values()]
      .map((one) => `<Property Name="${one.name}" Type="${one.type}" ${one.attributes}/>`)
      .join('');
    return `<EntityType Name="${name}"><Key><PropertyRef Name="ObjectID"/></Key>${rows}</EntityType>`;
  });
  const sets = ENTITIES.map((name) => `<EntitySet Name="${name}Collection" EntityType="c4codataapi.${name}"/>`);
  return `<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices m:DataServiceVersion="2.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><Schema Namespace="c4codataapi" xmlns="http://schemas.microsoft.com/ado/2008/09/edm" xmlns:sap="http://www.sap.com/Protocols/SAPData" xmlns:c4c="http://www.sap.com/Protocols/C4CData">${types.join('')}<EntityContainer Name="c4codataapi" m:IsDefaultEntityContainer="true">${sets.join('')}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;
}

const isEntity = (name: string): name is EntityName => ENTITIES.some((one) => one === name);

const EMPLOYEES = [
  {
    EmployeeID: '8000000001',
    BusinessPartnerFormattedName: 'Rita Rep',
    Email: 'rita@example.com',
    UserLockedIndicator: false,
  },
  {
    EmployeeID: '8000000002',
    BusinessPartnerFormattedName: 'Gone Gustav',
    Email: 'gustav@example.com',
    UserLockedIndicator: true,
  },
];

const SERVER_PAGE = 1_000;

/** A read: a set, one entity by key, or a code list. */
function readPath(state: C4cState, path: string, url: string, options: { bare?: boolean } = {}): Answer {
  const [set = '', text = ''] = path.split('?');
  const query = new URLSearchParams(text);
  const codes = state.codes.get(set);
  if (codes !== undefined)
    return { status: 200, body: { d: { results: [...codes].map(([Code, Description]) => ({ Code, Description })) } } };
  if (set === 'EmployeeCollection') return { status: 200, body: { d: { results: EMPLOYEES } } };
  const [, entity = '', key] = /^(\w+?)Collection(?:\('(\w+)'\))?$/.exec(decodeURIComponent(set)) ?? [];
  if (!isEntity(entity)) return problem(404, `Resource not found for the segment '${set}'`);
  if (query.get('$format') !== 'json') return { status: 200, body: '<feed>Atom is the default</feed>' };
  const select = query.get('$select')?.split(',').filter(Boolean) ?? null;
  const strange = select?.find((name) => !state.properties[entity].has(name));
  if (strange !== undefined) return problem(400, `Property '${strange}' not found`);
  const shown: Shown = { entity, url, select, bare: options.bare === true };
  if (key !== undefined) {
    const row = state.sets[entity].get(key);
    if (row === undefined) return problem(404, 'Resource not found');
    return { status: 200, body: { d: { results: present(row, state, shown) } }, headers: { etag: etagOf(row) } };
  }
  return readSet(state, query, shown);
}

function readSet(state: C4cState, query: URLSearchParams, shown: Shown): Answer {
  const { entity, url } = shown;
  try {
    const found = [...state.sets[entity].values()].filter(parseFilter(query.get('$filter') ?? '', entity, state));
    const [by = ''] = (query.get('$orderby') ?? '').split(' ');
    if (by === 'EntityLastChangedOn') found.sort((a, b) => a.changedAt - b.changedAt || a.ticks - b.ticks);
    if (by === 'ObjectID') found.sort((a, b) => (a.ObjectID < b.ObjectID ? -1 : 1));
    const start = Number(query.get('$skip') ?? Number(query.get('$skiptoken') ?? 1) - 1);
    const size = Number(query.get('$top') ?? SERVER_PAGE);
    const page = found.slice(start, start + size);
    const more = query.get('$top') === null && found.length > start + size;
    const next = `${new URL(url).origin}${ROOT}/${entity}Collection/?$skiptoken=${start + size + 1}`;
    return {
      status: 200,
      body: {
        d: {
          ...(query.get('$inlinecount') === 'allpages' ? { __count: String(found.length) } : {}),
          results: page.map((row) => present(row, state, shown)),
          ...(more ? { __next: next } : {}),
        },
      },
    };
  } catch (error) {
    if (error instanceof BadFilter) return problem(400, error.message);
    throw error;
  }
}
