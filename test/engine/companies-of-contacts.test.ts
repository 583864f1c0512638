import { beforeEach, expect, test } from 'vitest';
import {
  type C4cEmulator,
  createC4cEmulator,
  EMULATED_TENANT,
} from '../../src/connectors/sap-c4c/emulator/emulator.ts';
import { createSellEmulator, type SellEmulator } from '../../src/connectors/zendesk-sell/emulator/emulator.ts';
import { checkConnection } from '../../src/engine/check-connection.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const BASE = 'http://localhost:4000';
class Crash extends Error {}

const line = (hub: string, crm: string) => ({ kind: 'contact', hub, crm, direction: 'both' }) as const;

describeEachDatabase('companies of Zendesk Sell', (open) => {
  let clock: TestClock;
  let crm: SellEmulator;
  let deps: EngineDeps;
  let id: string;
  let crashAt: string | null;
  let calls: string[];
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createSellEmulator({ clock });
    crashAt = null;
    calls = [];
    const request = (url: string, init: RequestInit) => {
      calls.push(`${init.method ?? 'GET'} ${new URL(url).pathname} ${String(init.body ?? '')}`);
      return crm.request(url, init);
    };
    deps = testDeps(open(), clock, request, {
      checkpoint: (name) => {
        if (name !== crashAt) return;
        crashAt = null;
        throw new Crash(name);
      },
    });
    id = (
      await createConnection(
        deps,
        {
          name: 'sell',
          crm: 'zendesk-sell',
          enabled: true,
          credentials: crm.credentials,
          import: { leads: true, contacts: true, contactFilter: { enabled: false } },
          export: { enabled: true, minimumScore: 0, createAs: 'contact' },
          mappings: [line('email', 'email'), line('last_name', 'last_name'), line('company', 'organization_name')],
        },
        'api',
      )
    ).id;
  });
  const sync = async () => {
    clock.advance(60_000);
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
  const companies = () => crm.state.companies().map((one) => String(one.values['name']));
  const companyOf = async (email: string) => (await findContact(open().db, email, BASE))?.fields['company'];

  test('[R25] persons made there belong to a company that is found or made once, by few searches', async () => {
    crm.state.companyNamed('Acme');
    await add(12, (index) => ['ACME ', 'Beta', 'beta'][index % 3] ?? '');
    const [, out] = await sync();
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 12, rejected: 0, deferred: 0 } });
    // Whose spelling comes first does not matter.
    expect(
      companies()
        .map((name) => name.toLowerCase())
        .toSorted(),
    ).toEqual(['acme', 'beta']);
    expect(crm.world.all().filter((one) => one.fields['company'] === 'Acme')).toHaveLength(4);
    expect(calls.filter((call) => call.includes('"name":"name"'))).toHaveLength(1);
    expect(calls.filter((call) => call.includes('is_organization'))).toHaveLength(1);
  });

  test.each(['companies:announced', 'companies:made', 'export:announced'])(
    '[R25] [R31] killed at %s, a company and its people are there once',
    async (point) => {
      await add(4, (index) => (index < 2 ? 'Acme' : 'Beta'));
      crashAt = point;
      await sync().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      expect(crashAt).toBeNull();
      for (let round = 0; round < 3; round += 1) await sync();
      expect(companies().toSorted()).toEqual(['Acme', 'Beta']);
      expect(
        crm.world
          .all()
          .map((one) => String(one.fields['company']))
          .toSorted(),
      ).toEqual(['Acme', 'Acme', 'Beta', 'Beta']);
    },
  );

  test('[R25] [R31] a company whose answer never came is sought, and its people wait for it', async () => {
    await add(2, () => 'Acme');
    crm.faults.add({ kind: 'drop', method: 'POST', path: '/v2/contacts' });
    const [, out] = await sync();
    expect(out).toMatchObject({ counts: { created: 0, deferred: 2 } });
    const [, again] = await sync();
    expect(again).toMatchObject({ counts: { created: 2, deferred: 0 } });
    expect(companies()).toEqual(['Acme']);
  });

  test('[R12] [R25] a contact that we made has its company, and belongs to sales from then on, whatever the line’s direction', async () => {
    await add(1, () => 'Acme');
    await sync();
    await sync();
    expect(crm.world.all()[0]?.fields['company']).toBe('Acme');
    await add(1, () => 'Beta');
    const [, out] = await sync();
    expect(out).toMatchObject({ counts: { updated: 0, rejected: 0 } });
    expect([crm.world.all()[0]?.fields['company'], companies()]).toEqual(['Acme', ['Acme']]);
    expect((await checkConnection(deps, id)).findings).toContainEqual({
      level: 'info',
      code: 'contact_lines_once',
      params: { fields: 'email, last_name, company' },
    });
  });

  test('[R25] a company renamed in Sell is renamed here, though no person was touched', async () => {
    crm.world.seed(
      [
        { email: 'a@example.com', last_name: 'A', company: 'Acme' },
        { email: 'b@example.com', last_name: 'B', company: 'Beta' },
      ],
      'contact',
    );
    await sync();
    await sync();
    expect(await companyOf('a@example.com')).toBe('Acme');
    crm.state.set(crm.state.companyNamed('Acme'), { name: 'Acme Holding' });
    await sync();
    expect([await companyOf('a@example.com'), await companyOf('b@example.com')]).toEqual(['Acme Holding', 'Beta']);
  });
});

describeEachDatabase('companies of SAP C4C where contacts play lead', (open) => {
  let clock: TestClock;
  let crm: C4cEmulator;
  let deps: EngineDeps;
  let id: string;
  let crashAt: string | null;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createC4cEmulator({ clock });
    crashAt = null;
    deps = testDeps(open(), clock, crm.request, {
      checkpoint: (name) => {
        if (name !== crashAt) return;
        crashAt = null;
        throw new Crash(name);
      },
    });
    id = (
      await createConnection(
        deps,
        {
          name: 'sap',
          crm: 'sap-c4c',
          enabled: true,
          credentials: { ...crm.credentials, tenantUrl: EMULATED_TENANT },
          options: { leadObject: 'Contact', contactObjects: ['IndividualCustomer'] },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
  });
  const sync = async () => {
    clock.advance(60_000);
    return syncNow(deps, id);
  };
  const add = (people: readonly Readonly<Record<string, string>>[]) =>
    open().transaction((trx) =>
      saveContacts(
        trx,
        people.map((fields) => ({ fields: { last_name: 'L', ...fields } })),
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const accounts = () => [...crm.state.sets.CorporateAccount.values()].map((row) => String(row.values['Name']));
  const accountOf = (email: string) => crm.world.find(email, 1)[0]?.fields['company'];
  const companyOf = async (email: string) => (await findContact(open().db, email, BASE))?.fields['company'];

  test.each([null, 'companies:announced', 'companies:made', 'export:announced'])(
    '[R25] [R31] killed at %s, an account and its people are there once',
    async (point) => {
      crm.state.create('CorporateAccount', { Name: 'Acme' });
      await add(
        [0, 1, 2, 3].map((index) => ({ email: `p${index}@example.com`, company: index < 2 ? 'ACME' : 'Beta' })),
      );
      crashAt = point;
      await sync().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      expect(crashAt).toBeNull();
      for (let round = 0; round < 2; round += 1) await sync();
      expect(accounts().toSorted()).toEqual(['Acme', 'Beta']);
      expect(
        crm.world
          .all()
          .map((one) => String(one.fields['company']))
          .toSorted(),
      ).toEqual(['Acme', 'Acme', 'Beta', 'Beta']);
    },
  );

  test('[R25] another company here moves the person there and renames nobody’s account; an account renamed there is renamed here', async () => {
    await add([
      { email: 'a@example.com', company: 'Acme' },
      { email: 'b@example.com', company: 'Acme' },
    ]);
    await sync();
    await sync();
    expect([accountOf('a@example.com'), accountOf('b@example.com')]).toEqual(['Acme', 'Acme']);
    await add([{ email: 'a@example.com', company: 'Beta' }]);
    await sync();
    expect([accountOf('a@example.com'), accountOf('b@example.com')]).toEqual(['Beta', 'Acme']);
    expect(accounts().toSorted()).toEqual(['Acme', 'Beta']);
    await sync();
    clock.advance(3_600_000);
    crm.state.set(crm.state.accountNamed('Acme'), { Name: 'Acme Holding' });
    await sync();
    expect([await companyOf('a@example.com'), await companyOf('b@example.com')]).toEqual(['Beta', 'Acme Holding']);
    const [inn, out] = await sync();
    expect([inn?.counts.updated, out?.counts.updated]).toEqual([0, 0]);
    await add([{ email: 'b@example.com', company: '' }]);
    await sync();
    expect([accountOf('b@example.com'), accounts().length]).toEqual([null, 2]);
  });
});
