import { Connection } from '@jsforce/jsforce-node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EmulatedServer, startEmulator } from '../../src/cli/emulate.ts';
import { failure } from './failure.ts';

const USER = { id: '005EM0000000001AAA', organizationId: '00DEM0000000001EAM' };
const people = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({
    email: `${prefix}${index}@example.com`,
    first_name: 'F',
    last_name: `L${index}`,
    company: 'Acme',
  }));

/** Salesforce's own client for Node.js, unchanged, over HTTP: emulated Salesforce is more than our opinion of it. */
describe('jsforce and emulated Salesforce', () => {
  let server: EmulatedServer;
  let org: Connection;

  beforeAll(async () => {
    server = await startEmulator('salesforce', 0);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    org = new Connection({
      loginUrl: server.url,
      version: '67.0',
      oauth2: { loginUrl: server.url, clientId: 'emulated-client', clientSecret: 'emulated-secret' },
    });
    expect(await org.authorize({ grant_type: 'client_credentials' })).toMatchObject(USER);
    expect(org.instanceUrl).toBe(server.url);
  });
  test('signs in, and reads the versions, the objects, the limits and who it is', async () => {
    expect((await org.request<{ version: string }[]>('/services/data')).map((one) => one.version)).toContain('67.0');
    expect((await org.describeGlobal()).sobjects.map((one) => one.name)).toEqual(['Lead', 'Contact', 'Account']);
    const { DailyApiRequests: daily } = await org.limits();
    expect(daily?.Remaining).toBeLessThan(daily?.Max ?? 0);
    expect(org.limitInfo.apiUsage?.limit).toBe(daily?.Max);
    expect(await org.identity()).toMatchObject({ user_id: USER.id, organization_id: USER.organizationId });
  });

  test('a wrong secret and a dead session are refused in the vendor’s words', async () => {
    const wrong = new Connection({ oauth2: { loginUrl: server.url, clientId: 'emulated-client', clientSecret: 'no' } });
    expect(await failure(wrong.authorize({ grant_type: 'client_credentials' }))).toMatchObject({
      name: 'invalid_client',
    });
    const dead = new Connection({ instanceUrl: server.url, accessToken: '00D!dead', version: '67.0' });
    expect(await failure(dead.query('SELECT Id FROM Lead'))).toMatchObject({ errorCode: 'INVALID_SESSION_ID' });
    expect(await failure(dead.identity())).toMatchObject({ errorCode: 'INVALID_SESSION_ID' });
  });

  test('a session that ends in between is renewed once, and the call goes on', async () => {
    let renewed = 0;
    const session = new Connection({
      instanceUrl: server.url,
      accessToken: '00D!dead',
      version: '67.0',
      refreshFn: (_connection, done) => {
        renewed += 1;
        done(null, String(org.accessToken));
      },
    });
    expect((await session.query('SELECT COUNT() FROM Lead')).done).toBe(true);
    expect(renewed).toBe(1);
  });

  test('describes an object with every key that its types promise', async () => {
    const { fields } = await org.sobject('Lead').describe();
    const named = new Map(fields.map((one) => [one.name, one]));
    expect(named.get('Email')).toMatchObject({ type: 'email', length: 80, createable: true, idLookup: true });
    expect(named.get('LastName')).toMatchObject({ nillable: false, defaultedOnCreate: false });
    expect(named.get('Status')?.picklistValues?.map((one) => one.value)).toContain('Open');
    for (const one of fields)
      expect([typeof one.soapType, typeof one.calculated, typeof one.restrictedPicklist, typeof one.unique]).toEqual([
        'string',
        'boolean',
        'boolean',
        'boolean',
      ]);
  });

  test('pages through 4,500 leads by the server’s locators, each once', async () => {
    server.emulator.world.seed(people(4_500, 'page'), 'lead');
    const first = await org.query<{ Id: string }>("SELECT Id, Email FROM Lead WHERE Email LIKE 'page%' ORDER BY Id");
    expect(first).toMatchObject({ totalSize: 4_500, done: false });
    const ids = first.records.map((one) => one.Id);
    for (let next = first.nextRecordsUrl; next !== undefined; ) {
      const page = await org.queryMore<{ Id: string }>(next);
      ids.push(...page.records.map((one) => one.Id));
      next = page.done ? undefined : page.nextRecordsUrl;
    }
    expect([ids.length, new Set(ids).size]).toEqual([4_500, 4_500]);
    const all = await org
      .sobject('Lead')
      .find({ Email: { $like: 'page%' } }, ['Id'])
      .execute({ autoFetch: true, maxFetch: 10_000 });
    expect(all).toHaveLength(4_500);
    expect(await failure(org.queryMore('/services/data/v67.0/query/0r8dead-2000'))).toMatchObject({
      errorCode: 'INVALID_QUERY_LOCATOR',
    });
  });

  test('creates, reads, updates, upserts and deletes single records', async () => {
    const leads = org.sobject('Lead');
    const made = await leads.create({ LastName: 'Lovelace', Company: 'Acme', Email: 'Ada@Example.com' });
    expect(made).toMatchObject({ success: true, errors: [] });
    const id = String(made.id);
    expect(await leads.retrieve(id)).toMatchObject({ Id: id, Email: 'ada@example.com', attributes: { type: 'Lead' } });
    expect(await leads.update({ Id: id, City: ' London ' })).toMatchObject({ id, success: true });
    expect(await leads.retrieve(id)).toMatchObject({ City: 'London' });
    expect(await leads.upsert({ Email: 'ada@example.com', Title: 'Countess' }, 'Email')).toMatchObject({
      id,
      created: false,
    });
    expect(await leads.upsert({ Email: 'new@example.com', LastName: 'N', Company: 'A' }, 'Email')).toMatchObject({
      created: true,
    });
    expect(await leads.destroy(id)).toMatchObject({ success: true });
    expect(await failure(leads.retrieve(id))).toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
    expect(await failure(leads.destroy('00QEM9999999999AAA'))).toMatchObject({ errorCode: 'NOT_FOUND' });
  });

  test('reads what was deleted, by the delete log and by queryAll', async () => {
    const [id = ''] = server.emulator.world.seed(people(1, 'gone'), 'lead');
    server.emulator.world.remove(id);
    const now = Date.now();
    const log = await org.sobject('Lead').deleted(new Date(now - 3_600_000), new Date(now + 3_600_000));
    expect(log.deletedRecords.map((one) => one.id)).toContain(id);
    expect(log).toMatchObject({ earliestDateAvailable: expect.any(String) as string });
    const seen = await org.query<{ Id: string }>("SELECT Id FROM Lead WHERE Email = 'gone0@example.com'", {
      scanAll: true,
    });
    expect(seen.records.map((one) => one.Id)).toEqual([id]);
    expect((await org.query("SELECT Id FROM Lead WHERE Email = 'gone0@example.com'")).totalSize).toBe(0);
    expect(await failure(org.sobject('Lead').deleted(new Date(now), new Date(now - 60_000)))).toMatchObject({
      errorCode: 'INVALID_REPLICATION_DATE',
    });
  });

  test('of a batch of 200 with one bad row, one row is refused, by field; all or none refuses all', async () => {
    const rows = people(200, 'batch').map((person, index) => ({
      LastName: person.last_name,
      Company: 'Acme',
      Email: person.email,
      City: index === 77 ? 'x'.repeat(41) : 'Wien',
    }));
    const results = await org.sobject('Lead').create(rows, { allOrNone: false });
    expect(results.filter((one) => one.success)).toHaveLength(199);
    expect(results[77]).toMatchObject({
      success: false,
      errors: [{ statusCode: 'STRING_TOO_LONG', fields: ['City'] }],
    });
    const ids = results.flatMap((one) => one.id ?? []);
    const updated = await org.sobject('Lead').update(
      ids.slice(0, 3).map((Id, index) => ({ Id: index === 1 ? '00QEM9999999999AAA' : Id, City: 'Graz' })),
      { allOrNone: false },
    );
    expect(updated.map((one) => one.success)).toEqual([true, false, true]);
    const deleted = await org.sobject('Lead').destroy(ids.slice(0, 3));
    expect(deleted.every((one) => one.success)).toBe(true);
    const before = server.emulator.world.count('lead');
    const none = await org.sobject('Lead').create(rows, { allOrNone: true });
    expect(none).toMatchObject(
      rows.map((_, index) => ({
        success: false,
        errors: [{ statusCode: index === 77 ? 'STRING_TOO_LONG' : 'ALL_OR_NONE_OPERATION_ROLLED_BACK' }],
      })),
    );
    expect(server.emulator.world.count('lead')).toBe(before);
  });

  test('errors carry the code and the fields that the vendor names', async () => {
    const leads = org.sobject('Lead');
    expect(await failure(leads.create({ FirstName: 'A' }))).toMatchObject({
      errorCode: 'REQUIRED_FIELD_MISSING',
      data: { fields: ['LastName', 'Company'] },
    });
    expect(await failure(leads.create({ LastName: 'A', Company: 'A', Nope__c: 1 }))).toMatchObject({
      errorCode: 'INVALID_FIELD',
    });
    expect(await failure(org.query('SELECT Nope FROM Lead'))).toMatchObject({ errorCode: 'INVALID_FIELD' });
    expect(await failure(org.query('SELECT FROM'))).toMatchObject({ errorCode: 'MALFORMED_QUERY' });
    expect(await failure(org.query('SELECT Id FROM Nope'))).toMatchObject({ errorCode: 'INVALID_TYPE' });
    const [id = ''] = server.emulator.world.seed(people(1, 'conv'), 'lead');
    server.emulator.world.convert(id);
    expect(await failure(leads.update({ Id: id, City: 'Graz' }))).toMatchObject({
      errorCode: 'CANNOT_UPDATE_CONVERTED_LEAD',
    });
  });
});
