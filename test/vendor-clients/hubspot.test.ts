import { Client } from '@hubspot/api-client';
import { FilterOperatorEnum } from '@hubspot/api-client/lib/codegen/crm/contacts/models/Filter.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmulatedServer, startEmulator } from '../../src/cli/emulate.ts';
import { failure } from './failure.ts';

const people = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({ email: `${prefix}${index}@example.com`, first_name: prefix }));

/** HubSpot's own client for Node.js, unchanged, over HTTP. It speaks the legacy paths, whose bodies are the dated ones'. */
describe('@hubspot/api-client and emulated HubSpot', () => {
  let server: EmulatedServer;
  let hubspot: Client;
  beforeAll(async () => {
    server = await startEmulator('hubspot', 0);
    hubspot = new Client({ accessToken: 'pat-eu1-emulated', basePath: server.url });
  });
  afterAll(() => server.stop());
  const contacts = () => hubspot.crm.contacts;

  test('signs in; a wrong token is refused in the vendor’s words', async () => {
    const account = await hubspot.apiRequest({ path: '/account-info/2026-09/details' });
    expect(await account.json()).toMatchObject({ portalId: 62_515, uiDomain: 'app-eu1.hubspot.com' });
    const stranger = new Client({ accessToken: 'pat-wrong', basePath: server.url });
    expect(await failure(stranger.crm.contacts.basicApi.getPage(1))).toMatchObject({
      code: 401,
      body: { status: 'error', category: 'INVALID_AUTHENTICATION', correlationId: expect.any(String) as string },
    });
  });

  test('reads properties and owners, and makes a property once', async () => {
    const { results } = await hubspot.crm.properties.coreApi.getAll('contacts', false);
    const stage = results.find((one) => one.name === 'lifecyclestage');
    expect(stage).toMatchObject({ type: 'enumeration', fieldType: 'radio', groupName: 'contactinformation' });
    expect(stage?.options.map((one) => [one.value, one.hidden])).toContainEqual(['lead', false]);
    const wish = {
      groupName: 'contactinformation',
      name: 'shoe_size',
      label: 'Shoe size',
      type: 'number' as const,
      fieldType: 'number' as const,
    };
    const create = () =>
      hubspot.crm.properties.coreApi.create(
        'contacts',
        wish as Parameters<typeof hubspot.crm.properties.coreApi.create>[1],
      );
    expect(await create()).toMatchObject({ name: 'shoe_size', type: 'number' });
    expect(await failure(create())).toMatchObject({ code: 409 });
    expect((await hubspot.crm.owners.ownersApi.getPage()).results[0]).toMatchObject({
      type: 'PERSON',
      archived: false,
    });
  });

  test('lists 250 contacts a hundred a page, each once', async () => {
    const ids = server.emulator.world.seed(people(250, 'list'), 'lead');
    const all = await contacts().getAll(100, undefined, ['email', 'lifecyclestage']);
    const seen = all.filter((one) => ids.includes(one.id));
    expect(seen).toHaveLength(250);
    expect(new Set(seen.map((one) => one.id)).size).toBe(250);
    expect(seen[0]?.createdAt).toBeInstanceOf(Date);
    expect(seen[0]?.properties['lifecyclestage']).toBe('lead');
    expect(await failure(contacts().basicApi.getPage(101))).toMatchObject({ code: 400 });
  });

  test('searches by filter, with sort, paging and the total', async () => {
    server.emulator.world.seed(people(450, 'search'), 'lead');
    const ask = (after?: string) =>
      contacts().searchApi.doSearch({
        filterGroups: [{ filters: [{ propertyName: 'firstname', operator: FilterOperatorEnum.Eq, value: 'SEARCH' }] }],
        sorts: ['hs_object_id'],
        properties: ['email'],
        limit: 200,
        ...(after === undefined ? {} : { after }),
      });
    const first = await ask();
    expect(first.total).toBe(450);
    const ids = first.results.map((one) => one.id);
    for (let next = first.paging?.next?.after; next !== undefined; ) {
      const page = await ask(next);
      ids.push(...page.results.map((one) => one.id));
      next = page.paging?.next?.after;
    }
    expect(new Set(ids).size).toBe(450);
    expect(await failure(contacts().searchApi.doSearch({ limit: 201 }))).toMatchObject({ code: 400 });
    expect(await failure(contacts().searchApi.doSearch({ limit: 200, after: '9900' }))).toMatchObject({ code: 400 });
  });

  test('creates, reads, updates and archives single contacts', async () => {
    const made = await contacts().basicApi.create({ properties: { email: 'Ada@Example.com', firstname: 'Ada' } });
    expect(made.properties['email']).toBe('ada@example.com');
    expect(await failure(contacts().basicApi.create({ properties: { email: 'ada@example.com' } }))).toMatchObject({
      code: 409,
      body: { category: 'CONFLICT', message: `Contact already exists. Existing ID: ${made.id}` },
    });
    await contacts().basicApi.update('ada@example.com', { properties: { city: 'London' } }, 'email');
    const read = await contacts().basicApi.getById(made.id, ['city']);
    expect(read.properties).toMatchObject({ city: 'London' });
    await contacts().basicApi.archive(made.id);
    await contacts().basicApi.archive(made.id);
    expect(await failure(contacts().basicApi.getById(made.id))).toMatchObject({ code: 404 });
    const archived = await contacts().getAll(100, undefined, undefined, undefined, undefined, true);
    expect(archived.map((one) => one.id)).toContain(made.id);
    expect(archived.find((one) => one.id === made.id)?.archivedAt).toBeInstanceOf(Date);
  });

  test('of a batch of 100 with one bad row, one row is refused if every input has a trace id, else all are', async () => {
    const inputs = (traced: boolean, prefix: string) =>
      people(100, prefix).map(({ email }, index) => ({
        associations: [],
        properties: { email, ...(index === 41 ? { lifecyclestage: 'no such stage' } : {}) },
        ...(traced ? { objectWriteTraceId: `${prefix}-${index}` } : {}),
      }));
    const answer = await contacts().batchApi.create({ inputs: inputs(true, 'traced') });
    expect(answer.status).toBe('COMPLETE');
    expect(answer.results).toHaveLength(99);
    expect(answer).toMatchObject({
      numErrors: 1,
      errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['traced-41'] } }],
    });
    const before = server.emulator.world.all().length;
    expect(await failure(contacts().batchApi.create({ inputs: inputs(false, 'plain') }))).toMatchObject({
      code: 400,
      body: { category: 'VALIDATION_ERROR', errors: [{ context: { propertyName: ['lifecyclestage'] } }] },
    });
    expect(server.emulator.world.all()).toHaveLength(before);
  });

  test('reads, updates, upserts and archives in batches; unknown ids are named', async () => {
    const [a = '', b = ''] = server.emulator.world.seed(people(2, 'many'), 'lead');
    const read = await contacts().batchApi.read({
      inputs: [{ id: a }, { id: '999999999' }],
      properties: ['email'],
      propertiesWithHistory: [],
    });
    expect(read.results.map((one) => one.id)).toEqual([a]);
    expect(read).toMatchObject({ errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['999999999'] } }] });
    const byEmail = await contacts().batchApi.read({
      idProperty: 'email',
      inputs: [{ id: 'MANY1@example.com' }],
      properties: [],
      propertiesWithHistory: [],
    });
    expect(byEmail.results.map((one) => one.id)).toEqual([b]);
    const updated = await contacts().batchApi.update({ inputs: [{ id: a, properties: { city: 'Graz' } }] });
    expect(updated.results[0]?.properties['city']).toBe('Graz');
    const upserted = await contacts().batchApi.upsert({
      inputs: [
        { id: 'many0@example.com', idProperty: 'email', properties: { city: 'Linz' } },
        { id: 'upsert@example.com', idProperty: 'email', properties: { email: 'upsert@example.com' } },
      ],
    });
    expect(new Map(upserted.results.map((one) => [one.properties['email'], one._new]))).toEqual(
      new Map([
        ['many0@example.com', false],
        ['upsert@example.com', true],
      ]),
    );
    await contacts().batchApi.archive({ inputs: [{ id: a }] });
    expect(server.emulator.world.get(a)?.deleted).toBe(true);
  });

  test('a merge makes a new record that both old ids lead to', async () => {
    const [a = '', b = ''] = server.emulator.world.seed(people(2, 'merge'), 'lead');
    const merged = await contacts().basicApi.merge({ primaryObjectId: a, objectIdToMerge: b });
    expect([a, b]).not.toContain(merged.id);
    const read = await contacts().basicApi.getById(b, ['hs_merged_object_ids', 'hs_additional_emails']);
    expect(read).toMatchObject({
      id: merged.id,
      properties: { hs_merged_object_ids: `${a};${b}`, hs_additional_emails: 'merge1@example.com' },
    });
  });

  test('a throttled call is told so, and the client’s own retries get through', async () => {
    server.emulator.faults.add({ kind: 'throttle', times: 1 });
    expect(await failure(contacts().basicApi.getPage(1))).toMatchObject({
      code: 429,
      body: { policyName: 'TEN_SECONDLY_ROLLING' },
    });
    const patient = new Client({ accessToken: 'pat-eu1-emulated', basePath: server.url, numberOfApiCallRetries: 2 });
    server.emulator.faults.add({ kind: 'error', times: 1 });
    expect((await patient.crm.contacts.basicApi.getPage(1)).results).toHaveLength(1);
  });
});
