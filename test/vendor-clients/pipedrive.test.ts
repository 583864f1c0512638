import * as v1 from 'pipedrive/v1';
import * as v2 from 'pipedrive/v2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmulatedServer, startEmulator } from '../../src/cli/emulate.ts';
import { failure } from './failure.ts';

const people = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({ email: `${prefix}${index}@example.com`, last_name: prefix }));

/** Pipedrive's own client for Node.js, unchanged, over HTTP. Failures reach its user as the bare body of the answer. */
describe('pipedrive and emulated Pipedrive', () => {
  let server: EmulatedServer;
  let persons: v2.PersonsApi;
  let configuration: v2.Configuration;
  let legacy: v1.Configuration;
  beforeAll(async () => {
    server = await startEmulator('pipedrive', 0);
    configuration = new v2.Configuration({ apiKey: 'e'.repeat(40), basePath: `${server.url}/api/v2` });
    legacy = new v1.Configuration({ apiKey: 'e'.repeat(40), basePath: `${server.url}/api/v1` });
    persons = new v2.PersonsApi(configuration);
  });
  afterAll(() => server.stop());

  test('signs in; a wrong token is refused in the vendor’s words', async () => {
    const { data } = await new v1.UsersApi(legacy).getCurrentUser();
    expect(data).toMatchObject({ is_you: true, company_id: 54_235_233, company_domain: 'emulated' });
    const users = await new v1.UsersApi(legacy).getUsers();
    expect(users.data?.map((one) => one.active_flag)).toEqual([true, true, false]);
    const stranger = new v2.PersonsApi(new v2.Configuration({ apiKey: 'no', basePath: `${server.url}/api/v2` }));
    expect(await failure(stranger.getPersons())).toMatchObject({
      success: false,
      error: 'unauthorized access',
      errorCode: 401,
    });
  });

  test('describes the fields of persons, makes one, and answers by its key', async () => {
    const fields = new v2.PersonFieldsApi(configuration);
    const { data } = await fields.getPersonFields({ limit: 500 });
    const industry = data?.find((one) => one.field_name === 'Industry');
    expect(industry).toMatchObject({
      field_type: 'enum',
      is_custom_field: true,
      field_code: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
    expect(industry?.options).toContainEqual({ id: 41, label: 'Retail' });
    const made = await fields.addPersonField({
      AddPersonFieldRequest: { field_name: 'Motto', field_type: 'varchar' },
    });
    expect(made.data).toMatchObject({ field_name: 'Motto', is_custom_field: true });
  });

  test('lists 1,200 persons by its cursor, each once, and what changed since a second', async () => {
    const ids = server.emulator.world.seed(people(1_200, 'list'), 'lead');
    const seen: number[] = [];
    for (let cursor: string | undefined, pages = 0; pages < 9; pages += 1) {
      const page = await persons.getPersons({
        limit: 500,
        sort_by: 'update_time',
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...(page.data ?? []).flatMap((one) => one.id ?? []));
      cursor = page.additional_data?.next_cursor ?? undefined;
      if (cursor === undefined) break;
    }
    expect([seen.length, new Set(seen).size]).toEqual([1_200, 1_200]);
    const later = await persons.getPersons({ updated_since: '2099-01-01T00:00:00Z' });
    expect(later.data).toEqual([]);
    expect(await failure(persons.getPersons({ updated_since: '2026-01-01T00:00:00.000Z' }))).toMatchObject({
      success: false,
      code: 'ERR_SCHEMA_VALIDATION_FAILED',
    });
    const some = await persons.getPersons({ ids: ids.slice(0, 3).join(',') });
    expect(some.data?.map((one) => String(one.id))).toEqual(ids.slice(0, 3));
  });

  test('creates, reads, updates and deletes a person; lists are replaced as a whole', async () => {
    const body = {
      name: 'Ada Lovelace',
      emails: [{ value: 'ada@example.com', primary: true, label: 'work' }],
      phones: [{ value: '+44 1', primary: true, label: 'mobile' }],
    };
    const { data } = await persons.addPerson({ AddPersonRequest: body });
    expect(data).toMatchObject({ ...body, first_name: 'Ada', last_name: 'Lovelace', is_deleted: false });
    const id = data?.id ?? 0;
    const home = [{ value: 'home@example.com', primary: true, label: 'home' }];
    const updated = await persons.updatePerson({ id, UpdatePersonRequest: { emails: home } });
    expect(updated.data).toMatchObject({ emails: home, phones: body.phones });
    expect((await persons.getPerson({ id })).data).toMatchObject({ emails: home });
    expect(await persons.deletePerson({ id })).toMatchObject({ data: { id } });
    expect((await persons.getPerson({ id })).data).toMatchObject({ is_deleted: true });
    expect((await persons.getPersons({ ids: String(id) })).data).toEqual([]);
    expect(await failure(persons.updatePerson({ id, UpdatePersonRequest: { name: 'B' } }))).toMatchObject({
      success: false,
    });
  });

  test('finds persons by address and by a field of their own', async () => {
    const [id = ''] = server.emulator.world.seed(
      [{ email: 'Find.Me@example.com', last_name: 'F', city: 'Graz' }],
      'lead',
    );
    const found = await persons.searchPersons({ term: 'find.me@EXAMPLE.com', fields: 'email', exact_match: true });
    expect(found.data?.items?.map((one) => one.item)).toMatchObject([
      { id: Number(id), emails: ['Find.Me@example.com'] },
    ]);
    expect((await persons.searchPersons({ term: 'find.me', fields: 'email' })).data?.items).toHaveLength(1);
    const fields = await new v2.PersonFieldsApi(configuration).getPersonFields();
    const city = fields.data?.find((one) => one.field_name === 'City')?.field_code ?? '';
    const byField = await new v2.ItemSearchApi(configuration).searchItemByField({
      entity_type: 'person',
      match: 'exact',
      field: city,
      term: 'Graz',
    });
    expect(byField.data).toMatchObject([{ item: { id: Number(id) } }]);
  });

  test('a bad row is refused alone, since every row is a call, and the field is named', async () => {
    const fields = await new v2.PersonFieldsApi(configuration).getPersonFields();
    const industry = fields.data?.find((one) => one.field_name === 'Industry')?.field_code ?? '';
    const writes = [41, 999, 42].map((option, index) =>
      persons.addPerson({ AddPersonRequest: { name: `Row ${index}`, custom_fields: { [industry]: option } } }),
    );
    const [first, second, third] = await Promise.allSettled(writes);
    expect([first?.status, second?.status, third?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(second).toMatchObject({ reason: { success: false, error: expect.stringContaining(industry) as string } });
    const two = [1, 2].map((index) => ({ value: `two${index}@example.com`, primary: true, label: 'work' }));
    expect(await failure(persons.addPerson({ AddPersonRequest: { name: 'Two', emails: two } }))).toMatchObject({
      success: false,
    });
    expect(await failure(persons.addPerson({ AddPersonRequest: { name: '' } }))).toMatchObject({ success: false });
  });

  test('tells deleted and merged persons among the recent changes', async () => {
    const [loser = '', winner = '', gone = ''] = server.emulator.world.seed(people(3, 'recent'), 'lead');
    await new v1.PersonsApi(legacy).mergePersons({
      id: Number(loser),
      MergePersonsRequest: { merge_with_id: Number(winner) },
    });
    await persons.deletePerson({ id: Number(gone) });
    const recents = await new v1.RecentsApi(legacy).getRecents({
      since_timestamp: '2020-01-01 00:00:00',
      items: 'person',
      start: 0,
      limit: 500,
    });
    expect(recents.additional_data).toMatchObject({ pagination: { start: 0, limit: 500 } });
    const flags = new Map<string, unknown>();
    for (let start = 0, more = true; more; start += 500) {
      const page = await new v1.RecentsApi(legacy).getRecents({
        since_timestamp: '2020-01-01 00:00:00',
        items: 'person',
        start,
        limit: 500,
      });
      // The client types the items by what they are; these are persons.
      for (const one of (page.data ?? []) as { id: number; data: { active_flag: boolean } }[])
        flags.set(String(one.id), one.data.active_flag);
      more = page.additional_data?.pagination?.more_items_in_collection === true;
    }
    expect([loser, winner, gone].map((id) => flags.get(id))).toEqual([false, true, false]);
  });

  test('companies are found, made and listed by id', async () => {
    const companies = new v2.OrganizationsApi(configuration);
    const made = await companies.addOrganization({ AddOrganizationRequest: { name: 'Analytical Engines' } });
    const found = await companies.searchOrganization({ term: 'analytical engines', fields: 'name', exact_match: true });
    expect(found.data?.items?.map((one) => one.item?.id)).toEqual([made.data?.id]);
    const listed = await companies.getOrganizations({ ids: String(made.data?.id) });
    expect(listed.data).toMatchObject([{ name: 'Analytical Engines' }]);
  });

  test('a throttled call is told so', async () => {
    server.emulator.faults.add({ kind: 'throttle', times: 1 });
    expect(await failure(persons.getPersons())).toMatchObject({ success: false });
  });
});
