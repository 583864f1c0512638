import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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
