import { EdmV2, OData } from '@odata/client';
import { parse } from '@sap-ux/edmx-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmulatedServer, startEmulator } from '../../src/cli/emulate.ts';
import { createC4cEmulator, EMULATED_TENANT } from '../../src/connectors/sap-c4c/emulator/emulator.ts';
import { systemClock } from '../../src/platform/clock.ts';

const SERVICE = '/sap/c4c/odata/v1/c4codataapi/';
const CREDENTIAL = { username: '_TANDEM', password: 'emulated-password' };
const SIGNED_IN = `Basic ${btoa('_TANDEM:emulated-password')}`;

interface Entity {
  readonly ObjectID: string;
  readonly [property: string]: unknown;
}
/** The client types what lists carry beside their rows as unknown. */
interface List {
  readonly d?: { readonly results?: readonly Entity[]; readonly __count?: string; readonly __next?: string };
}
interface Named {
  readonly name: string;
}
/** What we look at of SAP's own parser's answer; its types come in a package of their own. */
interface Edmx {
  readonly schema: {
    readonly entitySets: readonly Named[];
    readonly associations: readonly Named[];
    readonly entityTypes: readonly (Named & {
      readonly keys: readonly Named[];
      readonly navigationProperties: readonly Named[];
      readonly entityProperties: readonly (Named & { readonly type: string })[];
    })[];
  };
}
const etagOf = (entity: Entity): string => (entity['__metadata'] as { readonly etag: string }).etag;

/**
 * An OData V2 client made for this product (its variant `c4c`), unchanged, over HTTP: what it makes of addresses,
 * filters, batches, tokens and answers is not our opinion.
 */
describe('@odata/client and emulated SAP Cloud for Customer', () => {
  let server: EmulatedServer;
  beforeAll(async () => {
    server = await startEmulator('sap-c4c', 0);
  });
  afterAll(() => server.stop());

  const connect = (headers: Record<string, string> = {}): OData =>
    OData.New({
      serviceEndpoint: `${server.url}${SERVICE}`,
      credential: CREDENTIAL,
      variant: 'c4c',
      commonHeaders: headers,
    });
  const set = (name: string, headers?: Record<string, string>) => connect(headers).getEntitySet<Entity>(name);
  const people = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, index) => ({
      email: `${prefix}${String(index).padStart(4, '0')}@example.com`,
      last_name: prefix,
      company: 'Acme',
      city: 'Wien',
    }));

  test('reads sets filtered, sorted, cut and counted', async () => {
    server.emulator.world.seed(people(30, 'list'), 'lead');
    const leads = set('LeadCollection');
    const options = () =>
      OData.newOptions().format('json').filter(OData.newFilter().field('ContactLastName').eq('list'));
    const page = await leads.query(options().orderby('ContactEMail', 'asc').skip(10).top(5).select('ContactEMail'));
    expect(page.map((one) => one['ContactEMail'])).toEqual(
      [10, 11, 12, 13, 14].map((index) => `list00${index}@example.com`),
    );
    const [last] = await leads.query(options().orderby('ContactEMail', 'desc').top(1));
    expect(last?.['ContactEMail']).toBe('list0029@example.com');
    expect(await leads.count(OData.newFilter().field('ContactLastName').eq('list'))).toBe(30);
    const counted: List = await connect().newRequest<Entity>({
      collection: 'LeadCollection',
      method: 'GET',
      params: options().inlinecount(true).top(3),
    });
    expect([counted.d?.results?.length, counted.d?.__count]).toEqual([3, '30']);
    // Several values of one property, in the brackets that this client makes.
    const two = OData.newFilter().field('ContactEMail').in(['list0001@example.com', 'list0002@example.com']);
    expect(await leads.query(two)).toHaveLength(2);
  });

  test('reads what changed since a moment, whose digits are finer than those shown', async () => {
    const leads = set('LeadCollection');
    const [id = ''] = server.emulator.world.seed(people(1, 'delta'), 'lead');
    const { EntityLastChangedOn: shown } = await leads.retrieve(id);
    const at = new Date(Number(/\d+/.exec(String(shown))?.[0]));
    const since = async (op: 'ge' | 'eq') => {
      const filter = OData.newFilter().field('EntityLastChangedOn')[op](EdmV2.DateTimeOffset.from(at, false));
      return (await leads.query(OData.newOptions().format('json').filter(filter))).map((one) => one.ObjectID);
    };
    expect(await since('ge')).toContain(id);
    expect(await since('eq')).not.toContain(id);
  });

  test('the server cuts an open list at 1,000 rows and says where to go on', async () => {
    server.emulator.world.seed(people(1_005, 'many'), 'contact');
    const first: List = await connect().newRequest<Entity>({ collection: 'ContactCollection', method: 'GET' });
    expect(first.d?.results).toHaveLength(1_000);
    expect(first.d?.__next).toContain('$skiptoken=1001');
    const rest = await fetch(first.d?.__next ?? '', {
      headers: { accept: 'application/json', authorization: SIGNED_IN },
    });
    expect(((await rest.json()) as List).d?.results).toHaveLength(5);
  });

  test('creates, reads by key, updates on the version that was read, and is refused on an old one', async () => {
    const made = await set('LeadCollection').create({
      Name: 'Engines',
      Company: 'Acme',
      ContactLastName: 'Lovelace',
      ContactEMail: 'ada@example.com',
    } as unknown as Entity);
    const leads = set('LeadCollection');
    const read = await leads.retrieve(made.ObjectID);
    expect(read).toMatchObject({ ContactEMail: 'ada@example.com', LifeCycleStatusCode: '1' });
    await set('LeadCollection', { 'If-Match': etagOf(read) }).update(made.ObjectID, { AccountCity: 'London' });
    expect(await leads.retrieve(made.ObjectID)).toMatchObject({ AccountCity: 'London', ContactLastName: 'Lovelace' });
    const old = set('LeadCollection', { 'If-Match': etagOf(read) });
    await expect(old.update(made.ObjectID, { AccountCity: 'Paris' })).rejects.toThrow(/changed meanwhile/);
    await expect(leads.create({ Company: 'Acme' } as unknown as Entity)).rejects.toThrow(/'Name' is mandatory/);
    await expect(leads.retrieve('00163E0000000000000000000000FFFF')).rejects.toThrow(/not found/i);
  });

  test('a batch: reads outside of changesets, each changeset by itself, a failed one a single error', async () => {
    const client = connect();
    const [id = '', other = ''] = server.emulator.world.seed(people(2, 'batch'), 'lead');
    const before = await client.getEntitySet<Entity>('LeadCollection').retrieve(id);
    const update = async (of: string, etag: string, city: string) => {
      const entity = { AccountCity: city };
      const request = await client.newBatchRequest({ collection: 'LeadCollection', method: 'PATCH', id: of, entity });
      Object.assign(request.init?.headers ?? {}, { 'If-Match': etag });
      return request;
    };
    const answers = await client.execBatchRequests([
      client.newBatchRequest({
        collection: 'LeadCollection',
        params: OData.newOptions().format('json').filter("ContactLastName%20eq%20'batch'").top(1),
      }),
      update(id, etagOf(before), 'Graz'),
      update(other, 'W/"datetimeoffset\'2001-01-01T00%3A00%3A00.0000000Z\'"', 'Linz'),
      client.newBatchRequest({
        collection: 'LeadCollection',
        method: 'POST',
        entity: { Name: 'New', ContactEMail: 'batched@example.com', ContactLastName: 'B' },
      }),
    ]);
    expect(answers.map((one) => one.status)).toEqual([200, 204, 412, 201]);
    expect(await answers[0]?.json()).toMatchObject({ d: { results: [{ ContactLastName: 'batch' }] } });
    expect(await answers[2]?.text()).toContain('changed meanwhile');
    expect([id, other].map((one) => server.emulator.world.get(one)?.fields['city'])).toEqual(['Graz', 'Wien']);
    expect(server.emulator.world.find('batched@example.com', 1)).toHaveLength(1);
  });

  test('$metadata parses, with keys, types, lengths, annotations and the way from a contact to its account', async () => {
    const response = await fetch(`${server.url}${SERVICE}$metadata?sap-label=true`, {
      headers: { authorization: SIGNED_IN },
    });
    const { schema } = parse(await response.text()) as Edmx;
    expect(schema.entitySets.map((one) => one.name)).toEqual([
      'LeadCollection',
      'ContactCollection',
      'IndividualCustomerCollection',
      'CorporateAccountCollection',
    ]);
    const type = (name: string) => schema.entityTypes.find((one) => one.name === name);
    expect(schema.entityTypes.map((one) => one.keys.map((key) => key.name))).toEqual(Array(4).fill(['ObjectID']));
    const property = (of: string, name: string) => type(of)?.entityProperties.find((one) => one.name === name);
    expect(property('Lead', 'Name')).toMatchObject({ type: 'Edm.String', nullable: false, maxLength: 255 });
    expect(property('Lead', 'EntityLastChangedOn')?.type).toBe('Edm.DateTimeOffset');
    expect(type('Contact')?.navigationProperties.map((one) => one.name)).toEqual(['CorporateAccount']);
    expect(schema.associations.map((one) => one.name)).toEqual(['Contact_CorporateAccount']);
  });

  test('a dead password is a page, not OData, and a client that asks for a token gets one', async () => {
    const wrong = OData.New({
      serviceEndpoint: `${server.url}${SERVICE}`,
      credential: { ...CREDENTIAL, password: 'no' },
      variant: 'c4c',
    });
    await expect(wrong.getCsrfToken()).resolves.toBeNull();
    expect(String(await wrong.newRequest({ collection: 'LeadCollection', method: 'GET' }))).toContain('Logon failed');
    expect(await connect().getCsrfToken()).toMatch(/==$/);
  });
});

describe('@odata/client as an ordinary user of emulated SAP Cloud for Customer', () => {
  test('a write needs the token and its session, and a worn-out token is fetched anew by the client itself', async () => {
    const emulator = createC4cEmulator({ clock: systemClock, needsCsrf: true });
    const jar = new Map<string, string>();
    const serviceEndpoint = `${EMULATED_TENANT}${SERVICE}`;
    const client = OData.New({
      serviceEndpoint,
      credential: CREDENTIAL,
      variant: 'c4c',
      // The client's documented hook; like a browser it keeps cookies, which Node's fetch does not.
      fetchProxy: async (url, { method = 'GET', headers, body }) => {
        const response = await emulator.request(url, {
          method,
          headers: { ...(headers as Record<string, string>), cookie: [...jar.values()].join('; ') },
          ...(typeof body === 'string' ? { body } : {}),
        });
        for (const cookie of response.headers.getSetCookie()) jar.set(cookie.split('=')[0] ?? '', cookie);
        const text = await response.text();
        const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
        return { content: isJson ? (JSON.parse(text) as unknown) : text, response };
      },
    });
    const create = (email: string) =>
      client.getEntitySet<Entity>('LeadCollection').create({ Name: 'T', ContactEMail: email } as unknown as Entity);
    expect(await create('first@example.com')).toMatchObject({ ContactEMail: 'first@example.com' });
    emulator.state.newCsrf();
    expect(await create('second@example.com')).toMatchObject({ ContactEMail: 'second@example.com' });
    expect(emulator.world.all()).toHaveLength(2);
    // Without the session the token is worth nothing.
    const bare = await emulator.request(`${serviceEndpoint}LeadCollection`, {
      method: 'POST',
      headers: { authorization: SIGNED_IN, 'x-csrf-token': emulator.state.csrf ?? '' },
      body: JSON.stringify({ Name: 'T', ContactEMail: 'third@example.com' }),
    });
    expect([bare.status, bare.headers.get('x-csrf-token')]).toEqual([403, 'Required']);
  });
});
