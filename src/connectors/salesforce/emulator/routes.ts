import { Hono } from 'hono';
import { error, isObject, STORED, type StoredObject } from './answers.ts';
import { queryAssignments } from './field-security.ts';
import { addReplication } from './replication.ts';
import { type Condition, MalformedQuery, matches, parseSoql, type Soql } from './soql.ts';
import { ORG_ID, PREFIX, REP_ID, type Row, type SalesforceState, USER_ID } from './state.ts';
import { queryTasks } from './tasks.ts';
import { addWrites } from './writes.ts';

const bearer = (header: string | undefined): string | undefined => header?.replace(/^(Bearer|OAuth) /, '');

/** When somebody changed the fields last, as far as the emulator knows. */
const DESCRIBED_AT = Date.UTC(2026, 0, 1);

/** The API of emulated Salesforce: what `BEHAVIOR.md` says the vendor documents. */
export function salesforceApi(state: SalesforceState, accepts: (token: string | undefined) => boolean): Hono {
  const api = new Hono();
  let calls = 0;
  api.get('/services/data', (c) =>
    c.json(['66.0', '67.0'].map((version) => ({ label: `v${version}`, url: `/services/data/v${version}`, version }))),
  );
  api.use('/services/data/:version/*', async (c, next) => {
    if (!accepts(bearer(c.req.header('authorization'))))
      return c.json(error('INVALID_SESSION_ID', 'Session expired or invalid'), 401);
    calls += 1;
    await next();
    c.res.headers.set('sforce-limit-info', `api-usage=${calls}/1000000`);
    return undefined;
  });
  // The identity answers 403 in plain text where data calls answer 401.
  api.get(`/id/${ORG_ID}/${USER_ID}`, (c) => {
    if (!accepts(bearer(c.req.header('authorization')))) return c.text('Bad_OAuth_Token', 403);
    return c.json({ id: c.req.url, user_id: USER_ID, organization_id: ORG_ID, username: 'integration@example.com' });
  });
  api.get('/services/oauth2/userinfo', (c) => {
    if (!accepts(bearer(c.req.header('authorization')))) return c.text('Bad_OAuth_Token', 403);
    return c.json({
      sub: `${new URL(c.req.url).origin}/id/${ORG_ID}/${USER_ID}`,
      user_id: USER_ID,
      organization_id: ORG_ID,
      preferred_username: 'integration@example.com',
      zoneinfo: 'Europe/Paris',
    });
  });
  api.onError((problem, c) =>
    problem instanceof MalformedQuery
      ? c.json(error('MALFORMED_QUERY', problem.message), 400)
      : c.json(error('UNKNOWN_EXCEPTION', problem.message), 500),
  );
  addReplication(api, state);
  addReads(api, state);
  addWrites(api, state);
  return api;
}

const describeField = (one: object): object => ({
  aggregatable: true,
  autoNumber: false,
  byteLength: 765,
  cascadeDelete: false,
  caseSensitive: false,
  externalId: false,
  filterable: true,
  groupable: true,
  idLookup: false,
  nameField: false,
  permissionable: true,
  precision: 18,
  digits: 0,
  referenceTo: [],
  relationshipName: null,
  sortable: true,
  soapType: 'xsd:string',
  ...one,
  // The keys that an upsert may go by.
  ...('name' in one && (one.name === 'Id' || one.name === 'Email') ? { idLookup: true } : {}),
});

function addReads(api: Hono, state: SalesforceState): void {
  api.get('/services/data/:version/sobjects', (c) =>
    c.json({
      encoding: 'UTF-8',
      maxBatchSize: 200,
      sobjects: STORED.map((name) => ({
        name,
        label: name,
        keyPrefix: PREFIX[name],
        custom: false,
        createable: true,
        updateable: true,
        deletable: true,
        mergeable: true,
        queryable: true,
        replicateable: true,
        urls: { sobject: `/services/data/${c.req.param('version')}/sobjects/${name}` },
      })),
    }),
  );
  api.get('/services/data/:version/sobjects/:object/describe', (c) => {
    const object = c.req.param('object');
    if (!isObject(object)) return c.json(error('NOT_FOUND', 'The requested resource does not exist'), 404);
    c.header('last-modified', new Date(DESCRIBED_AT).toUTCString());
    return c.json({
      name: object,
      label: object,
      queryable: true,
      ...state.security.rights[object],
      fields: [...state.fields[object].values()].map(describeField),
    });
  });
  api.get('/services/data/:version/limits', (c) =>
    c.json({ DailyApiRequests: { Max: 1_000_000, Remaining: 999_000 } }),
  );
  for (const kind of ['query', 'queryAll'] as const) {
    api.get(`/services/data/:version/${kind}`, (c) => {
      if (c.req.url.length > 16_384) return c.text('URI Too Long', 414);
      const answer = runQuery(state, c.req.query('q') ?? '', {
        all: kind === 'queryAll',
        from: 0,
        version: c.req.param('version'),
      });
      return c.json(answer.body, answer.status);
    });
    api.get(`/services/data/:version/${kind}/:locator`, (c) => {
      const [text, from] = Buffer.from(c.req.param('locator'), 'base64url').toString().split('\n');
      if (from === undefined || text === undefined)
        return c.json(error('INVALID_QUERY_LOCATOR', 'invalid query locator'), 400);
      const answer = runQuery(state, text, {
        all: kind === 'queryAll',
        from: Number(from),
        version: c.req.param('version'),
      });
      return c.json(answer.body, answer.status);
    });
  }
  api.post('/services/data/:version/composite/sobjects/:object', async (c) => {
    const object = c.req.param('object');
    const { ids, fields } = await c.req.json<{ ids: string[]; fields: string[] }>();
    if (!isObject(object)) return c.json(error('INVALID_TYPE', `sObject type '${object}' is not supported.`), 400);
    if (ids.length > 2_000)
      return c.json(
        error('EXCEEDED_ID_LIMIT', 'record limit reached. cannot submit more than 2000 records in this operation'),
        400,
      );
    const malformed = ids.find((id) => !/^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(id));
    if (malformed !== undefined) return c.json(error('MALFORMED_ID', `malformed id ${malformed}`), 400);
    const unknown = fields.find((name) => !state.fields[object].has(name));
    if (unknown !== undefined)
      return c.json(error('INVALID_FIELD', `No such column '${unknown}' on entity '${object}'`), 400);
    return c.json(
      ids.map((id) => {
        const row = state.find(id);
        if (row === undefined || row.IsDeleted || state.objectOf(id) !== object) return null;
        return project(state, row, fields);
      }),
    );
  });
  api.get('/services/data/:version/sobjects/:object/:id', (c) => {
    const row = state.rows.get(c.req.param('id'));
    const object = c.req.param('object');
    if (row === undefined || !isObject(object))
      return c.json(error('NOT_FOUND', 'The requested resource does not exist'), 404);
    if (row.IsDeleted) return c.json(error('ENTITY_IS_DELETED', 'entity is deleted'), 404);
    return c.json({ attributes: { type: object, url: c.req.path }, ...row });
  });
}

function project(state: SalesforceState, row: Row, fields: readonly string[]): Record<string, unknown> {
  const object = state.objectOf(row.Id);
  const values = fields.map((name) => {
    if (name !== ACCOUNT_NAME) return [name, row[name] ?? null];
    const account = state.rows.get(String(row['AccountId']));
    return ['Account', account === undefined ? null : project(state, account, ['Name'])];
  });
  return {
    attributes: { type: object, url: `/services/data/v67.0/sobjects/${object}/${row.Id}` },
    ...Object.fromEntries(values),
  };
}

/** The one relationship that queries go along: to the account of a contact. */
const ACCOUNT_NAME = 'Account.Name';

interface QueryPlace {
  readonly all: boolean;
  readonly from: number;
  readonly version: string;
}

const PAGE = 2_000;
const ORGANIZATION = {
  Id: ORG_ID,
  Name: 'Emulated Bikes',
  IsSandbox: true,
  OrganizationType: 'Developer Edition',
  TimeZoneSidKey: 'Europe/Paris',
};

const USERS: readonly Readonly<Record<string, string | boolean>>[] = [
  { Id: USER_ID, Name: 'Integration User', Email: 'crm@example.com', IsActive: true, UserType: 'Standard' },
  { Id: REP_ID, Name: 'Rita Rep', Email: 'rita@example.com', IsActive: true, UserType: 'Standard' },
  { Id: '005EM0000000003AAA', Name: 'Gone Gustav', Email: 'gustav@example.com', IsActive: false, UserType: 'Standard' },
  {
    Id: '005EM0000000004AAA',
    Name: 'Automated Process',
    Email: 'auto@example.com',
    IsActive: true,
    UserType: 'AutomatedProcess',
  },
];

function runQuery(state: SalesforceState, text: string, place: QueryPlace): { body: object; status: 200 | 400 } {
  const soql = parseSoql(text);
  if (soql.object === 'User') {
    const found = [...USERS, ...state.moreUsers].filter(
      (row) => soql.where === null || matches(soql.where, (name) => row[name] ?? null),
    );
    const records = found.map((row) => ({
      attributes: { type: 'User' },
      ...Object.fromEntries(soql.fields.map((name) => [name, row[name] ?? null])),
    }));
    return pageOf(soql.limit === null ? records : records.slice(0, soql.limit), text, place);
  }
  if (soql.object === 'Organization')
    return {
      body: { totalSize: 1, done: true, records: [{ attributes: { type: 'Organization' }, ...ORGANIZATION }] },
      status: 200,
    };
  const assignments = queryAssignments(soql);
  if (assignments !== null) return assignments;
  const tasks = queryTasks(state, soql);
  if (tasks !== null) return tasks;
  const { object } = soql;
  if (!isObject(object))
    return { body: error('INVALID_TYPE', `sObject type '${object}' is not supported.`), status: 400 };
  const unknown = [...soql.fields, ...soql.orderBy.map((order) => order.field), ...fieldsIn(soql.where)].find(
    (name) => !state.fields[object].has(name) && !(object === 'Contact' && name === ACCOUNT_NAME),
  );
  if (unknown !== undefined)
    return { body: error('INVALID_FIELD', `No such column '${unknown}' on entity '${object}'.`), status: 400 };
  const rows = select(state, object, soql, place.all);
  if (soql.isCount) return { body: { totalSize: rows.length, done: true, records: [] }, status: 200 };
  const limited = soql.limit === null ? rows.slice(soql.offset) : rows.slice(soql.offset, soql.offset + soql.limit);
  return pageOf(limited, text, place, (row) => project(state, row, soql.fields));
}

/** Up to 2,000 of the rows, and where the next ones are. */
function pageOf<T>(
  rows: readonly T[],
  text: string,
  place: QueryPlace,
  show: (row: T) => unknown = (row) => row,
): { body: object; status: 200 } {
  const done = place.from + PAGE >= rows.length;
  const locator = Buffer.from(`${text}\n${place.from + PAGE}`).toString('base64url');
  const more = done
    ? {}
    : { nextRecordsUrl: `/services/data/${place.version}/${place.all ? 'queryAll' : 'query'}/${locator}` };
  const records = rows.slice(place.from, place.from + PAGE).map(show);
  return { body: { totalSize: rows.length, done, ...more, records }, status: 200 };
}

const fieldsIn = (condition: Condition | null): string[] => {
  if (condition === null) return [];
  if (condition.kind === 'compare') return [condition.field];
  return condition.kind === 'not' ? fieldsIn(condition.part) : condition.parts.flatMap(fieldsIn);
};

function select(state: SalesforceState, object: StoredObject, soql: Soql, all: boolean): Row[] {
  const { where } = soql;
  const rows = state.objects[object].filter(
    (row) => (all || !row.IsDeleted) && (where === null || matches(where, (name) => row[name])),
  );
  if (soql.orderBy.length === 0) return rows;
  return rows.sort((a, b) => {
    for (const { field, descending } of soql.orderBy) {
      const [x, y] = [String(a[field] ?? ''), String(b[field] ?? '')];
      if (x !== y) return (x < y ? -1 : 1) * (descending ? -1 : 1);
    }
    return 0;
  });
}
