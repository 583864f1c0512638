import { beforeEach, expect, test } from 'vitest';
import {
  createSalesforceEmulator,
  type SalesforceEmulator,
} from '../../src/connectors/salesforce/emulator/emulator.ts';
import { describedField, type Row } from '../../src/connectors/salesforce/emulator/state.ts';
import type { Direction } from '../../src/core/model.ts';
import { checkConnection } from '../../src/engine/check-connection.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const BASE = 'http://localhost:4000';
const HOST = 'https://emulated.my.salesforce.test';

const line = (hub: string, crm: string, direction: Direction = 'both') =>
  ({ kind: 'contact', hub, crm, direction }) as const;

describeEachDatabase('companies of contacts in Salesforce', (open) => {
  let clock: TestClock;
  let crm: SalesforceEmulator;
  let deps: EngineDeps;
  let id: string;
  let calls: string[];
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createSalesforceEmulator({ clock });
    calls = [];
    deps = testDeps(open(), clock, (url, init) => {
      calls.push(`${init.method ?? 'GET'} ${decodeURIComponent(url)} ${String(init.body ?? '')}`);
      return crm.request(url, init);
    });
    const made = await createConnection(
      deps,
      {
        name: 'sales',
        crm: 'salesforce',
        enabled: true,
        credentials: { ...crm.credentials, loginUrl: HOST },
        import: { leads: false, contacts: true, contactFilter: { enabled: false } },
        export: { enabled: true, minimumScore: 0, createAs: 'contact' },
        mappings: [line('email', 'Email'), line('last_name', 'LastName'), line('company', 'AccountId')],
      },
      'api',
    );
    id = made.id;
  });
  const sync = async () => {
    clock.advance(600_000);
    calls = [];
    return syncNow(deps, id);
  };
  const add = (count: number, company: (index: number) => string) =>
    open().transaction((trx) =>
      saveContacts(
        trx,
        Array.from({ length: count }, (_, index) => ({
          fields: { email: `p${index}@example.com`, last_name: `P${index}`, company: company(index) },
        })),
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const world = () => {
    const { companies } = crm.world;
    if (companies === undefined) throw new Error('no companies');
    return companies;
  };
  const companyOf = async (email: string) => (await findContact(open().db, email, BASE))?.fields['company'];
  const seed = (email: string, company: string): string =>
    crm.world.seed([{ email, last_name: 'S', company }], 'contact')[0] ?? '';
  const account = (name: string): Row => crm.state.accountOf(name);
  const findings = async () =>
    (await checkConnection(deps, id)).findings
      .filter((one) => one.level !== 'info')
      .map((one) => [one.code, one.params['object'], one.params['fields']]);

  test('[R25] contacts that we make belong to an account that is found or made once, by one look and one call', async () => {
    world().add('Acme');
    await add(12, (index) => ['ACME ', 'Beta', 'beta'][index % 3] ?? '');
    const [, out] = await sync();
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 12, rejected: 0, deferred: 0 } });
    const names = world().all();
    expect(names.map((one) => one.name.toLowerCase())).toEqual(['acme', 'beta']);
    expect(crm.world.all().filter((one) => one.raw['AccountId'] === names[0]?.id)).toHaveLength(4);
    expect(calls.filter((call) => call.includes('FROM Account WHERE Name IN'))).toHaveLength(1);
    expect(calls.filter((call) => call.includes('"type":"Account"'))).toHaveLength(1);
  });

  test('[R25] an account renamed is renamed here, by one look a run and no call for each person', async () => {
    seed('a@example.com', 'Acme');
    seed('b@example.com', 'Beta');
    await sync();
    await sync();
    expect([await companyOf('a@example.com'), await companyOf('b@example.com')]).toEqual(['Acme', 'Beta']);
    world().rename(account('Acme').Id, 'Acme Holding');
    await sync();
    await sync();
    expect([await companyOf('a@example.com'), await companyOf('b@example.com')]).toEqual(['Acme Holding', 'Beta']);
    const [inn, out] = await sync();
    // Contacts, their accounts, and two looks for those who are deleted.
    expect([inn?.apiCalls, out?.apiCalls]).toEqual([4, 0]);
  });

  test('[R25] people of an account that was merged away have the one that stays; a deleted one is looked for anew', async () => {
    seed('a@example.com', 'Acme');
    await add(1, () => 'Beta');
    await sync();
    await sync();
    const [acme, beta, gamma] = [account('Acme'), account('Beta'), account('Gamma')];
    crm.state.merge(acme, gamma);
    crm.state.remove(beta);
    await sync();
    await sync();
    expect(await companyOf('a@example.com')).toBe('Gamma');
    await open().transaction((trx) =>
      saveContacts(trx, [{ fields: { email: 'new@example.com', last_name: 'N', company: 'Beta' } }], {
        by: 'person',
        at: clock.now(),
        newId: () => deps.ids.next('ct'),
        mode: 'upsert',
      }),
    );
    const [, out] = await sync();
    expect(out).toMatchObject({ counts: { created: 1, rejected: 0 } });
    const there = crm.world.all().find((one) => one.fields['email'] === 'new@example.com');
    expect([there?.fields['company'], there?.raw['AccountId'] === beta.Id]).toEqual(['Beta', false]);
  });

  test('[R15b] [R25] an account that Salesforce refuses leaves the contact without it, told by field', async () => {
    crm.state.validation = (object, row) => (object === 'Account' && row['Name'] === 'Beta' ? 'no such names' : null);
    await add(2, (index) => (index === 0 ? 'Acme' : 'Beta'));
    const [, out] = await sync();
    expect(out?.counts).toMatchObject({ created: 2 });
    const rejections = await open()
      .db.selectFrom('rejections')
      .select(['email', 'field', 'reason'])
      .where('resolved_at', 'is', null)
      .execute();
    expect(rejections).toMatchObject([{ email: 'p1@example.com', field: 'AccountId', reason: 'validation_rule' }]);
    expect(world().all()).toHaveLength(1);
  });

  test('the check tells what accounts lack, where contacts are made and belong to one', async () => {
    expect(await findings()).toEqual([]);
    const { security, fields } = crm.state;
    fields.Account.set('Industry', describedField('Industry', 'string', { nillable: false }));
    expect(await findings()).toEqual([['companies_demand_more', 'Account', 'Industry']]);
    security.rights.Account = { createable: false, updateable: false, deletable: true };
    expect(await findings()).toEqual([['no_right_to_create_companies', 'Account', undefined]]);
  });
});
