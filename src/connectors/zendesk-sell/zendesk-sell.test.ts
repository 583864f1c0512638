import { describe, expect, test } from 'vitest';
import { fc } from '../../../test/support/properties.ts';
import { manualClock } from '../../platform/clock.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { answersAlike } from '../kit/testing/recordings.ts';
import { roundTripContract } from '../kit/testing/round-trip.ts';
import { decodeValue, encodeValue, fieldsOf, recordId, vendorId } from './codec.ts';
import { createSellEmulator } from './emulator/emulator.ts';
import { plantEveryType, VENDOR_TYPES } from './emulator/every-type.ts';
import { manifest } from './manifest.ts';

const open = () => {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createSellEmulator({ clock });
  return { emulator, clock, credentials: emulator.credentials };
};

const words = {
  manifest,
  open,
  keys: { email: 'email', firstName: 'first_name', city: 'address.city' },
  needed: { last_name: 'L' },
  refused: { field: 'cf_900', value: 'enormous' },
  linkBack: 'cf_901',
  companies: {
    kind: 'contact' as const,
    email: 'email',
    field: 'organization_name',
    needed: { last_name: 'L' },
    path: '/v2/contacts',
  },
  deletion: { method: 'DELETE' as const, path: '/v2/', tellsMerges: false },
  paths: { api: '/v2', create: '/v2/leads' },
  deviations: [
    {
      rule: 'C10',
      reason: 'losers of a merge vanish like deleted records and no winner is named',
      source: 'https://developer.zendesk.com/api-reference/sales-crm/sync/introduction/',
    },
  ],
};
connectorContract('zendesk-sell', words);
roundTripContract('zendesk-sell', {
  ...words,
  everyType: ({ state }) => plantEveryType(state),
  vendorTypes: VENDOR_TYPES,
  apart: {
    status: 'a new lead gets the status New by itself where none is given',
  },
});

answersAlike('zendesk-sell', {
  at: import.meta.url,
  url: 'https://api.getbase.com',
  open: () => open().emulator,
  session: () => ({ authorization: `Bearer ${open().credentials.accessToken}` }),
});

function connect() {
  const { emulator, clock, credentials } = open();
  const connector = manifest.connect({
    fetch: emulator.request,
    clock,
    tokens: {
      load: async () => ({ accessToken: credentials.accessToken }),
      renew: async () => ({ accessToken: credentials.accessToken }),
    },
    quota: { take: async () => undefined, observe: () => undefined },
    schema: null,
    settings: {
      baseUrl: null,
      authUrl: null,
      credentials,
      options: {},
      systemFields: { url: null, score: null, status: null, source: null, syncFlag: null },
      startAutomations: false,
    },
  });
  const read = (after: string | null) =>
    connector.readChanges('sync', after, { limit: 1_000, mode: 'changes', fields: [] });
  const drain = async (from: string | null) => {
    const pages = [];
    for (let cursor = from; ; ) {
      const page = await read(cursor);
      pages.push(page);
      cursor = page.next;
      if (!page.more) return { pages, next: cursor };
    }
  };
  return { emulator, connector, read, drain };
}

describe('Zendesk Sell', () => {
  test('[R16] a converted lead vanishes; the list of conversions tells what it became, company included', async () => {
    const { emulator, drain } = connect();
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A', company: 'Acme' }], 'lead');
    const first = await drain(null);
    const contact = emulator.world.convert(lead);
    const { pages } = await drain(first.next);
    expect(pages.flatMap((page) => page.moved)).toEqual([
      { from: lead, to: contact, why: 'converted', toKind: 'contact' },
    ]);
    expect(pages.flatMap((page) => page.gone)).toEqual([]);
    const [person] = pages.flatMap((page) => page.changed);
    expect(person).toMatchObject({ id: contact, kind: 'contact', fields: { organization_name: 'Acme' } });
  });
  test('[R30] a page whose effects were lost comes again', async () => {
    const { emulator, read, drain } = connect();
    emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    const first = await drain(null);
    emulator.world.seed([{ email: 'b@example.com', last_name: 'B' }], 'lead');
    const lost = await read(first.next);
    expect(lost.changed).toHaveLength(1);
    expect((await read(first.next)).changed.map((record) => record.emails[0])).toEqual(['b@example.com']);
  });
  test('[R40] the end of the product is said with every check', async () => {
    expect((await connect().connector.check()).findings).toMatchObject([{ level: 'warning', code: 'end_of_life' }]);
  });
  test('a token whose user is deactivated is told as such', async () => {
    const { connector, emulator } = connect();
    emulator.state.userStatus = 'inactive';
    expect((await connector.check()).findings[0]).toEqual({ level: 'error', code: 'user_inactive', params: {} });
  });
  test('a token without the scope that the sync protocol needs is told before the first run', async () => {
    const { connector, emulator } = connect();
    emulator.state.scopes = ['read', 'write'];
    expect((await connector.check()).findings[0]).toEqual({
      level: 'error',
      code: 'missing_scope',
      params: { scope: 'sync' },
    });
  });
  test('[R49] a field that was renamed is read and written by its new name, and never taken for emptied', async () => {
    const { emulator, connector, drain } = connect();
    const [id = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    await connector.write([{ op: 'update', kind: 'lead', id, key: 'k', fields: { cf_900: 'small' } }]);
    await drain(null);
    emulator.state.renameField(900, 'Spending');
    const [read] = await connector.readByIds('lead', [id], ['cf_900']);
    expect(read?.fields['cf_900']).toBe('small');
    emulator.state.renameField(900, 'Money');
    const write = { op: 'update', kind: 'lead', id, key: 'k', fields: { cf_900: 'large' } } as const;
    expect(await connector.write([write])).toMatchObject([{ kind: 'stored', record: { fields: { cf_900: 'large' } } }]);
  });
  test('[R16] an old conversion is found beside thousands of newer ones, in few calls', async () => {
    const { emulator, drain } = connect();
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    const first = await drain(null);
    const contact = emulator.world.convert(lead);
    for (let index = 0; index < 2_000; index += 1)
      emulator.state.conversions.push({ id: 10 + index, lead_id: 1_000_000 + index, individual_id: 1 });
    const before = emulator.calls();
    const { pages } = await drain(first.next);
    expect(pages.flatMap((page) => page.moved)).toMatchObject([{ from: lead, to: contact }]);
    // Session, queue, newest conversions, this conversion, acknowledgement, names of companies, end of the queue.
    expect(emulator.calls() - before).toBeLessThanOrEqual(9);
  });
  test('[R17] whatever Sell has against one record, 4xx by 4xx, is that record’s refusal, and the others are written', async () => {
    const { emulator, connector } = connect();
    const statuses = [400, 403, 405, 409, 413, 415, 422] as const;
    for (const status of statuses) emulator.state.refusals.set(`${status}@example.com`, [status, 'forbidden']);
    const write = (email: string) =>
      ({ op: 'create', kind: 'lead', key: email, fields: { email, last_name: 'L' } }) as const;
    const emails = ['first', ...statuses.map(String), 'last'].map((name) => `${name}@example.com`);
    const outcomes = await connector.write(emails.map(write));
    expect(outcomes.map((one) => one.kind)).toEqual(['stored', ...statuses.map(() => 'refused'), 'stored']);
    const reasons = outcomes.flatMap((one) => (one.kind === 'refused' ? one.faults.map((fault) => fault.reason) : []));
    expect(reasons.slice(0, 3)).toEqual(['rejected_by_crm', 'no_permission', 'rejected_by_crm']);
    // What is wrong with all calls is no record's fault.
    emulator.state.refusals.set('scope@example.com', [403, 'insufficient_scope']);
    await expect(connector.write([write('scope@example.com')])).rejects.toMatchObject({ kind: 'forbidden' });
  });
  test('[R18d] only Sell’s own word says that a record is gone, not any 404', async () => {
    const { emulator, connector } = connect();
    const [id = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    const update = { op: 'update', kind: 'lead', id, key: 'k', fields: { title: 'CEO' } } as const;
    emulator.state.refusals.set('a@example.com', [404, 'incorrect_path']);
    await expect(connector.write([update])).rejects.toMatchObject({ kind: 'invalid' });
    emulator.state.refusals.clear();
    emulator.world.remove(id);
    expect(await connector.write([update])).toEqual([{ kind: 'gone' }]);
  });
  test('[R31] what was written stays written when the name of its company cannot be read', async () => {
    const { emulator, connector } = connect();
    await connector.describe();
    const company = emulator.state.companyNamed('Acme');
    emulator.faults.add({ kind: 'throttle', path: '/v2/contacts', method: 'GET', times: 9 });
    const fields = { email: 'a@example.com', last_name: 'A', organization_name: 'Acme' };
    const companyIds = { organization_name: String(company.id) };
    const [outcome] = await connector.write([{ op: 'create', kind: 'contact', key: 'k', fields, companyIds }]);
    expect(outcome).toMatchObject({ kind: 'stored', id: expect.stringMatching(/^contact-/) as string, certain: false });
  });
  test('ids that come as text are the same ids, in the queue, in lists, in the search and in conversions', async () => {
    const { emulator, connector, drain } = connect();
    emulator.state.idsAsText = true;
    const [lead = '', stays = ''] = emulator.world.seed(
      ['a', 'b'].map((name) => ({ email: `${name}@example.com`, last_name: 'L', company: 'Acme' })),
      'lead',
    );
    const first = await drain(null);
    expect(first.pages.flatMap((page) => page.changed.map((record) => record.id))).toEqual([lead, stays]);
    const contact = emulator.world.convert(lead);
    const { pages } = await drain(first.next);
    expect(pages.flatMap((page) => page.moved)).toMatchObject([{ from: lead, to: contact }]);
    expect(pages.flatMap((page) => page.changed)).toMatchObject([
      { id: contact, fields: { organization_name: 'Acme' }, owner: '1' },
    ]);
    const [found] = await connector.findByKeys([{ email: 'b@example.com' }], []);
    expect(found?.records.map((record) => record.id)).toEqual([stays]);
    expect(await connector.check()).toMatchObject({ id: '77001' });
    expect((await connector.people?.owners())?.map((one) => one.id)).toContain('2');
  });
  test('[R18d] a search that answers with no list has found nothing out, and the lists are asked', async () => {
    const { emulator, connector } = connect();
    const [id = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    emulator.state.searchAnswers = { items: [{ errors: [{ error: { code: 'invalid_query' } }] }] };
    const [found] = await connector.findByKeys([{ email: 'a@example.com' }], []);
    expect(found?.records.map((record) => record.id)).toEqual([id]);
  });
  test('[R25] companies come with the people, are found whatever their capitals, and persons are not companies', async () => {
    const { emulator, connector, drain } = connect();
    const [person = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A', company: 'Acme' }], 'contact');
    const company = emulator.state.companyNamed('Acme');
    const first = await drain(null);
    expect(first.pages.flatMap((page) => page.companies ?? [])).toEqual([{ id: String(company.id), name: 'Acme' }]);
    expect(first.pages.flatMap((page) => page.changed)).toMatchObject([
      { id: person, companyId: String(company.id), fields: { organization_name: 'Acme' } },
    ]);
    emulator.state.set(company, { name: 'Acme Holding' });
    const { pages } = await drain(first.next);
    expect(pages.flatMap((page) => page.companies ?? [])).toEqual([{ id: String(company.id), name: 'Acme Holding' }]);
    const [read] = await connector.readByIds('contact', [person], []);
    expect(read?.fields['organization_name']).toBe('Acme Holding');
    expect(await connector.companies?.find(['ACME  holding', 'Nobody'])).toEqual([
      [{ id: String(company.id), name: 'Acme Holding' }],
      [],
    ]);
    // From one company to another, and to none; nobody else's company is renamed.
    const other = emulator.state.companyNamed('Other');
    const write = (value: string | null, id?: number) =>
      connector.write([
        {
          op: 'update',
          kind: 'contact',
          id: person,
          key: 'k',
          fields: { organization_name: value },
          ...(id === undefined ? {} : { companyIds: { organization_name: String(id) } }),
        },
      ]);
    expect(await write('Other', other.id)).toMatchObject([{ kind: 'stored', record: { companyId: String(other.id) } }]);
    expect(await write(null)).toMatchObject([{ kind: 'stored', record: { companyId: null } }]);
    expect(emulator.state.companies().map((one) => one.values['name'])).toEqual(['Acme Holding', 'Other']);
  });
  test('ids of the two tables overlap and are kept apart', () => {
    fc.assert(
      fc.property(fc.nat(), (id) => {
        expect(vendorId(recordId('lead', id))).toBe(id);
        expect(vendorId(recordId('contact', id))).toBe(id);
        expect(recordId('lead', id)).not.toBe(recordId('contact', id));
      }),
    );
  });
  test('[C24] every type comes back as it was sent, numbers as text included', () => {
    const field = (type: string) => fieldsOf('lead', [{ id: 1, name: 'F', type, choices: [{ name: 'x' }] }], []).at(-1);
    const holds = (
      type: string,
      values: fc.Arbitrary<Parameters<typeof encodeValue>[1]>,
      spell = (sent: unknown) => sent,
    ) =>
      fc.assert(
        fc.property(values, (value) => {
          expect(decodeValue(field(type), spell(encodeValue(field(type), value)))).toEqual(value);
        }),
      );
    holds('string', fc.string({ minLength: 1 }));
    holds('number', fc.integer(), String);
    holds('bool', fc.boolean(), String);
    holds('multi_select_list', fc.array(fc.string(), { minLength: 1 }));
    holds(
      'datetime',
      fc.integer({ min: 0, max: 4_000_000_000 }).map((second) => new Date(second * 1000).toISOString()),
    );
  });
});
