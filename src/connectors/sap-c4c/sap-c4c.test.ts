import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { answersAlike } from '../kit/testing/recordings.ts';
import { roundTripContract } from '../kit/testing/round-trip.ts';
import { createC4cEmulator, EMULATED_TENANT } from './emulator/emulator.ts';
import { plantEveryType, VENDOR_TYPES } from './emulator/every-type.ts';
import { manifest } from './manifest.ts';

const guide = 'https://github.com/SAP-archive/C4CODATAAPIDEVGUIDE';
const open = (needsCsrf = false) => {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createC4cEmulator({ clock, needsCsrf });
  return { emulator, clock };
};
const words = {
  manifest,
  keys: { email: 'ContactEMail', firstName: 'ContactFirstName', city: 'AccountCity' },
  needed: { ContactLastName: 'L', Company: 'Acme' },
  refused: { field: 'AccountCountry', value: 'XX' },
  linkBack: 'TandemURL_KUT',
  companies: {
    kind: 'contact',
    email: 'Email',
    field: 'AccountFormattedName',
    needed: { LastName: 'L' },
    path: '/$batch',
  },
  deletion: {
    method: 'POST',
    path: '/$batch',
    body: 'DELETE LeadCollection',
    tellsMerges: false,
    // Contacts and customers are not deleted there: see delete-records.test.ts.
    kinds: ['lead'],
  },
  paths: { api: '/c4codataapi', create: '/$batch' },
} as const;
const deviations = [
  {
    rule: 'C44',
    reason: 'an obsolete account is an account all the same; what a contact given to one is answered is not documented',
    source: `${guide}; BEHAVIOR.md, "Companies"`,
  },
  {
    rule: 'C37',
    reason: 'no document says how a note of a lead or contact is made and found again by its record',
    source: `${guide}; BEHAVIOR.md, "Timeline"`,
  },
  {
    rule: 'C9',
    reason: 'deleted leads vanish without a trace; the engine looks for linked ids once a day (R33)',
    source: `${guide} and KBA 2789959`,
  },
  {
    rule: 'C10',
    reason: 'the loser of a merge becomes obsolete and names no winner',
    source: 'observed by integrators, no document says more; BEHAVIOR.md, "Deletions, merges, conversions"',
  },
] as const;

connectorContract('sap-c4c', {
  ...words,
  open: () => {
    const { emulator, clock } = open();
    return { emulator, clock, credentials: { ...emulator.credentials, tenantUrl: EMULATED_TENANT } };
  },
  deviations: [
    ...deviations,
    {
      rule: 'C17',
      reason: 'there are no sessions: user and password go with each call, and a 401 is final',
      source: `${guide}#authentication`,
    },
  ],
});
// With OAuth a token ends, and the contract's C17 holds.
connectorContract('sap-c4c by a SAML assertion', {
  ...words,
  open: () => {
    const { emulator, clock } = open();
    return { emulator, clock, credentials: { ...emulator.samlCredentials, tenantUrl: EMULATED_TENANT } };
  },
  deviations,
});

roundTripContract('sap-c4c', {
  ...words,
  open: () => {
    const { emulator, clock } = open();
    return { emulator, clock, credentials: { ...emulator.credentials, tenantUrl: EMULATED_TENANT } };
  },
  deviations,
  everyType: ({ state }) => plantEveryType(state),
  vendorTypes: VENDOR_TYPES.map((type) => `${type} of Lead`),
  values: { 'Edm.Int16 of Lead': fc.option(fc.integer({ min: -32_768, max: 32_767 }), { nil: null }) },
  apart: {
    ContactAllowedCode: 'the code under the yes/no OptOut, which writes the same property',
    IndividualCustomerContactAllowedCode: 'the code under OptOut of a private person',
    AccountState: 'a code whose meaning depends on the country: it is read by its text and written as a code',
    IndividualCustomerAddressState: 'a code whose meaning depends on the country, as the other state',
  },
});

answersAlike('sap-c4c', {
  at: import.meta.url,
  url: EMULATED_TENANT,
  open: () => {
    const { emulator } = open();
    emulator.state.create('IndividualCustomer', { Email: 'ada@example.com', FirstName: 'Ada', CountryCode: 'FR' });
    return emulator;
  },
  session: () => ({ authorization: `Basic ${Buffer.from('_TANDEM:emulated-password').toString('base64')}` }),
});

interface Asked {
  readonly options?: Record<string, unknown>;
  readonly needsCsrf?: boolean;
  readonly credentials?: Record<string, string>;
}
function connect({ options = {}, needsCsrf = false, credentials = {} }: Asked = {}) {
  const { emulator, clock } = open(needsCsrf);
  let stored: StoredToken | null = null;
  const context: ConnectContext = {
    fetch: emulator.request,
    clock,
    tokens: {
      load: async () => stored,
      renew: async (_seen, refresh) => {
        stored = await refresh(stored);
        return stored;
      },
    },
    quota: { take: async () => undefined, observe: () => undefined },
    schema: null,
    settings: {
      baseUrl: null,
      authUrl: null,
      credentials: { ...emulator.credentials, tenantUrl: EMULATED_TENANT, ...credentials },
      options,
      systemFields: { url: 'TandemURL_KUT', score: null, status: null, source: null, syncFlag: null },
      startAutomations: false,
    },
  };
  return { emulator, clock, connector: manifest.connect(context) };
}
const READ = { limit: 1_000, mode: 'changes', fields: ['ContactFirstName', 'AccountCity'] } as const;
const create = (fields: Record<string, string | boolean>, kind: 'lead' | 'contact' = 'lead') =>
  ({ op: 'create', kind, key: 'k', fields }) as const;

describe('SAP C4C: signing in', () => {
  test('an ordinary user’s batch fetches its token and session, fetches a new one when it is worn out, and is done once', async () => {
    const { emulator, connector } = connect({ needsCsrf: true });
    const made = async (email: string) =>
      connector.write([create({ ContactEMail: email, ContactLastName: 'A', Company: 'Acme' })]);
    expect(await made('a@example.com')).toMatchObject([{ kind: 'stored' }]);
    emulator.state.newCsrf();
    expect(await made('b@example.com')).toMatchObject([{ kind: 'stored' }]);
    expect(emulator.world.all()).toHaveLength(2);
  });
  test('an assertion that another key signed gives no token, and the key is in no message', async () => {
    const { emulator } = open();
    const { privateKey: _right, ...rest } = emulator.samlCredentials;
    const { generateKeyPairSync } = await import('node:crypto');
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const error = await connect({ credentials: { ...rest, privateKey } })
      .connector.check()
      .catch((one: unknown) => one);
    expect(error).toMatchObject({ kind: 'auth' });
    expect(String(error)).not.toContain('PRIVATE KEY');
  });
  test('an assertion is good for ten minutes and names the tenant as the vendor’s guide does', async () => {
    const { connector, emulator, clock } = connect({ credentials: { audience: 'elsewhere' } });
    await expect(connector.check()).resolves.toMatchObject({ id: 'my000001.crm.test' });
    const other = connect({ credentials: { ...emulator.samlCredentials, audience: 'elsewhere' } });
    await expect(other.connector.check()).rejects.toMatchObject({ kind: 'auth' });
    expect(clock.now()).toBeGreaterThan(0);
  });
  test('a certificate that ends is said a month ahead', async () => {
    const { emulator } = open();
    const { connector, clock } = connect({ credentials: emulator.samlCredentials });
    expect((await connector.check()).findings).toEqual([]);
    clock.advance(Date.UTC(2126, 9, 15) - clock.now());
    expect((await connector.check()).findings).toMatchObject([{ code: 'certificate_ends', params: { days: 17 } }]);
  });
  test('whatever page was open when the address was copied, its host is the tenant', async () => {
    const tenantUrl = 'my000001.crm.test/sap/ap/ui/runtime?bo=COD_GENERIC';
    const { connector } = connect({ credentials: { tenantUrl } });
    expect(await connector.check()).toMatchObject({ id: 'my000001.crm.test' });
    expect(() => connect({ credentials: { tenantUrl: '' } })).toThrow('credentials.tenantUrl');
  });
});

describe('SAP C4C: objects', () => {
  test('[R20] a country is a code there and a name here; a state’s code depends on the country and is read by its text', async () => {
    const { emulator, connector } = connect();
    const [id = ''] = emulator.world.seed([{ email: 'a@example.com', country: 'France' }], 'lead');
    const schema = await connector.describe();
    if (schema === 'unchanged') throw new Error('nothing was known yet');
    const field = schema.kinds.lead?.find((one) => one.key === 'AccountCountry');
    expect(field).toMatchObject({ type: 'oneOf', restricted: true });
    expect(field?.options).toContainEqual({ id: 'FR', label: 'France', active: true });
    const [record] = await connector.readByIds('lead', [id], ['AccountCountry']);
    expect(record?.fields['AccountCountry']).toBe('FR');
    const contact = emulator.state.create('Contact', { Email: 'c@example.com', BusinessAddressStateCode: 'MN' });
    const [read] = await connector.readByIds('contact', [contact.ObjectID], ['BusinessAddressStateCodeText']);
    expect(read?.fields['BusinessAddressStateCodeText']).toBe('Minnesota');
    expect(schema.kinds.contact?.find((one) => one.key === 'BusinessAddressStateCode')).toMatchObject({ type: 'text' });
  });
  test('extension fields are described, custom, and written', async () => {
    const { emulator, connector } = connect();
    const schema = await connector.describe();
    const own = schema === 'unchanged' ? [] : (schema.kinds.lead ?? []).filter((field) => field.custom);
    expect(own.map((field) => [field.key, field.type, field.label])).toContainEqual([
      'Tandemscore_KUT',
      'number',
      'Tandem score',
    ]);
    await connector.write([create({ ContactEMail: 'a@example.com', ContactLastName: 'A', SynctoTandem_KUT: true })]);
    expect(emulator.world.all()[0]?.raw).toMatchObject({ SynctoTandem_KUT: true, Name: 'A' });
  });
  test('a private person’s lead and a private customer read like the others, and are written where their values are', async () => {
    const { emulator, connector } = connect();
    const lead = emulator.state.create('Lead', {
      Name: 'T',
      IndividualCustomerEMail: 'p@example.com',
      IndividualCustomerGivenName: 'Paula',
    });
    const customer = emulator.state.create('IndividualCustomer', { Email: 'c@example.com', City: 'Graz' });
    const [person] = await connector.readByIds('lead', [lead.ObjectID], READ.fields);
    expect(person).toMatchObject({ emails: ['p@example.com'], fields: { ContactFirstName: 'Paula' } });
    // Another process knows nothing of what this one read: the version says where the values belong.
    const update = { op: 'update', kind: 'lead', id: lead.ObjectID, key: 'k' } as const;
    await connector.write([
      { ...update, fields: { ContactFirstName: 'Pauline' }, ifVersion: person?.version ?? 'none' },
    ]);
    expect(lead.values).toMatchObject({ IndividualCustomerGivenName: 'Pauline' });
    await connector.write([{ ...update, fields: { ContactFirstName: 'Paul' } }]);
    expect(lead.values).toMatchObject({ IndividualCustomerGivenName: 'Paul' });
    const [found] = await connector.findByKeys([{ email: 'C@example.com' }], ['BusinessAddressCity']);
    expect(found?.records).toMatchObject([
      { id: `individual-${customer.ObjectID}`, kind: 'contact', fields: { BusinessAddressCity: 'Graz' } },
    ]);
  });
  test('the options say which object plays lead and which play contact', async () => {
    const options = { leadObject: 'IndividualCustomer', contactObjects: ['Contact'] };
    const { emulator, connector } = connect({ options });
    const customer = emulator.state.create('IndividualCustomer', { Email: 'c@example.com', FirstName: 'Clara' });
    emulator.state.create('Lead', { Name: 'T', ContactEMail: 'l@example.com' });
    const page = await connector.readChanges('leads', null, { ...READ, fields: ['FirstName', 'City'] });
    expect(page.changed).toMatchObject([
      { id: `individual-${customer.ObjectID}`, kind: 'lead', fields: { FirstName: 'Clara' } },
    ]);
    expect(await connector.readChanges('individuals', null, READ)).toMatchObject({ changed: [], more: false });
    const [made] = await connector.write([create({ Email: 'd@example.com', LastName: 'D', City: 'Graz' })]);
    expect(made).toMatchObject({ kind: 'stored', record: { kind: 'lead', emails: ['d@example.com'] } });
    expect(emulator.state.sets.IndividualCustomer.size).toBe(2);
    for (const wrong of [
      { leadObject: 'Account' },
      { contactObjects: ['Lead'] },
      { leadObject: 'Contact', contactObjects: ['Contact'] },
    ])
      expect(() => connect({ options: wrong })).toThrow(/options\.(lead|contact)Object/);
  });
  test('[R8] the marketing permission is a yes/no, both ways, where one code says no; else the check asks which', async () => {
    const { emulator, connector } = connect();
    const contact = emulator.state.create('Contact', { Email: 'a@example.com', ContactPermissionCode: '2' });
    const [record] = await connector.readByIds('contact', [contact.ObjectID], ['OptOut']);
    expect(record?.fields['OptOut']).toBe(true);
    const [made] = await connector.write([
      create({ ContactEMail: 'b@example.com', ContactLastName: 'B', OptOut: true }),
    ]);
    expect(made).toMatchObject({ kind: 'stored', record: { fields: { OptOut: true } } });
    expect((await connector.check()).findings).toEqual([]);
    const unsure = connect();
    unsure.emulator.state.codes.set(
      'ContactPermissionCodeCollection',
      new Map([
        ['1', 'Erlaubt'],
        ['2', 'Verboten'],
      ]),
    );
    expect((await unsure.connector.check()).findings).toMatchObject([
      { level: 'warning', code: 'opt_out_code_unknown', params: { codes: '1 = Erlaubt, 2 = Verboten' } },
    ]);
    const named = connect({ options: { optOutCode: '1' } });
    const other = named.emulator.state.create('Contact', { Email: 'a@example.com', ContactPermissionCode: '1' });
    const [read] = await named.connector.readByIds('contact', [other.ObjectID], ['OptOut']);
    expect(read?.fields['OptOut']).toBe(true);
  });
  test('[R11] a first load of contacts asks the CRM only for those whose sync field is ticked', async () => {
    const { emulator, connector } = connect();
    emulator.world.seed([{ email: 'a@example.com', sync: true }, { email: 'b@example.com' }], 'contact');
    const filter = { field: 'SynctoTandem_KUT', value: true };
    const first = await connector.readChanges('contacts', null, { ...READ, filter });
    expect(first.changed.map((record) => record.emails[0])).toEqual(['a@example.com']);
    const later = await connector.readChanges('contacts', first.next, { ...READ, filter });
    expect(later.changed).toHaveLength(2);
  });
});

describe('SAP C4C: what the tenant says of itself', () => {
  test('[R13] [R31c] a tenant that does not search by the address, or by the way back, is told so before the first run', async () => {
    const { emulator, connector } = connect();
    const hidden = 'sap:filterable="false"';
    emulator.state.plant('Lead', {
      name: 'ContactEMail',
      type: 'Edm.String',
      attributes: `${hidden} sap:label="E-Mail"`,
    });
    for (const set of ['Lead', 'Contact', 'IndividualCustomer'] as const)
      emulator.state.plant(set, { name: 'TandemURL_KUT', type: 'Edm.String', attributes: hidden });
    expect((await connector.check()).findings).toMatchObject([
      { level: 'error', code: 'field_not_searchable', params: { field: 'E-Mail' } },
      { level: 'warning', code: 'field_not_searchable', params: { field: 'TandemURL_KUT' } },
    ]);
    // What cannot be searched by is not asked for: the other searches go on.
    emulator.state.plant('Lead', { name: 'ContactEMail', type: 'Edm.String', attributes: '' });
    expect(await connector.findByKeys([{ linkBack: 'http://x/1' }], [])).toMatchObject([{ records: [] }]);
  });
  test('[R25] employees are read whatever their service calls them', async () => {
    const { emulator, connector } = connect();
    emulator.state.employees = [
      { EmployeeID: '8000000009', FirstName: 'Nora', LastName: 'Neu', Email: 'nora@example.com' },
    ];
    expect(await connector.people?.owners()).toEqual([
      { id: '8000000009', name: 'Nora Neu', email: 'nora@example.com', active: true },
    ]);
  });
});

describe('SAP C4C: rights', () => {
  test('[C1] what the service does not let anybody make or change is told, set by set', async () => {
    const { connector } = connect();
    expect((await connector.check()).rights).toEqual({
      lead: { object: 'Lead', create: true, update: true, delete: true },
      contact: { object: 'Contact', create: true, update: true, delete: false },
    });
    const other = connect();
    other.emulator.state.notCreatable.add('Lead');
    other.emulator.state.notUpdatable.add('Contact');
    expect((await other.connector.check()).rights).toEqual({
      lead: { object: 'Lead', create: false, update: true, delete: true },
      contact: { object: 'Contact', create: true, update: false, delete: false },
    });
  });
});

describe('SAP C4C: companies', () => {
  test('[R25] accounts are found whatever their capitals, made a batch a call, and one that is refused is refused alone', async () => {
    const { emulator, connector } = connect({ options: { accountRole: 'BUP002' } });
    const acme = emulator.state.create('CorporateAccount', { Name: 'ACME' });
    emulator.state.create('CorporateAccount', { Name: 'Gone', LifeCycleStatusCode: '4' });
    const found = await connector.companies?.find(['acme', 'Gone', 'Nobody']);
    expect(found).toEqual([[{ id: acme.values['AccountID'], name: 'ACME' }], [], []]);
    const before = emulator.calls();
    const made = await connector.companies?.create(['Beta', ' ', 'Gamma'].map((name) => ({ key: name, name })));
    expect(made?.map((one) => one.kind)).toEqual(['stored', 'refused', 'stored']);
    expect(emulator.calls() - before).toBe(1);
    const beta = emulator.state.accountNamed('Beta');
    expect(beta.values['RoleCode']).toBe('BUP002');
    expect(made?.[0]).toMatchObject({ id: beta.values['AccountID'] });
    emulator.faults.add({ kind: 'drop', path: '/$batch', method: 'POST' });
    expect(await connector.companies?.create([{ key: 'k', name: 'Delta' }])).toEqual([{ kind: 'unknown' }]);
  });
  test('[R25] a contact moves to another account by its number, to none by an empty one, and no account is renamed', async () => {
    const { emulator, connector } = connect();
    const [id = ''] = emulator.world.seed([{ email: 'a@example.com', company: 'Acme' }], 'contact');
    const other = emulator.state.create('CorporateAccount', { Name: 'Other' });
    const read = async () => (await connector.readByIds('contact', [id], ['AccountFormattedName']))[0];
    expect(await read()).toMatchObject({ fields: { AccountFormattedName: 'Acme' } });
    const number = String(other.values['AccountID']);
    const write = (value: string | null, companyIds: Record<string, string>) =>
      connector.write([
        { op: 'update', kind: 'contact', id, key: 'k', fields: { AccountFormattedName: value }, companyIds },
      ]);
    expect(await write('Other', { AccountFormattedName: number })).toMatchObject([{ kind: 'stored' }]);
    expect(await read()).toMatchObject({ companyId: number, fields: { AccountFormattedName: 'Other' } });
    expect(await write(null, {})).toMatchObject([{ kind: 'stored' }]);
    expect(await read()).toMatchObject({ companyId: null, fields: { AccountFormattedName: null } });
    const names = [...emulator.state.sets.CorporateAccount.values()].map((row) => row.values['Name']);
    expect(names).toEqual(['Acme', 'Other']);
  });
  test('[R25] accounts that changed are told from the first look on, page by page; a user who may not read them is told', async () => {
    const { emulator, connector, clock } = connect();
    const old = emulator.state.create('CorporateAccount', { Name: 'Old' });
    clock.advance(3_600_000);
    const first = await connector.readChanges('accounts', null, READ);
    expect(first).toMatchObject({ companies: [], more: false });
    clock.advance(3_600_000);
    emulator.state.set(old, { Name: 'New' });
    emulator.state.pageMax = 2;
    for (let index = 0; index < 5; index += 1) emulator.state.create('CorporateAccount', { Name: `C${index}` });
    const names = new Set<string>();
    for (let page = await connector.readChanges('accounts', first.next, READ); ; ) {
      for (const one of page.companies ?? []) names.add(one.name);
      if (!page.more) break;
      page = await connector.readChanges('accounts', page.next, READ);
    }
    expect([...names].toSorted()).toEqual(['C0', 'C1', 'C2', 'C3', 'C4', 'New']);
    emulator.state.hidden.add('CorporateAccount');
    expect(await connector.readChanges('accounts', first.next, READ)).toMatchObject({ companies: [], more: false });
    expect((await connector.check()).findings).toMatchObject([
      { level: 'warning', code: 'missing_right', params: { object: 'CorporateAccount' } },
    ]);
  });
});

describe('SAP C4C: changes', () => {
  test.each([
    ['each in its second', 1_000],
    ['all in one millisecond', 0],
  ])('[R18d] [C6] a server that cuts pages shorter than asked for hides nobody: %s', async (_when, apartMs) => {
    const { emulator, connector, clock } = connect();
    emulator.state.pageMax = 40;
    const ids: string[] = [];
    for (let index = 0; index < 130; index += 1) {
      ids.push(...emulator.world.seed([{ email: `${index}@example.com` }], 'lead'));
      clock.advance(apartMs);
    }
    const seen = new Set<string>();
    let next: string | null = null;
    for (let pages = 0; pages < 20; pages += 1) {
      const page = await connector.readChanges('leads', next, READ);
      for (const record of page.changed) seen.add(record.id);
      next = page.next;
      if (!page.more) break;
    }
    expect(seen).toEqual(new Set(ids));
    const records = await connector.readByIds('lead', ids, []);
    expect(records).toHaveLength(ids.length);
  });
  test('[R13] an address with an asterisk is no pattern: its own record is found beside thousands that the pattern fits', async () => {
    const { emulator, connector } = connect();
    emulator.world.seed(
      Array.from({ length: 1_200 }, (_, index) => ({ email: `p${index}@example.com` })),
      'lead',
    );
    const [id = ''] = emulator.world.seed([{ email: '*@example.com' }], 'lead');
    const [found] = await connector.findByKeys([{ email: '*@example.com' }, { email: 'p7@example.com' }], []);
    expect(found?.records.map((record) => record.id)).toEqual([id]);
  });
  test('[R32] a write on another version than the one read is stale, beside others that are not', async () => {
    const { emulator, connector } = connect();
    const ids = emulator.world.seed(
      ['Rom', 'Bern'].map((city, index) => ({ email: `${index}@example.com`, city })),
      'lead',
    );
    const records = await connector.readByIds('lead', ids, READ.fields);
    emulator.world.edit(ids[0] ?? '', { city: 'Oslo' });
    const writes = records.map((record) => ({
      op: 'update' as const,
      kind: 'lead' as const,
      id: record.id,
      key: record.id,
      fields: { AccountCity: 'Wien' },
      ifVersion: record.version ?? '',
    }));
    expect(await connector.write(writes)).toMatchObject([{ kind: 'stale' }, { kind: 'stored' }]);
    expect(ids.map((id) => emulator.world.get(id)?.fields['city'])).toEqual(['Oslo', 'Wien']);
  });
  test('[R16] a converted lead names the contact, or the private customer, that it became', async () => {
    const { emulator, connector } = connect();
    const [id = ''] = emulator.world.seed([{ email: 'a@example.com' }], 'lead');
    const lead = emulator.state.create('Lead', { Name: 'T', IndividualCustomerEMail: 'p@example.com' });
    const became = [emulator.world.convert(id), emulator.world.convert(lead.ObjectID)];
    const page = await connector.readChanges('leads', null, READ);
    expect(page.changed.map((record) => record.convertedTo?.id)).toEqual(became);
    expect(page.moved).toEqual(
      [id, lead.ObjectID].map((from, index) => ({ from, to: became[index], why: 'converted', toKind: 'contact' })),
    );
    // Converted meanwhile: the version has moved, so the write is decided again.
    const write = {
      op: 'update',
      kind: 'lead',
      id,
      key: 'k',
      fields: { AccountCity: 'X' },
      ifVersion: 'W/"old"',
    } as const;
    expect(await connector.write([write])).toEqual([{ kind: 'stale' }]);
  });
  test('[R18] an obsolete contact is gone, from the feed and by id, and is not counted', async () => {
    const { emulator, connector } = connect();
    const [id = '', stays = ''] = emulator.world.seed(
      [{ email: 'a@example.com' }, { email: 'b@example.com' }],
      'contact',
    );
    const { next } = await connector.readChanges('contacts', null, READ);
    emulator.world.remove(id);
    expect(await connector.readChanges('contacts', next, READ)).toMatchObject({ gone: [id], changed: [{ id: stays }] });
    expect(await connector.readByIds('contact', [id], [])).toEqual([]);
    expect(await connector.count?.('contacts')).toBe(1);
    expect((await connector.check()).counts).toEqual({ lead: 0, contact: 1 });
  });
  test('[R31] a batch whose answer cannot be read is unknown, row by row', async () => {
    const { emulator, connector } = connect();
    await connector.describe();
    emulator.faults.add({ kind: 'error', path: '/$batch', method: 'POST' });
    const writes = ['a', 'b'].map((name) => ({ ...create({ ContactEMail: `${name}@example.com` }), key: name }));
    expect(await connector.write(writes)).toEqual([{ kind: 'unknown' }, { kind: 'unknown' }]);
  });
  test('a field that only one of two sets has is refused by field, and nothing is sent', async () => {
    const { emulator, connector } = connect();
    const customer = emulator.state.create('IndividualCustomer', { Email: 'c@example.com' });
    const id = `individual-${customer.ObjectID}`;
    await connector.describe();
    const outcome = await connector.write([
      { op: 'update', kind: 'contact', id, key: 'k', fields: { JobTitle: 'Boss', FirstName: 'C' } },
    ]);
    expect(outcome).toMatchObject([{ kind: 'refused', faults: [{ field: 'JobTitle' }] }]);
    expect(customer.values['FirstName']).toBeUndefined();
  });
});
