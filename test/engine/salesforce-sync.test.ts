import { beforeEach, expect, test } from 'vitest';
import {
  createSalesforceEmulator,
  type SalesforceEmulator,
} from '../../src/connectors/salesforce/emulator/emulator.ts';
import { REP_ID, USER_ID } from '../../src/connectors/salesforce/emulator/state.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const BASE = 'http://localhost:4000';
const HOST = 'https://emulated.my.salesforce.test';

describeEachDatabase('a connection to Salesforce', (open) => {
  let clock: TestClock;
  let crm: SalesforceEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createSalesforceEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
    const connection = await createConnection(
      deps,
      {
        name: 'sales',
        crm: 'salesforce',
        enabled: true,
        credentials: { ...crm.credentials, loginUrl: HOST },
        export: { enabled: true, minimumScore: 0 },
      },
      'api',
    );
    id = connection.id;
    expect(connection).toMatchObject({ accountId: '00DEM0000000001EAM', lastError: null });
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
  const openRejections = () =>
    deps.store.db
      .selectFrom('rejections')
      .select(['email', 'field', 'reason'])
      .where('resolved_at', 'is', null)
      .execute();

  test('[R11] 4,500 leads that share one second come in once each, by the pages that 2,000 rows make necessary', async () => {
    crm.world.seed(
      Array.from({ length: 4_500 }, (_, index) => ({ email: `p${index}@example.com`, last_name: `P${index}` })),
      'lead',
    );
    const [toHub] = await sync();
    expect(toHub).toMatchObject({ status: 'succeeded', counts: { seen: 4_500, created: 4_500 } });
    // Three pages of leads, one look for deleted leads, one for deleted contacts.
    expect(toHub?.apiCalls).toBe(5);
    await sync();
    const [inn, out] = await sync();
    expect(inn).toMatchObject({ counts: { seen: 0 } });
    expect((inn?.apiCalls ?? 9) + (out?.apiCalls ?? 9)).toBeLessThanOrEqual(4);
  });

  test('[R15] a lead without a company is rejected before a call is spent, names the field, and goes out once it is filled', async () => {
    await hubEdit('rita@example.com', { last_name: 'Required' });
    const [, out] = await sync();
    expect(out).toMatchObject({ counts: { rejected: 1, created: 0 } });
    expect(await openRejections()).toEqual([
      { email: 'rita@example.com', field: 'Company', reason: 'missing_required' },
    ]);
    await hubEdit('rita@example.com', { company: 'Acme' });
    const [, again] = await sync();
    expect(again).toMatchObject({ counts: { created: 1 } });
    expect(await openRejections()).toEqual([]);
  });

  test('[R2c] what we wrote is read back and an edit of ours is no change', async () => {
    await hubEdit('New@Example.com', { last_name: 'New', company: 'Acme', city: '  Paris ' });
    const [, out] = await sync();
    expect(out).toMatchObject({ counts: { created: 1 } });
    expect(crm.world.find('new', 1)[0]?.fields).toMatchObject({
      email: 'new@example.com',
      company: 'Acme',
      city: 'Paris',
    });
    await sync();
    const [inn, again] = await sync();
    expect(inn?.counts).toMatchObject({ updated: 0, created: 0 });
    expect(again?.counts).toMatchObject({ seen: 0 });
  });

  test('[R16] a converted lead is followed to its contact and no longer written to', async () => {
    const [lead] = crm.world.seed([{ email: 'lena@example.com', last_name: 'Lead', city: 'Graz' }], 'lead');
    await sync();
    crm.world.convert(lead ?? '');
    await hubEdit('lena@example.com', { city: 'Wien' });
    const [, out] = await sync();
    expect(out?.counts.updated).toBe(0);
    await updateConnection(deps, id, { import: { contacts: true } }, { writtenBy: 'api' });
    await sync();
    await sync();
    const links = await deps.store.db
      .selectFrom('links')
      .select(['kind', 'role'])
      .where('role', '=', 'primary')
      .execute();
    expect(links).toEqual([{ kind: 'contact', role: 'primary' }]);
    expect(crm.state.objects.Lead.map((row) => row['City'])).toEqual(['Graz']);
  });

  test('[R16] [R39] a converted lead that is read again is followed no second time, and costs no look at its contact', async () => {
    const [lead] = crm.world.seed([{ email: 'lena@example.com', last_name: 'Lead', city: 'Graz' }], 'lead');
    await updateConnection(deps, id, { import: { leads: true, contacts: true } }, { writtenBy: 'api' });
    await sync();
    crm.world.convert(lead ?? '');
    await sync();
    await sync();
    const linkNow = () =>
      deps.store.db
        .selectFrom('links')
        .select(['kind', 'crm_id', 'state', 'former_ids'])
        .where('role', '=', 'primary')
        .execute();
    const followed = await linkNow();
    expect(followed).toMatchObject([{ kind: 'contact', state: 'active' }]);
    const [inn] = await sync({ mode: 'full' });
    expect(inn?.counts).toMatchObject({ updated: 0, rejected: 0 });
    expect(await linkNow()).toEqual(followed);
    const owed = await deps.store.db.selectFrom('due').select('subject').where('side', '=', 'hub').execute();
    expect(owed).toEqual([]);
  });

  test('[R18b] merged and deleted leads are followed', async () => {
    const [a, b] = crm.world.seed(
      [
        { email: 'max@example.com', last_name: 'M' },
        { email: 'moritz@example.com', last_name: 'M' },
      ],
      'lead',
    );
    await sync();
    crm.world.merge(a ?? '', b ?? '');
    await sync();
    const links = await deps.store.db.selectFrom('links').select(['crm_id', 'role', 'state']).orderBy('role').execute();
    expect(links).toEqual([
      { crm_id: a, role: 'merged_away', state: 'deleted' },
      { crm_id: b, role: 'primary', state: 'active' },
    ]);
  });

  test('[R19] the sync field ticked brings a contact in, unticked freezes it', async () => {
    const [carl] = crm.world.seed([{ email: 'carl@example.com', last_name: 'C', city: 'Rom' }], 'contact');
    await updateConnection(
      deps,
      id,
      { import: { contacts: true, contactFilter: { enabled: true, field: 'Sync_To_Tandem__c' } } },
      { writtenBy: 'api' },
    );
    await sync();
    expect(await findContact(deps.store.db, 'carl@example.com', BASE)).toBeUndefined();
    crm.world.edit(carl ?? '', { sync: true });
    await sync();
    expect(await findContact(deps.store.db, 'carl@example.com', BASE)).toBeDefined();
    crm.world.edit(carl ?? '', { sync: false, city: 'Bari' });
    await sync();
    expect((await findContact(deps.store.db, 'carl@example.com', BASE))?.fields['city']).toBe('Rom');
    crm.world.edit(carl ?? '', { sync: true });
    await sync();
    expect((await findContact(deps.store.db, 'carl@example.com', BASE))?.fields['city']).toBe('Bari');
  });

  test('[R14] two leads with one address: one is in step, the other is reported', async () => {
    crm.world.seed(
      [
        { email: 'tina@example.com', first_name: 'Tina', last_name: 'Twice' },
        { email: 'TINA@example.com', first_name: 'Tina', last_name: 'Twice' },
        { email: 'tina@example.com', last_name: 'Other' },
      ],
      'lead',
    );
    const [toHub] = await sync();
    expect(toHub).toMatchObject({ counts: { created: 1, rejected: 2 } });
    expect((await openRejections()).map((one) => one.reason).sort()).toEqual(['duplicate_in_crm', 'shared_email']);
  });

  test('[R31] a lost answer on create makes nobody twice', async () => {
    await hubEdit('lost@example.com', { last_name: 'Lost', company: 'Acme' });
    crm.faults.add({ kind: 'drop', path: '/composite/sobjects', method: 'POST' });
    await sync();
    await sync();
    await sync();
    expect(crm.world.all()).toHaveLength(1);
    expect(await deps.store.db.selectFrom('intents').selectAll().execute()).toEqual([]);
  });

  test('[R40] another account behind the same credentials stops the connection', async () => {
    await deps.store.db.updateTable('connections').set({ account_id: 'someone-else' }).execute();
    const { checkConnection } = await import('../../src/engine/check-connection.ts');
    expect(await checkConnection(deps, id)).toMatchObject({ ok: false, findings: [{ code: 'other_account' }] });
    expect(
      (await deps.store.db.selectFrom('connections').select('paused_reason').executeTakeFirstOrThrow()).paused_reason,
    ).toBe('other_account');
  });

  const ownerOf = (email: string) => crm.state.objects.Lead.find((row) => row['Email'] === email)?.['OwnerId'] ?? null;

  test('[R48] the assignment rule gives nobody an owner where nothing was chosen or none is, and new leads only where it is chosen', async () => {
    crm.state.assignTo = REP_ID;
    await hubEdit('quiet@example.com', { last_name: 'Quiet', company: 'Acme' });
    await sync();
    expect(ownerOf('quiet@example.com')).toBe(USER_ID);
    await updateConnection(deps, id, { options: { assignmentRule: 'default' } }, { writtenBy: 'api' });
    await hubEdit('ruled@example.com', { last_name: 'Ruled', company: 'Acme' });
    // Somebody who is there already keeps the owner, whatever changes.
    await hubEdit('quiet@example.com', { last_name: 'Quieter' });
    await sync();
    expect([ownerOf('ruled@example.com'), ownerOf('quiet@example.com')]).toEqual([REP_ID, USER_ID]);
    expect(crm.state.objects.Lead.find((row) => row['Email'] === 'quiet@example.com')?.['LastName']).toBe('Quieter');
    await updateConnection(deps, id, { options: { assignmentRule: 'none' } }, { writtenBy: 'api' });
    await hubEdit('none@example.com', { last_name: 'None', company: 'Acme' });
    await sync();
    expect(ownerOf('none@example.com')).toBe(USER_ID);
  });

  test('[R48] whom the map of owners names goes before the assignment rule, in the same run', async () => {
    crm.state.assignTo = REP_ID;
    await updateConnection(
      deps,
      id,
      {
        options: { assignmentRule: 'default' },
        owners: { assign: true, field: 'country', map: { France: 'crm@example.com' } },
      },
      { writtenBy: 'api' },
    );
    await hubEdit('fr@example.com', { last_name: 'F', company: 'Acme', country: 'France' });
    await hubEdit('es@example.com', { last_name: 'E', company: 'Acme', country: 'Spain' });
    await sync();
    expect([ownerOf('fr@example.com'), ownerOf('es@example.com')]).toEqual([USER_ID, REP_ID]);
  });

  test('on the screen the assignment rule is asked before anybody is sent; a file or a program may leave it', async () => {
    const screen = { writtenBy: 'screen' } as const;
    await updateConnection(deps, id, { enabled: false }, screen);
    await expect(updateConnection(deps, id, { enabled: true }, screen)).rejects.toMatchObject({
      problems: [{ path: 'options.assignmentRule', code: 'option_undecided' }],
    });
    // Who only takes people in is not asked.
    await updateConnection(deps, id, { enabled: true, export: { enabled: false } }, screen);
    await expect(updateConnection(deps, id, { export: { enabled: true } }, screen)).rejects.toMatchObject({
      problems: [{ path: 'options.assignmentRule', code: 'option_undecided' }],
    });
    await updateConnection(deps, id, { options: { assignmentRule: 'none' }, export: { enabled: true } }, screen);
    await expect(
      updateConnection(deps, id, { options: { assignmentRule: 'always' } }, { writtenBy: 'api' }),
    ).rejects.toMatchObject({ problems: [{ path: 'options.assignmentRule', code: 'not_in_list' }] });
  });
});
