import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import type { Emulator } from '../../src/connectors/kit/testing/emulator.ts';
import { createPipedriveEmulator } from '../../src/connectors/pipedrive/emulator/emulator.ts';
import { createC4cEmulator, EMULATED_TENANT } from '../../src/connectors/sap-c4c/emulator/emulator.ts';
import { createSellEmulator } from '../../src/connectors/zendesk-sell/emulator/emulator.ts';
import { createZohoEmulator } from '../../src/connectors/zoho/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const BASE = 'http://localhost:4000';
let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

interface Crm {
  readonly emulator: Emulator;
  readonly input: Readonly<Record<string, unknown>>;
  /** A deletion that no feed tells of, where that is another thing than an ordinary one. */
  readonly erase?: (id: string) => void;
}
const contacts = (company: string, lastName: string, email: string) => ({
  import: { leads: true, contacts: true, contactFilter: { enabled: false } },
  export: { enabled: true, minimumScore: 0, createAs: 'contact' },
  mappings: [
    ['email', email],
    ['last_name', lastName],
    ['company', company],
  ].map(([hub, crm]) => ({ kind: 'contact', hub, crm, direction: 'both' })),
});
const CRMS: Readonly<Record<string, (clock: TestClock) => Crm>> = {
  // Its search is behind: what was deleted a moment ago is still found.
  hubspot: (clock) => {
    const emulator = createHubSpotEmulator({ clock, indexLagMs: 20_000 });
    const credentials = { method: 'token', accessToken: emulator.token };
    return { emulator, input: { credentials, options: { companyRecords: true } } };
  },
  pipedrive: (clock) => {
    const emulator = createPipedriveEmulator({ clock });
    return { emulator, input: { credentials: emulator.credentials } };
  },
  zoho: (clock) => {
    const emulator = createZohoEmulator({ clock });
    return {
      emulator,
      input: { credentials: emulator.credentials, ...contacts('Account_Name', 'Last_Name', 'Email') },
    };
  },
  'zendesk-sell': (clock) => {
    const emulator = createSellEmulator({ clock });
    const lines = contacts('organization_name', 'last_name', 'email');
    return { emulator, input: { credentials: emulator.credentials, ...lines } };
  },
  'sap-c4c': (clock) => {
    const emulator = createC4cEmulator({ clock });
    const credentials = { ...emulator.credentials, tenantUrl: EMULATED_TENANT };
    const erase = (number: string): void => {
      const account = emulator.state.account(number);
      if (account !== undefined) emulator.state.erase('CorporateAccount', account.ObjectID);
    };
    const options = { leadObject: 'Contact', contactObjects: ['IndividualCustomer'] };
    return { emulator, erase, input: { credentials, options } };
  },
};

async function begin(crm: string) {
  await emptyStore(store);
  const clock = manualClock(START);
  const { emulator, input, erase } = CRMS[crm]?.(clock) ?? expect.fail(crm);
  const { companies } = emulator.world;
  if (companies === undefined) throw new Error(`${crm} has no companies`);
  const deps = testDeps(store, clock, emulator.request);
  const settings = { name: crm, crm, enabled: true, export: { enabled: true, minimumScore: 0 }, ...input };
  const { id } = await createConnection(deps, settings, 'api');
  const sync = async (request = {}) => {
    clock.advance(60_000);
    return syncNow(deps, id, request);
  };
  const save = (email: string, fields: Readonly<Record<string, string>>) =>
    store.transaction((trx) =>
      saveContacts(trx, [{ fields: { email, ...fields } }], {
        by: 'person',
        at: clock.now(),
        newId: () => deps.ids.next('ct'),
        mode: 'upsert',
      }),
    );
  await save('first@example.com', { last_name: 'First', company: 'Acme' });
  await sync();
  await sync();
  const [acme] = companies.all();
  expect(companies.all()).toEqual([{ id: acme?.id, name: 'Acme' }]);
  const of = (email: string): string | null => companies.of(emulator.world.find(email, 1)[0]?.id ?? '');
  const old = acme?.id ?? '';
  expect(of('first@example.com')).toBe(old);
  const openRejections = async () =>
    (await sql`select reason from rejections where resolved_at is null`.execute(store.db)).rows;
  const companyOf = async (email: string) => (await findContact(store.db, email, BASE))?.fields['company'] ?? null;
  return { clock, deps, id, emulator, companies, sync, save, of, old, erase, openRejections, companyOf };
}

describe.each(Object.keys(CRMS))('a company of %s that ended', (crm) => {
  test('[R25] nobody is given to it any more: another one is made, once, for all who need that name', async () => {
    const world = await begin(crm);
    world.companies.remove(world.old);
    await world.save('second@example.com', { last_name: 'Second', company: 'ACME' });
    await world.save('third@example.com', { last_name: 'Third', company: 'acme ' });
    const [, out] = await world.sync();
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 2, rejected: 0, deferred: 0 } });
    const [fresh] = world.companies.all();
    expect(world.companies.all()).toHaveLength(1);
    expect([fresh?.id === world.old, world.of('second@example.com'), world.of('third@example.com')]).toEqual([
      false,
      fresh?.id,
      fresh?.id,
    ]);
    expect(await world.openRejections()).toEqual([]);
  });

  test('[R25] a run that did not hear of it finds out by the refusal, and writes the person with another one', async () => {
    const world = await begin(crm);
    await world.save('late@example.com', { last_name: 'Late', company: 'Beta' });
    await world.sync();
    await world.sync();
    if (world.erase === undefined) world.companies.remove(world.old);
    else world.erase(world.old);
    await world.save('second@example.com', { last_name: 'Second', company: 'Acme' });
    // Moved in the CRM from another company, where the kind is written on at all (R12).
    await world.save('late@example.com', { company: 'Acme' });
    const [out] = await world.sync({ direction: 'toCrm' });
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 1, rejected: 0, deferred: 0 } });
    const fresh = world.companies.all().find(({ name }) => name === 'Acme');
    expect([world.companies.all().length, fresh?.id === world.old, world.of('second@example.com')]).toEqual([
      2,
      false,
      fresh?.id,
    ]);
    const isWritten = !['zoho', 'zendesk-sell'].includes(crm);
    expect(world.of('late@example.com') === fresh?.id).toBe(isWritten);
    expect(await world.openRejections()).toEqual([]);
    expect((await sql`select 1 from intents`.execute(store.db)).rows).toEqual([]);
  });
});

test.each(['pipedrive', 'zoho', 'zendesk-sell'])(
  '[R25] whoever belonged to a company of %s that was deleted is looked at, though nobody touched the person',
  async (crm) => {
    const world = await begin(crm);
    expect(await world.companyOf('first@example.com')).toBe('Acme');
    world.companies.remove(world.old);
    const [inn] = await world.sync();
    expect([inn?.counts.updated, await world.companyOf('first@example.com')]).toEqual([1, null]);
    const [quiet] = await world.sync();
    expect(quiet?.counts.updated).toBe(0);
  },
);

test('[R25] [R33] an account of SAP that vanished without a word is noticed within a day', async () => {
  const world = await begin('sap-c4c');
  world.erase?.(world.old);
  const known = async () =>
    (await sql<{ crm_id: string }>`select crm_id from companies where gone_at is null`.execute(store.db)).rows;
  await world.sync();
  expect(await known()).toEqual([{ crm_id: world.old }]);
  world.clock.advance(24 * 3_600_000);
  await world.sync();
  expect(await known()).toEqual([]);
});
