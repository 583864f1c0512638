import { describe, expect, test } from 'vitest';
import { fc } from '../../../test/support/properties.ts';
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
  companies: {
    kind: 'contact' as const,
    email: 'Email',
    field: 'Account_Name',
    needed: { Last_Name: 'L' },
    path: '/Accounts',
  },
  deletion: { method: 'DELETE' as const, path: '/crm/v8/', tellsMerges: false },
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
  test('[R30] a place in the list of conversions that is a day old is found again by the time of the last one seen', async () => {
    const { emulator, connector, clock } = connect();
    const leads = emulator.world.seed(
      Array.from({ length: 250 }, (_, index) => ({ email: `p${index}@example.com`, last_name: 'P' })),
      'lead',
    );
    for (const lead of leads) emulator.world.convert(lead);
    const page = await connector.readChanges('leads-converted', null, READ);
    expect(page).toMatchObject({ more: true });
    clock.advance(2 * 86_400_000);
    const again = await connector.readChanges('leads-converted', page.next, READ);
    const last = await connector.readChanges('leads-converted', again.next, READ);
    expect(last.more).toBe(false);
    expect(new Set([...again.moved, ...last.moved].map((one) => one.from))).toEqual(new Set(leads));
  });
  test('[R18d] [C5] conversions are read on where an answer says that more follows and gives no token, beyond 2,000 too', async () => {
    const { emulator, connector, clock } = connect();
    emulator.state.habits.withoutTokens = true;
    const leads: string[] = [];
    for (let second = 0; second < 25; second += 1) {
      clock.advance(1_000);
      const people = Array.from({ length: 100 }, (_, index) => ({
        email: `p${second}.${index}@example.com`,
        last_name: 'P',
      }));
      for (const lead of emulator.world.seed(people, 'lead')) {
        emulator.world.convert(lead);
        leads.push(lead);
      }
    }
    const seen = new Set<string>();
    let [cursor, more, calls]: [string | null, boolean, number] = [null, true, 0];
    while (more) {
      const page = await connector.readChanges('leads-converted', cursor, READ);
      for (const { from } of page.moved) seen.add(from);
      [cursor, more, calls] = [page.next, page.more, calls + 1];
    }
    expect([seen.size, calls < 30]).toEqual([leads.length, true]);
  });
  test('[R18d] [C7] a lead that leaves the list of conversions between two pages hides nobody', async () => {
    const { emulator, connector, clock } = connect();
    emulator.state.habits.withoutTokens = true;
    const leads: string[] = [];
    for (let second = 0; second < 5; second += 1) {
      clock.advance(1_000);
      const people = Array.from({ length: 90 }, (_, index) => ({
        email: `p${second}.${index}@example.com`,
        last_name: 'P',
      }));
      for (const lead of emulator.world.seed(people, 'lead')) {
        emulator.world.convert(lead);
        leads.push(lead);
      }
    }
    const seen = new Set<string>();
    let [cursor, more]: [string | null, boolean] = [null, true];
    while (more) {
      const page = await connector.readChanges('leads-converted', cursor, READ);
      for (const { from } of page.moved) seen.add(from);
      // Somebody deletes ten of those that were just read.
      for (const { from } of page.moved.slice(0, 10)) emulator.world.remove(from);
      [cursor, more] = [page.next, page.more];
    }
    expect(leads.filter((lead) => !seen.has(lead))).toEqual([]);
  });
  test('[R18d] where the list of deletions goes no further it ends, and says that it is cut off', async () => {
    const { emulator, connector } = connect();
    const leads = emulator.world.seed(
      Array.from({ length: 2_300 }, () => ({ last_name: 'P' })),
      'lead',
    );
    for (const lead of leads) emulator.world.remove(lead);
    const gone = new Set<string>();
    let page = await connector.readChanges('leads-deleted', null, READ);
    for (; page.more; page = await connector.readChanges('leads-deleted', page.next, READ))
      for (const id of page.gone) gone.add(id);
    expect([gone.size, page.isCutOff]).toEqual([2_000, true]);
    // A vendor that goes on is followed to the end.
    emulator.state.habits.deletedReach = 10_000;
    page = await connector.readChanges('leads-deleted', null, READ);
    for (; page.more; page = await connector.readChanges('leads-deleted', page.next, READ))
      for (const id of page.gone) gone.add(id);
    for (const id of page.gone) gone.add(id);
    expect([gone.size, page.isCutOff]).toEqual([2_300, undefined]);
  });
  test.each([true, false])(
    '[C28] [R17] a call that is refused whole rejects the one record at fault, whether the answer names it (%s) or not',
    async (names) => {
      const { emulator, connector, calls } = connect();
      emulator.state.habits.refusesWhole = { poison: ({ Last_Name }) => Last_Name === 'Poison', names };
      await connector.describe();
      calls.length = 0;
      const outcomes = await connector.write(
        Array.from({ length: 100 }, (_, index) => ({
          op: 'create' as const,
          kind: 'lead' as const,
          key: `k${index}`,
          fields: { Last_Name: index === 41 ? 'Poison' : 'Fine', Company: 'Acme', Email: `p${index}@example.com` },
        })),
      );
      expect(outcomes.flatMap(({ kind }, index) => (kind === 'stored' ? [] : [[index, kind]]))).toEqual([
        [41, 'refused'],
      ]);
      expect(emulator.world.all()).toHaveLength(99);
      expect(calls.length).toBeLessThanOrEqual(names ? 2 : 15);
    },
  );
  test('[C14] [C15] a company or an owner that is not there refuses that field; only the record itself is gone', async () => {
    const { emulator, connector } = connect();
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    const [contact = ''] = emulator.world.seed([{ email: 'b@example.com', last_name: 'B' }], 'contact');
    const nowhere = '3652397000099999999';
    const outcomes = await connector.write([
      {
        op: 'update',
        kind: 'contact',
        id: contact,
        key: 'company',
        fields: { Account_Name: 'Acme' },
        companyIds: { Account_Name: nowhere },
      },
      { op: 'update', kind: 'lead', id: nowhere, key: 'gone', fields: { City: 'Wien' } },
      { op: 'update', kind: 'lead', id: lead, key: 'fine', fields: { City: 'Wien' } },
      {
        op: 'create',
        kind: 'lead',
        key: 'owner',
        owner: nowhere,
        fields: { Last_Name: 'C', Company: 'Acme', Email: 'c@example.com' },
      },
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'refused', faults: [{ field: 'Account_Name' }] },
      { kind: 'gone' },
      { kind: 'stored' },
      { kind: 'refused', faults: [{ field: 'Owner' }] },
    ]);
  });
  test('[R25] companies are found and made some hundred a call, whatever their spelling, and a contact is given another one', async () => {
    const { emulator, connector, calls } = connect();
    emulator.state.createAccount('Acme');
    emulator.state.createAccount("L'Été & Fils");
    const { companies } = connector;
    const names = ['ACME ', "l'été & fils", ...Array.from({ length: 118 }, (_, index) => `Co ${index}`)];
    await connector.describe();
    calls.length = 0;
    const found = (await companies?.find(names)) ?? [];
    expect(found.map((list) => list.map(({ name }) => name)).filter((list) => list.length > 0)).toEqual([
      ['Acme'],
      ["L'Été & Fils"],
    ]);
    expect(calls.length).toBeLessThanOrEqual(4);
    calls.length = 0;
    const wishes = names.slice(2).map((name, index) => ({ key: `k${index}`, name: index === 7 ? ' ' : name }));
    const made = (await companies?.create(wishes)) ?? [];
    expect(made.flatMap(({ kind }, index) => (kind === 'stored' ? [] : [[index, kind]]))).toEqual([[7, 'refused']]);
    expect([calls.length, emulator.state.accounts.size]).toEqual([2, 119]);
    const [contact = ''] = emulator.world.seed(
      [{ email: 'c@example.com', last_name: 'C', company: 'Acme' }],
      'contact',
    );
    const [first] = made;
    const id = first?.kind === 'stored' ? first.id : '';
    await connector.write([
      {
        op: 'update',
        kind: 'contact',
        id: contact,
        key: 'c',
        fields: { Account_Name: 'Co 0' },
        companyIds: { Account_Name: id },
      },
    ]);
    const [record] = await connector.readByIds('contact', [contact], ['Account_Name']);
    expect([record?.fields['Account_Name'], record?.companyId]).toEqual(['Co 0', id]);
    expect([...emulator.state.accounts.values()].map(({ name }) => name)).toContain('Acme');
    // By COQL, too, where a lookup is an id and its name stands under a path of its own.
    const page = await connector.readChanges('contacts', null, { ...READ, fields: ['Account_Name'] });
    expect([page.changed[0]?.fields['Account_Name'], page.changed[0]?.companyId]).toEqual(['Co 0', id]);
  });
  test('[R25] who may not see accounts has contacts all the same', async () => {
    const { emulator, connector } = connect(null, (url, body) =>
      body.includes('from Accounts')
        ? Response.json({ code: 'NO_PERMISSION', message: 'permission denied', status: 'error' }, { status: 403 })
        : undefined,
    );
    emulator.world.seed([{ email: 'c@example.com', last_name: 'C', company: 'Acme' }], 'contact');
    const first = await connector.readChanges('accounts', null, READ);
    expect(first).toMatchObject({ companies: [], more: false });
    expect(await connector.readChanges('accounts', first.next, READ)).toMatchObject({
      companies: [],
      next: first.next,
    });
    expect((await connector.readChanges('contacts', null, READ)).changed).toHaveLength(1);
  });
  test('[C29] [R10] a lead is found by its second address, too', async () => {
    const { emulator, connector } = connect();
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    emulator.world.edit(lead, { Secondary_Email: 'old@example.com' });
    const [found] = await connector.findByKeys([{ email: 'old@example.com' }], []);
    expect(found?.records.map(({ id, emails }) => [id, emails])).toEqual([
      [lead, ['a@example.com', 'old@example.com']],
    ]);
  });
  test('[C23] [C13] what is written otherwise in one row of an answer fails nobody', async () => {
    const rows = [
      { code: 'SUCCESS', status: 'success', message: null, details: { id: '7', Modified_By: null, json_path: null } },
      { code: 'INVALID_DATA', status: 'error', details: { api_name: 'City', maximum_length: '30' } },
      { code: 'SUCCESS', status: 'success', details: { id: '9', Modified_By: 'me' } },
    ];
    const { connector } = connect(null, (url, body) =>
      url.endsWith('/Leads') && body.includes('"data"') ? Response.json({ data: rows }, { status: 207 }) : undefined,
    );
    const create = (key: string) => ({ op: 'create' as const, kind: 'lead' as const, key, fields: { Last_Name: key } });
    expect(await connector.write(['a', 'b', 'c'].map(create))).toMatchObject([
      { kind: 'stored', id: '7' },
      { kind: 'refused', faults: [{ reason: 'too_long', params: { max: 30 } }] },
      { kind: 'stored', id: '9' },
    ]);
  });
  test('[C2] [R15] a type that takes no plain value is shown and never written, whatever comes next', () => {
    for (const type of ['subform', 'imageupload', 'multiselectlookup', 'userlookup', 'something_new'])
      expect([type, field(type).writableOnCreate, field(type).writableOnUpdate]).toEqual([type, false, false]);
    expect(field('text').writableOnUpdate).toBe(true);
  });
  test('[C2] a token that may not see the layouts knows all the fields, and demands what Zoho itself demands', async () => {
    const { emulator, connector } = connect();
    emulator.state.habits.scopeMissing = /layouts/;
    const schema = await connector.describe();
    const required = schema === 'unchanged' ? [] : (schema.kinds.lead ?? []).filter((one) => one.required);
    expect(required.map(({ key }) => key)).toEqual(['Last_Name']);
  });
  test('[R15] of several fields to be made one may be refused alone, and each is told for itself', async () => {
    const { connector } = connect(null, (url, body) =>
      url.includes('/settings/fields') && body.includes('"fields"')
        ? Response.json(
            {
              fields: [
                { code: 'SUCCESS', status: 'success' },
                { code: 'DUPLICATE_DATA', status: 'error' },
              ],
            },
            { status: 207 },
          )
        : undefined,
    );
    const wish = (key: string) => ({ kind: 'lead' as const, key, label: key.replace('_', ' '), type: 'text' as const });
    expect(await connector.fields?.create([wish('Tandem_URL'), wish('Tandem_status')])).toMatchObject([
      { ok: true, key: 'Tandem_URL' },
      { ok: false, key: 'Tandem_status', fault: { params: { code: 'DUPLICATE_DATA' } } },
    ]);
  });
  test('[R22] [C6] the time that a walk goes by is read although the field list does not show it', async () => {
    const { emulator, connector } = connect();
    const { Leads } = emulator.state.fields;
    Leads.splice(
      Leads.findIndex((one) => one.api_name === 'Modified_Time'),
      1,
    );
    const leads = emulator.world.seed(
      Array.from({ length: 2_100 }, () => ({ last_name: 'P' })),
      'lead',
    );
    const first = await connector.readChanges('leads', null, { ...READ, limit: 2_000 });
    const rest = await connector.readChanges('leads', first.next, { ...READ, limit: 2_000 });
    expect([first.changed.length + rest.changed.length, rest.more]).toEqual([leads.length, false]);
    expect(first.changed[0]?.modifiedAt).toBeGreaterThan(0);
  });
  test('[C17] a missing scope is forbidden, and no token is spent on it', async () => {
    const { emulator, connector, calls } = connect();
    await connector.describe();
    emulator.state.habits.scopeMissing = /coql/;
    calls.length = 0;
    await expect(connector.readChanges('leads', null, READ)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'OAUTH_SCOPE_MISMATCH',
    });
    expect(calls.map((url) => new URL(url).pathname)).toEqual(['/crm/v8/coql']);
  });
  test.each([
    ['https://www.zohoapis.eu', 'https://crm.zoho.eu'],
    ['https://www.zohoapis.com.au', 'https://crm.zoho.com.au'],
    ['https://www.zohoapis.ca', 'https://crm.zohocloud.ca'],
    ['https://sandbox.zohoapis.in', 'https://crmsandbox.zoho.in'],
    ['https://gateway.example.com/zoho', 'https://gateway.example.com/zoho'],
  ])('records behind %s open at %s', async (baseUrl, web) => {
    const { emulator, connector } = connect(baseUrl);
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    expect((await connector.readByIds('lead', [lead], []))[0]?.url).toBe(`${web}/crm/tab/Leads/${lead}`);
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
function connect(baseUrl: string | null = null, answer?: (url: string, body: string) => Response | undefined) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createZohoEmulator({ clock });
  const spent = { credits: 0 };
  const calls: string[] = [];
  let stored: { accessToken: string } | null = null;
  const connector = manifest.connect({
    fetch: async (url, init) => {
      calls.push(url);
      // The emulator is at the root of whatever address stands before it.
      return answer?.(url, String(init.body)) ?? emulator.request(url.replace('/zoho/', '/'), init);
    },
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
  return { emulator, clock, connector, spent, calls };
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
