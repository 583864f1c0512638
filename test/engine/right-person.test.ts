import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { type EmulatedCrm, fetchOf, openCrm } from '../support/crms.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

describe('a value reaches the right person, and nobody else', () => {
  let clock: TestClock;
  let crm: EmulatedCrm;
  let deps: EngineDeps;
  let id: string;
  const connectTo = async (name: string): Promise<void> => {
    await emptyStore(store);
    clock = manualClock(START);
    crm = openCrm(name, { clock });
    deps = testDeps(store, clock, fetchOf([crm]));
    const input = { name, crm: name, enabled: true, export: { enabled: true, minimumScore: 0 }, ...crm.settings };
    id = (await createConnection(deps, input, 'api')).id;
  };
  beforeEach(() => connectTo('salesforce'));

  const sync = async (request = {}) => {
    clock.advance(600_000);
    return syncNow(deps, id, request);
  };
  const hubEdit = (email: string, fields: Record<string, unknown>) =>
    store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const addresses = () =>
    crm.emulator.world
      .all()
      .filter((record) => !record.deleted)
      .map((record) => String(record.fields['email']))
      .sort();
  const links = async () =>
    store.db
      .selectFrom('links')
      .leftJoin('contacts', 'contacts.id', 'links.contact_id')
      .select(['links.crm_id', 'links.role', 'contacts.email'])
      .orderBy('links.crm_id')
      .execute();

  test('[R18b] whose record was merged into another person’s is not made again when the hub changes them', async () => {
    const [a, b] = crm.emulator.world.seed(
      [
        { email: 'max@example.com', last_name: 'M', company: 'Acme' },
        { email: 'moritz@example.com', last_name: 'M', company: 'Acme' },
      ],
      'lead',
    );
    await sync();
    crm.emulator.world.merge(a ?? '', b ?? '');
    await sync();
    await hubEdit('max@example.com', { city: 'Graz' });
    const [, out] = await sync();
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 0 } });
    expect(addresses()).toEqual(['moritz@example.com']);
    await sync({ mode: 'full' });
    expect(addresses()).toEqual(['moritz@example.com']);
  });

  test('[R14] a second record that gets an address of its own becomes a person of its own', async () => {
    const [first, second] = crm.emulator.world.seed(
      [
        { email: 'tina@example.com', first_name: 'Tina', last_name: 'Twice', company: 'Acme' },
        { email: 'tina@example.com', first_name: 'Tom', last_name: 'Other', company: 'Acme' },
      ],
      'lead',
    );
    await sync();
    const duplicate = (await links()).find((link) => link.role === 'duplicate')?.crm_id ?? '';
    expect([first, second]).toContain(duplicate);
    crm.emulator.world.edit(duplicate, { email: 'own@example.com' });
    const [inn, out] = await sync();
    expect(inn).toMatchObject({ status: 'succeeded', counts: { created: 1 } });
    expect(out).toMatchObject({ status: 'succeeded' });
    expect((await links()).find((link) => link.crm_id === duplicate)).toEqual({
      crm_id: duplicate,
      role: 'primary',
      email: 'own@example.com',
    });
    const open = await store.db.selectFrom('rejections').select('reason').where('resolved_at', 'is', null).execute();
    expect(open).toEqual([]);
    await hubEdit('own@example.com', { city: 'Graz' });
    expect(await sync()).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded', counts: { updated: 1 } }]);
  });

  test('[R13] a record that gave an address up since it was last read is not taken for the person who has that address now', async () => {
    const [bob] = crm.emulator.world.seed([{ email: 'shared@example.com', last_name: 'Bob', company: 'Acme' }], 'lead');
    // Only the directory knows the record, as it was.
    await sync({ direction: 'toHub' });
    await store.db.deleteFrom('links').execute();
    await store.db.deleteFrom('contacts').execute();
    crm.emulator.world.edit(bob ?? '', { email: 'bob@example.com' });
    await hubEdit('shared@example.com', { last_name: 'Ada', company: 'Bell' });
    await sync({ direction: 'toCrm' });
    expect(crm.emulator.world.get(bob ?? '')?.fields).toMatchObject({ email: 'bob@example.com', last_name: 'Bob' });
    expect(addresses()).toEqual(['bob@example.com', 'shared@example.com']);
  });
  test('[R13] two people whose addresses stand on one record: one is linked, the other is named, and the run goes on', async () => {
    await connectTo('hubspot');
    const [a, b] = crm.emulator.world.seed([{ email: 'ann@example.com' }, { email: 'ann@work.example' }], 'lead');
    crm.emulator.world.merge(a ?? '', b ?? '');
    for (const email of ['ann@example.com', 'ann@work.example', 'else@example.com']) await hubEdit(email, {});
    const [out] = await sync({ direction: 'toCrm' });
    expect(out).toMatchObject({ status: 'succeeded', counts: { seen: 3, created: 1, rejected: 1 } });
    const open = await store.db.selectFrom('rejections').select('reason').where('resolved_at', 'is', null).execute();
    expect(open).toEqual([{ reason: 'address_taken' }]);
    expect((await links()).filter((link) => link.role === 'primary')).toHaveLength(2);
  });
});
