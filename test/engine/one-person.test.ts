import { beforeEach, expect, test } from 'vitest';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { addressHolders, countMergeProposals, listMergeProposals } from '../../src/engine/merge-proposals.ts';
import { mergeContacts } from '../../src/hub/merge-contacts.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { declineMerge, proposeMerges } from '../../src/store/merge-proposals.ts';
import { type EmulatedCrm, fetchOf, openCrm } from '../support/crms.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

describeEachDatabase('two contacts that are one person', (open) => {
  let clock: TestClock;
  let crm: EmulatedCrm;
  let deps: EngineDeps;
  let id: string;
  beforeEach(() => emptyStore(open()));

  const connectTo = async (name: string, settings = {}): Promise<void> => {
    clock = manualClock(START);
    crm = openCrm(name, { clock });
    deps = testDeps(open(), clock, fetchOf([crm]));
    const input = { name, crm: name, enabled: true, export: { enabled: true, minimumScore: 0 }, ...crm.settings };
    id = (await createConnection(deps, { ...input, ...settings }, 'api')).id;
  };
  const sync = async (request = {}) => {
    clock.advance(600_000);
    return syncNow(deps, id, request);
  };
  const seed = (...people: Record<string, string>[]) =>
    crm.emulator.world.seed(
      people.map((one) => ({ last_name: 'M', company: 'Acme', ...one })),
      'lead',
    );
  const hubEdit = (email: string, fields: Record<string, unknown>) =>
    open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const contactId = async (email: string): Promise<string> => (await findContact(open().db, email, ''))?.id ?? '';
  const proposals = (contact?: string) => listMergeProposals(open().db, { limit: 50, contactId: contact });
  const merge = async (into: string, from: string): Promise<void> => {
    const pair = { into: await contactId(into), from: await contactId(from) };
    await open().transaction((trx) => mergeContacts(trx, pair, clock.now()));
  };
  const open_ = () =>
    open().db.selectFrom('rejections').select(['id', 'reason']).where('resolved_at', 'is', null).execute();
  const emails = async () =>
    (await open().db.selectFrom('contacts').select('email').orderBy('email').execute()).map((row) => row.email);
  const addresses = () =>
    crm.emulator.world
      .all()
      .filter((record) => !record.deleted)
      .map((record) => String(record.fields['email']))
      .sort();

  test('[R18b] the CRM makes two records one: the merge of the two contacts is proposed once, and a merge ends it', async () => {
    await connectTo('salesforce');
    const [a, b] = seed({ email: 'max@example.com', city: 'Graz' }, { email: 'moritz@example.com' });
    await sync();
    crm.emulator.world.merge(a ?? '', b ?? '');
    await sync();
    await sync({ mode: 'full' });
    const [found, ...others] = await proposals();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ why: 'records_merged', connection: 'salesforce', crm: 'salesforce', crmId: b });
    // The one whose record lives would stay, and takes what it lacks.
    expect(found?.keep).toBe(await contactId('moritz@example.com'));
    const stays = found?.sides.find((side) => side.id === found.keep);
    expect(stays).toMatchObject({ connections: [{ connection: 'salesforce' }], takes: { city: 'Graz' } });
    for (const email of ['max@example.com', 'moritz@example.com'])
      expect(await proposals(await contactId(email))).toHaveLength(1);
    expect(await countMergeProposals(open().db)).toBe(1);
    await merge('moritz@example.com', 'max@example.com');
    expect(await proposals()).toEqual([]);
    expect(await countMergeProposals(open().db)).toBe(0);
    expect(await sync()).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded', counts: { created: 0 } }]);
    expect(addresses()).toEqual(['moritz@example.com']);
    expect(crm.emulator.world.get(b ?? '')?.fields).toMatchObject({ city: 'Graz' });
    expect(await emails()).toEqual(['moritz@example.com']);
  });

  test('[R18b] a declined merge is not proposed again, and follows the people into later merges', async () => {
    await connectTo('hubspot');
    const [a, b] = seed({ email: 'max@example.com' }, { email: 'moritz@example.com' }, { email: 'm@home.example' });
    await sync();
    crm.emulator.world.merge(a ?? '', b ?? '');
    await sync();
    const [found] = await proposals();
    const [one, other] = found?.sides ?? [];
    const pair = [other?.id ?? '', one?.id ?? ''] as const;
    await open().transaction((trx) => declineMerge(trx, pair, { by: 'person:1', at: clock.now() }));
    // The record is read again, and again names the one that was merged into it.
    crm.emulator.world.edit(b ?? '', { city: 'Graz' });
    await sync();
    await sync({ mode: 'full' });
    expect(await proposals()).toEqual([]);
    await merge('m@home.example', 'max@example.com');
    crm.emulator.world.edit(b ?? '', { city: 'Wien' });
    await sync({ mode: 'full' });
    expect(await proposals()).toEqual([]);
    expect(await emails()).toEqual(['m@home.example', 'moritz@example.com']);
  });

  test('[R18b] who was said to be somebody else stays so when the one of the two becomes a third who seemed to be them too', async () => {
    await connectTo('hubspot', { export: { enabled: false } });
    for (const name of ['x', 'max', 'mia']) await hubEdit(`${name}@example.com`, {});
    const [x, max, mia] = [
      await contactId('x@example.com'),
      await contactId('max@example.com'),
      await contactId('mia@example.com'),
    ];
    const found = { why: 'both_addresses', crmId: '1' } as const;
    await open().transaction(async (trx) => {
      const at = { connectionId: id, at: clock.now() };
      await proposeMerges(trx, [{ ...found, contacts: [x, mia] }], at);
      await declineMerge(trx, [x, max], { by: 'person:1', at: clock.now() });
    });
    expect(await proposals()).toHaveLength(1);
    await merge('mia@example.com', 'max@example.com');
    expect(await proposals()).toEqual([]);
    const rows = await open().db.selectFrom('merge_proposals').select(['declined_by']).execute();
    expect(rows).toEqual([{ declined_by: 'person:1' }]);
  });

  test('[R10c] the record of whoever goes keeps its address in the CRM, also where the one who stays had no record', async () => {
    await connectTo('hubspot', { export: { enabled: true, minimumScore: 50 } });
    seed({ email: 'lea@work.example' });
    await sync();
    await hubEdit('lea@home.example', { city: 'Linz' });
    await merge('lea@home.example', 'lea@work.example');
    await sync();
    await sync({ mode: 'full' });
    expect(addresses()).toEqual(['lea@work.example']);
    expect(await emails()).toEqual(['lea@home.example']);
    const lea = await contactId('lea@home.example');
    // What both sides met with flows like any other value from here on.
    await open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email: 'lea@new.example' }, id: lea },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
    await sync();
    expect(addresses()).toEqual(['lea@new.example']);
  });

  test('[R18b] a record that is read again unlinks the one that was merged into it once only', async () => {
    await connectTo('hubspot');
    const [a, b] = seed({ email: 'max@example.com' }, { email: 'moritz@example.com' });
    await sync();
    crm.emulator.world.merge(a ?? '', b ?? '');
    await sync();
    const since = () =>
      open()
        .db.selectFrom('links')
        .select(['state_since', 'role'])
        .where('crm_id', '=', a ?? '')
        .executeTakeFirst();
    const first = await since();
    expect(first).toMatchObject({ role: 'merged_away' });
    crm.emulator.world.edit(b ?? '', { city: 'Graz' });
    await sync();
    expect(await since()).toEqual(first);
  });

  test('[R10b] [R18b] a record takes the address of another contact: the merge is proposed until an address is corrected', async () => {
    await connectTo('salesforce');
    const [a] = seed({ email: 'max@example.com' }, { email: 'moritz@example.com' });
    await sync();
    crm.emulator.world.edit(a ?? '', { email: 'moritz@example.com' });
    await sync();
    const [rejection] = await open_();
    expect(rejection).toMatchObject({ reason: 'address_taken' });
    const holders = await addressHolders(open().db, [rejection?.id ?? '']);
    expect(holders.get(rejection?.id ?? '')).toMatchObject({ email: 'moritz@example.com', name: 'M' });
    for (const email of ['max@example.com', 'moritz@example.com'])
      expect(await proposals(await contactId(email))).toMatchObject([{ why: 'address_taken', crmId: a }]);
    // It stands in the list of rejections already.
    expect(await countMergeProposals(open().db)).toBe(0);
    crm.emulator.world.edit(a ?? '', { email: 'max@work.example' });
    await sync();
    expect(await proposals()).toEqual([]);
    expect(await emails()).toEqual(['max@work.example', 'moritz@example.com']);
  });

  test('[R10b] [R18b] after the merge of such two the refused address comes in, and nothing is twice', async () => {
    await connectTo('salesforce');
    const [a, b] = seed({ email: 'max@example.com' }, { email: 'moritz@example.com' });
    await sync();
    crm.emulator.world.edit(a ?? '', { email: 'moritz@example.com' });
    await sync();
    await merge('max@example.com', 'moritz@example.com');
    expect(await proposals()).toEqual([]);
    await sync();
    expect(await emails()).toEqual(['moritz@example.com']);
    const roles = await open().db.selectFrom('links').select(['crm_id', 'role']).execute();
    expect(new Map(roles.map((one) => [one.crm_id, one.role]))).toEqual(
      new Map([
        [a, 'primary'],
        [b, 'duplicate'],
      ]),
    );
    expect((await open_()).filter((one) => one.reason === 'address_taken')).toEqual([]);
    await sync({ mode: 'full' });
    const quiet = { created: 0, updated: 0 };
    expect(await sync({ mode: 'full' })).toMatchObject([{ counts: quiet }, { counts: quiet }]);
    expect(await emails()).toEqual(['moritz@example.com']);
  });

  test('[R13] [R18b] the record that is found for one is another’s: the merge is proposed, and ends the refusal', async () => {
    await connectTo('hubspot');
    const [a, b] = seed({ email: 'ann@example.com' }, { email: 'ann@work.example' });
    crm.emulator.world.merge(a ?? '', b ?? '');
    for (const email of ['ann@example.com', 'ann@work.example']) await hubEdit(email, {});
    await sync({ direction: 'toCrm' });
    expect(await open_()).toMatchObject([{ reason: 'address_taken' }]);
    expect(await proposals()).toMatchObject([{ why: 'address_taken' }]);
    await merge('ann@work.example', 'ann@example.com');
    const [, out] = await sync();
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 0, rejected: 0 } });
    expect(await proposals()).toEqual([]);
    expect(addresses()).toEqual(['ann@work.example']);
  });

  test('[R18b] one record has the addresses of two contacts: that they are one person is proposed', async () => {
    await connectTo('hubspot');
    const [a, b] = seed({ email: 'ann@example.com' }, { email: 'ann@work.example' });
    crm.emulator.world.merge(a ?? '', b ?? '');
    await sync({ direction: 'toHub' });
    const [main] = await emails();
    const further = main === 'ann@example.com' ? 'ann@work.example' : 'ann@example.com';
    await hubEdit(further, {});
    await sync({ direction: 'toHub', mode: 'full' });
    expect(await proposals()).toMatchObject([{ why: 'both_addresses', keep: await contactId(main ?? '') }]);
    await merge(main ?? '', further);
    expect(await sync({ mode: 'full' })).toMatchObject([{ counts: { created: 0 } }, { counts: { created: 0 } }]);
    expect(await proposals()).toEqual([]);
    expect(await emails()).toEqual([main]);
  });

  test('[R16] [R18b] a lead is converted into a contact that is another one here: the merge is proposed, and keeps the contact’s record', async () => {
    await connectTo('salesforce', { import: { leads: true, contacts: true } });
    const [lead] = seed({ email: 'lea@example.com', city: 'Linz' });
    await sync();
    const contact = crm.emulator.world.convert(lead ?? '');
    crm.emulator.world.edit(contact, { email: 'lea@work.example' });
    // A webhook names the contact before the feed tells of the conversion.
    await open()
      .db.insertInto('due')
      .values({ connection_id: id, side: 'hub', subject: contact, kind: 'contact', reason: 'webhook', created_at: 0 })
      .execute();
    await sync({ trigger: 'webhook', direction: 'toHub' });
    expect(await emails()).toEqual(['lea@example.com', 'lea@work.example']);
    await sync();
    expect(await proposals()).toMatchObject([
      { why: 'converted', crmId: contact, keep: await contactId('lea@work.example') },
    ]);
    // Whichever of the two stays, the record that lives is the one in step.
    await merge('lea@example.com', 'lea@work.example');
    const primary = open().db.selectFrom('links').select('crm_id').where('role', '=', 'primary');
    expect(await primary.execute()).toEqual([{ crm_id: contact }]);
    await updateConnection(deps, id, { enabled: true }, { writtenBy: 'screen' });
    expect(await sync({ mode: 'full' })).toMatchObject([{ status: 'succeeded' }, { counts: { created: 0 } }]);
    expect(await emails()).toHaveLength(1);
  });

  test('[R10c] a new record with the second address of somebody who was merged is a second record of theirs', async () => {
    await connectTo('salesforce');
    seed({ email: 'max@example.com' });
    await sync();
    await hubEdit('max@home.example', { city: 'Graz' });
    await merge('max@example.com', 'max@home.example');
    await sync();
    const [second] = seed({ email: 'max@home.example' });
    const [inn] = await sync();
    expect(inn).toMatchObject({ status: 'succeeded', counts: { created: 0, rejected: 1 } });
    expect(await emails()).toEqual(['max@example.com']);
    const link = open()
      .db.selectFrom('links')
      .select('role')
      .where('crm_id', '=', second ?? '');
    expect(await link.execute()).toEqual([{ role: 'duplicate' }]);
    // It stays one when it is read again.
    expect(await sync({ mode: 'full' })).toMatchObject([{ counts: { created: 0 } }, { counts: { created: 0 } }]);
    expect(await emails()).toEqual(['max@example.com']);
  });

  test('[R10c] whoever was merged and has no record yet is linked by the second address, and each side keeps its own', async () => {
    await connectTo('salesforce');
    await hubEdit('max@example.com', { last_name: 'M' });
    await hubEdit('max@home.example', { city: 'Graz' });
    await merge('max@example.com', 'max@home.example');
    const [record] = seed({ email: 'max@home.example' });
    const [inn, out] = await sync();
    expect(inn).toMatchObject({ status: 'succeeded', counts: { created: 0 } });
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 0 } });
    expect(await emails()).toEqual(['max@example.com']);
    expect(addresses()).toEqual(['max@home.example']);
    expect(crm.emulator.world.get(record ?? '')?.fields).toMatchObject({ city: 'Graz' });
    expect(await sync({ mode: 'full' })).toMatchObject([{ counts: { updated: 0 } }, { counts: { updated: 0 } }]);
    // What somebody changes afterwards flows, as between any two.
    crm.emulator.world.edit(record ?? '', { email: 'max@work.example' });
    await sync();
    expect(await emails()).toEqual(['max@work.example']);
  });

  test('[R10c] [R13] before somebody is made in the CRM they are searched by every address they have', async () => {
    await connectTo('hubspot');
    await hubEdit('max@example.com', {});
    await hubEdit('max@home.example', {});
    await merge('max@example.com', 'max@home.example');
    const [record] = seed({ email: 'max@home.example' });
    const [out] = await sync({ direction: 'toCrm' });
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 0, rejected: 0 } });
    expect(addresses()).toEqual(['max@home.example']);
    const link = open()
      .db.selectFrom('links')
      .select('role')
      .where('crm_id', '=', record ?? '');
    expect(await link.execute()).toEqual([{ role: 'primary' }]);
  });

  test('[R10c] an address beside the main one finds its contact in lists and on the screen, and is nobody else’s', async () => {
    await connectTo('hubspot');
    await hubEdit('max@example.com', { city: 'Graz' });
    await hubEdit('max@home.example', {});
    await merge('max@example.com', 'max@home.example');
    expect(await hubEdit('max@home.example', { city: 'Wien' })).toMatchObject({ outcome: 'updated' });
    expect(await findContact(open().db, 'Max@HOME.example', '')).toMatchObject({
      email: 'max@example.com',
      fields: { city: 'Wien' },
    });
    const other = await hubEdit('moritz@example.com', {});
    const take = open().transaction((trx) =>
      saveContact(
        trx,
        { id: other.id, fields: { email: 'max@home.example' } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'update' },
      ),
    );
    await expect(take).rejects.toMatchObject({ problems: [{ code: 'email_taken' }] });
    expect(await emails()).toEqual(['max@example.com', 'moritz@example.com']);
  });
});
