import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { answersAlike } from '../kit/testing/recordings.ts';
import { roundTripContract } from '../kit/testing/round-trip.ts';
import { decodeValue, encodeValue, fieldOf } from './codec.ts';
import { BadQuery, parseCoql } from './emulator/coql.ts';
import { createZohoEmulator } from './emulator/emulator.ts';
import { plantEveryType, VENDOR_TYPES } from './emulator/every-type.ts';
import { refusalOf } from './faults.ts';
import { manifest } from './manifest.ts';
import { quote } from './read-changes.ts';

const words = {
  manifest,
  open: () => {
    const clock = manualClock(Date.UTC(2026, 10, 24));
    const emulator = createZohoEmulator({ clock });
    return { emulator, clock, credentials: emulator.credentials };
  },
  keys: { email: 'Email', firstName: 'First_Name', city: 'City' },
  needed: { Last_Name: 'L', Company: 'Acme' },
  refused: { field: 'Tandem_score', value: 'many' },
  linkBack: 'Tandem_URL',
  paths: { api: '/crm/v8', create: '/Leads' },
  deviations: [
    {
      rule: 'C10',
      reason: 'a merge lists the loser as deleted and names no winner',
      source: 'https://www.zoho.com/crm/developer/docs/api/v8/find-and-merge.html',
    },
  ],
};
connectorContract('zoho', words);
roundTripContract('zoho', {
  ...words,
  everyType: ({ state }) => plantEveryType(state),
  vendorTypes: VENDOR_TYPES,
  apart: {},
  values: { bigint: fc.option(fc.stringMatching(/^[1-9]\d{0,17}$/), { nil: null }) },
});

describe('Zoho CRM', () => {
  const field = (data_type: string) => fieldOf({ api_name: 'F', data_type, length: 100 }, new Set());
  const back = (type: string, value: Parameters<typeof encodeValue>[1]) =>
    decodeValue(field(type), encodeValue(field(type), value));

  test('[C24] every type comes back as it was sent', () => {
    const holds = (type: string, values: fc.Arbitrary<Parameters<typeof encodeValue>[1]>) =>
      fc.assert(
        fc.property(values, (value) => {
          expect(back(type, value)).toEqual(value);
        }),
      );
    holds(
      'text',
      fc.string({ minLength: 1 }).filter((text) => text !== '-None-'),
    );
    holds('double', fc.double({ noNaN: true, noDefaultInfinity: true }));
    holds('boolean', fc.boolean());
    holds('multiselectpicklist', fc.array(fc.string(), { minLength: 1 }));
    holds(
      'datetime',
      fc.integer({ min: 0, max: 4_000_000_000 }).map((second) => new Date(second * 1000).toISOString()),
    );
    holds(
      'lookup',
      fc.string({ minLength: 1 }).filter((text) => text !== '-None-'),
    );
  });
  test('a stamp with the user’s offset is the instant that it names', () => {
    expect(decodeValue(field('datetime'), '2026-01-31T15:30:00+05:30')).toBe('2026-01-31T10:00:00.000Z');
  });
  test('a quote in a value stays in the value', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { where } = parseCoql(`select id from Leads where City = ${quote(text)}`);
        expect(where).toEqual({ kind: 'compare', field: 'City', op: '=', values: [text] });
      }),
    );
    expect(() => parseCoql('select id from Leads')).toThrow(BadQuery);
  });
  test('[R16] converted, gone, taken and refused are told apart', () => {
    expect(
      refusalOf({ code: 'INVALID_DATA', message: "can't update the converted record", details: {} }),
    ).toMatchObject({ kind: 'moved' });
    expect(refusalOf({ code: 'INVALID_DATA', message: 'the id given seems to be invalid', details: {} })).toEqual({
      kind: 'gone',
    });
    expect(
      refusalOf({ code: 'DUPLICATE_DATA', details: { api_name: 'Email', duplicate_record: { id: '7' } } }),
    ).toEqual({ kind: 'exists', id: '7', field: 'Email' });
    expect(refusalOf({ code: 'INVALID_DATA', details: { api_name: 'City', maximum_length: 30 } })).toMatchObject({
      kind: 'refused',
      faults: [{ reason: 'too_long', field: 'City', params: { max: 30 } }],
    });
  });
  test('[R16] a conversion is told by its own list', async () => {
    const { emulator, connector } = connect();
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    const contact = emulator.world.convert(lead);
    const page = await connector.readChanges('leads-converted', null, READ);
    expect(page.moved).toEqual([{ from: lead, to: contact, why: 'converted', toKind: 'contact' }]);
  });
  test('[R18d] a refusal that comes with a 200 is no empty list: nobody is taken for gone', async () => {
    const refused = { status: 'error', code: 'INTERNAL_ERROR', message: 'try later', details: {} };
    const { emulator, connector } = connect(null, (url) =>
      /\/crm\/v8\/(coql|Leads)/.test(url) ? Response.json(refused) : undefined,
    );
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    await expect(connector.readByIds('lead', [lead], ['Email'])).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    await expect(connector.readChanges('leads-deleted', null, READ)).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
  });
  test('[R30] a place in the list of conversions that is a day old is lost, and said so', async () => {
    const { emulator, connector, clock } = connect();
    const leads = emulator.world.seed(
      Array.from({ length: 250 }, (_, index) => ({ email: `p${index}@example.com`, last_name: 'P' })),
      'lead',
    );
    for (const lead of leads) emulator.world.convert(lead);
    const page = await connector.readChanges('leads-converted', null, READ);
    expect(page).toMatchObject({ more: true });
    clock.advance(2 * 86_400_000);
    await expect(connector.readChanges('leads-converted', page.next, READ)).rejects.toMatchObject({ kind: 'cursor' });
    expect((await connector.readChanges('leads-converted', null, READ)).moved).toHaveLength(200);
  });
  test('[R11] a first load of contacts asks the CRM only for those whose sync field is ticked', async () => {
    const { emulator, connector } = connect();
    emulator.world.seed(
      [
        { email: 'a@example.com', last_name: 'A', sync: true },
        { email: 'b@example.com', last_name: 'B' },
      ],
      'contact',
    );
    const asked = { ...READ, filter: { field: 'Sync_to_Tandem', value: true } };
    const first = await connector.readChanges('contacts', null, asked);
    expect(first.changed.map((record) => record.emails[0])).toEqual(['a@example.com']);
    expect((await connector.readChanges('contacts', first.next, asked)).changed).toHaveLength(2);
  });
  test('[R34] a look-up by address costs one credit a module, and finds more than a few', async () => {
    const { emulator, connector, spent } = connect();
    emulator.world.seed(
      Array.from({ length: 250 }, () => ({ email: 'same@example.com', last_name: 'S' })),
      'lead',
    );
    await connector.describe();
    spent.credits = 0;
    await connector.findByKeys([{ email: 'nobody@example.com' }], []);
    expect(spent.credits).toBe(2);
    const [found] = await connector.findByKeys([{ email: 'same@example.com' }], []);
    expect(found?.records).toHaveLength(250);
  });
  test('a sandbox’s records open in the sandbox', async () => {
    const { emulator, connector } = connect('https://sandbox.zohoapis.com');
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    const [record] = await connector.readByIds('lead', [lead], []);
    expect(record?.url).toBe(`https://crmsandbox.zoho.com/crm/tab/Leads/${lead}`);
  });
});

const READ = { limit: 1_000, mode: 'changes', fields: [] } as const;
function connect(baseUrl: string | null = null, answer?: (url: string) => Response | undefined) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createZohoEmulator({ clock });
  const spent = { credits: 0 };
  let stored: { accessToken: string } | null = null;
  const connector = manifest.connect({
    fetch: async (url, init) => answer?.(url) ?? emulator.request(url, init),
    clock,
    tokens: {
      load: async () => stored,
      renew: async (_seen, refresh) => {
        stored = await refresh(stored);
        return stored;
      },
    },
    quota: {
      take: async (credits) => {
        spent.credits += credits;
      },
      observe: () => undefined,
    },
    schema: null,
    settings: {
      baseUrl,
      authUrl: null,
      credentials: emulator.credentials,
      options: {},
      systemFields: { url: null, score: null, status: null, source: null, syncFlag: null },
      startAutomations: false,
    },
  });
  return { emulator, clock, connector, spent };
}

const ZOHO = 'https://www.zohoapis.test';
const zohoForm = (grant: Record<string, string>): string => {
  const { clientId, clientSecret } = createZohoEmulator({ clock: manualClock(0) }).credentials;
  return new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...grant }).toString();
};
const refresh = zohoForm({
  grant_type: 'refresh_token',
  refresh_token: createZohoEmulator({ clock: manualClock(0) }).credentials.refreshToken,
});
answersAlike('zoho', {
  at: import.meta.url,
  url: ZOHO,
  open: () => createZohoEmulator({ clock: manualClock(Date.UTC(2026, 10, 24)) }),
  words: { refresh, code: zohoForm({ grant_type: 'authorization_code', code: 'nonsense' }) },
  session: async (emulator) => {
    const answer = await emulator.request(`${ZOHO}/oauth/v2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: refresh,
    });
    return { authorization: `Zoho-oauthtoken ${((await answer.json()) as { access_token: string }).access_token}` };
  },
});
