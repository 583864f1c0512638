import { beforeEach, expect, test } from 'vitest';
import {
  type C4cEmulator,
  createC4cEmulator,
  EMULATED_TENANT,
} from '../../src/connectors/sap-c4c/emulator/emulator.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const DAY_MS = 86_400_000;

describeEachDatabase('a connection to SAP C4C', (open) => {
  let clock: TestClock;
  let crm: C4cEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createC4cEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
    const connection = await createConnection(
      deps,
      {
        name: 'sap',
        crm: 'sap-c4c',
        enabled: true,
        credentials: { ...crm.credentials, tenantUrl: EMULATED_TENANT },
        import: { leads: true, contacts: true },
        export: { enabled: true, minimumScore: 0 },
      },
      'api',
    );
    id = connection.id;
    expect(connection).toMatchObject({ accountId: 'my000001.crm.test', lastError: null });
  });
  const sync = async (request = {}) => {
    clock.advance(600_000);
    return syncNow(deps, id, request);
  };
  const hubEdit = (email: string, fields: Record<string, unknown>) =>
    deps.store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const hub = async (email: string) =>
    (await findContact(deps.store.db, email, 'http://localhost:4000'))?.fields ?? null;
  const links = () => deps.store.db.selectFrom('links').select(['crm_id', 'state', 'kind']).orderBy('crm_id').execute();

  test('[R20] a country comes in by its name and goes out by its code, and each side’s edit reaches the other', async () => {
    const [lead = ''] = crm.world.seed(
      [{ email: 'ada@example.com', last_name: 'Ada', country: 'France', city: 'Lyon' }],
      'lead',
    );
    await sync();
    expect(await hub('ada@example.com')).toMatchObject({ country: 'France', city: 'Lyon' });
    await hubEdit('ada@example.com', { country: 'Germany' });
    crm.world.edit(lead, { city: 'Bern' });
    await sync();
    await sync();
    expect(crm.state.sets.Lead.get(lead)?.values).toMatchObject({ AccountCountry: 'DE', AccountCity: 'Bern' });
    expect(await hub('ada@example.com')).toMatchObject({ country: 'Germany', city: 'Bern' });
    const [inn, out] = await sync();
    expect([inn?.counts.updated, out?.counts.updated]).toEqual([0, 0]);
  });

  test('[R33] a lead that vanished without a trace is found by the day’s look at all links, and by a full run', async () => {
    const ids = crm.world.seed(
      ['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com`, last_name: name })),
      'lead',
    );
    await sync();
    crm.world.remove(ids[0] ?? '');
    const [same] = await sync();
    expect(same?.counts.updated).toBe(0);
    clock.advance(DAY_MS);
    const [inn] = await sync();
    expect(inn?.counts.updated).toBe(1);
    expect((await links()).map((link) => link.state)).toEqual(['deleted', 'active', 'active']);
    crm.world.remove(ids[1] ?? '');
    await sync({ mode: 'full' });
    expect((await links()).map((link) => link.state)).toEqual(['deleted', 'deleted', 'active']);
    // R18: the person stays, and is not made anew.
    expect(await hub('a@example.com')).not.toBeNull();
    await sync();
    expect(crm.world.all()).toHaveLength(1);
  });

  test('[R40] a tenant that shows none of its leads any more stops the run before anybody is marked', async () => {
    crm.world.seed(
      Array.from({ length: 30 }, (_, index) => ({ email: `p${index}@example.com`, last_name: 'P' })),
      'lead',
    );
    await sync();
    crm.state.sets.Lead.clear();
    clock.advance(DAY_MS);
    const [inn] = await sync();
    expect(inn).toMatchObject({ status: 'paused', pausedReason: 'mass_deletion' });
    expect((await links()).every((link) => link.state === 'active')).toBe(true);
  });

  test('another object plays lead from the start, with lines of its own; once people have been read it stays', async () => {
    const set = (options: Record<string, unknown>) => updateConnection(deps, id, { options }, { writtenBy: 'api' });
    crm.state.create('IndividualCustomer', { Email: 'paula@example.com', FirstName: 'Paula', LastName: 'Private' });
    await set({ contactObjects: ['Contact'] });
    // Runs that found nobody have moved the positions past her.
    await sync();
    await sync();
    expect(await hub('paula@example.com')).toBeNull();
    const changed = await set({ leadObject: 'IndividualCustomer' });
    const emailOf = (mappings: typeof changed.mappings) =>
      mappings.find((line) => line.kind === 'lead' && line.hub === 'email')?.crm;
    expect(emailOf(changed.mappings)).toBe('Email');
    await sync();
    expect(await hub('paula@example.com')).toMatchObject({ first_name: 'Paula' });
    expect(await links()).toMatchObject([{ kind: 'lead', state: 'active' }]);
    await expect(set({ leadObject: null })).rejects.toMatchObject({
      problems: [{ path: 'options.leadObject', code: 'option_fixed' }],
    });
    // What the default amounts to here, said in words, is no change; nor is any other option held back.
    await set({ contactObjects: ['Contact'], createPrivateLeads: true });
    expect(await links()).toHaveLength(1);
  });

  test('contacts may come from one object more later, and then everybody of it is read; none can be taken away', async () => {
    const set = (contactObjects: readonly string[] | null) =>
      updateConnection(deps, id, { options: { contactObjects } }, { writtenBy: 'api' });
    await set(['Contact']);
    crm.world.seed([{ email: 'carla@example.com', last_name: 'Carla' }], 'contact');
    crm.state.create('IndividualCustomer', { Email: 'paula@example.com', FirstName: 'Paula', LastName: 'Private' });
    await sync();
    expect(await hub('paula@example.com')).toBeNull();
    const before = await set(['Contact', 'IndividualCustomer']);
    expect(before.mappings.length).toBeGreaterThan(0);
    await sync();
    expect(await hub('paula@example.com')).toMatchObject({ first_name: 'Paula' });
    await expect(set(['Contact'])).rejects.toMatchObject({
      problems: [{ path: 'options.contactObjects', code: 'option_fixed' }],
    });
  });

  test('an option that its connector would not take is refused by its path, and nothing is saved', async () => {
    const bad = {
      leadObject: 'Account',
      contactObjects: [],
      createPrivateLeads: 'yes',
      leadUrl: 'javascript:alert(1)',
      colour: 'red',
    };
    await expect(updateConnection(deps, id, { options: bad }, { writtenBy: 'api' })).rejects.toMatchObject({
      problems: [
        { path: 'options.colour', code: 'unknown_key' },
        { path: 'options.leadObject', code: 'not_in_list' },
        { path: 'options.contactObjects', code: 'option_list' },
        { path: 'options.createPrivateLeads', code: 'option_yes_no' },
        { path: 'options.leadUrl', code: 'option_text' },
      ],
    });
    const twice = { leadObject: 'IndividualCustomer', contactObjects: ['Contact', 'IndividualCustomer'] };
    await expect(updateConnection(deps, id, { options: twice }, { writtenBy: 'api' })).rejects.toMatchObject({
      problems: [{ path: 'options.contactObjects', code: 'option_twice', params: { value: 'IndividualCustomer' } }],
    });
    expect((await loadConnection(deps.store.db, id)).settings.options).toEqual({});
  });

  test('[R16] a converted lead is followed to the contact it became', async () => {
    const [lead = ''] = crm.world.seed([{ email: 'lena@example.com', last_name: 'Lena', company: 'Acme' }], 'lead');
    await sync();
    const contact = crm.world.convert(lead);
    await sync();
    await sync();
    expect(await links()).toEqual([{ crm_id: contact, state: 'active', kind: 'contact' }]);
    expect(crm.world.all()).toHaveLength(1);
  });

  test('[R8] an opt-out in the CRM reaches the hub, and one in the hub the CRM, contacts included', async () => {
    const [lead = '', contact = ''] = [
      ...crm.world.seed([{ email: 'olga@example.com', last_name: 'Olga' }], 'lead'),
      ...crm.world.seed([{ email: 'otto@example.com', last_name: 'Otto' }], 'contact'),
    ];
    await sync();
    crm.world.edit(lead, { ContactAllowedCode: '2' });
    await hubEdit('otto@example.com', { opt_out: true });
    await sync();
    await sync();
    expect(await hub('olga@example.com')).toMatchObject({ opt_out: true });
    expect(crm.state.sets.Contact.get(contact)?.values['ContactPermissionCode']).toBe('2');
  });

  test('[R13] who has the score goes out once, as a lead with the way back to us; private persons where the options say so', async () => {
    await updateConnection(
      deps,
      id,
      { options: { createPrivateLeads: true } },
      { writtenBy: 'api', ifVersion: undefined },
    );
    await hubEdit('paula@example.com', { first_name: 'Paula', last_name: 'P', city: 'Graz' });
    const [, out] = await sync();
    expect(out?.counts).toMatchObject({ created: 1, rejected: 0 });
    await sync();
    const [made] = [...crm.state.sets.Lead.values()];
    expect(crm.state.sets.Lead.size).toBe(1);
    expect(made?.values).toMatchObject({
      Name: 'Paula P',
      IndividualCustomerEMail: 'paula@example.com',
      IndividualCustomerAddressCity: 'Graz',
    });
    expect(String(made?.values['TandemURL_KUT'])).toContain('/contacts/ct_');
  });
});
