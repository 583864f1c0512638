import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { listChanged } from '../../src/engine/list-changes.ts';
import { fixRejection, listRejections } from '../../src/engine/rejections.ts';
import { createField, hubFields } from '../../src/hub/fields.ts';
import { addValue, readList, removeValue, updateList, updateValue } from '../../src/hub/lists.ts';
import { deleteField, updateField } from '../../src/hub/manage-fields.ts';
import { mergeValues } from '../../src/hub/merge-values.ts';
import { fieldHistory, findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const BASE = 'http://localhost:4000';

describeEachDatabase('list values', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  const options = (entries: Readonly<Record<string, string>>) =>
    crm.state.properties.set('branch', {
      name: 'branch',
      label: 'Branch',
      type: 'enumeration',
      fieldType: 'select',
      hubspotDefined: false,
      options: Object.entries(entries).map(([value, label]) => ({ value, label, hidden: false })),
    });
  const text = (name: string) =>
    crm.state.properties.set(name, { name, label: name, type: 'string', fieldType: 'text', hubspotDefined: false });
  const connection = (line: object) =>
    createConnection(
      deps,
      {
        name: 'sales',
        crm: 'hubspot',
        enabled: true,
        export: { enabled: true, minimumScore: 0 },
        credentials: { method: 'token', accessToken: crm.token },
        mappings: [
          { kind: 'lead', hub: 'email', crm: 'email', direction: 'both' },
          { kind: 'lead', hub: 'city', crm: 'city', direction: 'both' },
          { kind: 'lead', hub: 'branch', direction: 'both', ...line },
        ],
      },
      'api',
    );
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
    await open().transaction((trx) =>
      createField(trx, { key: 'branch', label: 'Branch', type: 'oneOf', options: ['Retail', 'Steel'] }, clock.now()),
    );
    options({ '1': 'Retail', '2': 'Food' });
    text('trade');
  });
  const sync = async (request = {}) => {
    clock.advance(60_000);
    return syncNow(deps, id, request);
  };
  const branchOf = async (email: string) => (await findContact(open().db, email, BASE))?.fields['branch'];
  const person = (email: string, branch: string) => ({ email, branch });
  const hubEdit = (email: string, fields: Record<string, unknown>) =>
    open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const rejected = () => listRejections(deps, { limit: 500 });
  const values = async () => (await readList(open().db, 'branch')).values;

  test('[R21] an option is one value whatever its label is later, and the label of a value from a CRM follows', async () => {
    id = (await connection({ crm: 'branch' })).id;
    crm.world.seed([person('a@example.com', '1'), person('b@example.com', '2')], 'lead');
    await sync();
    expect([await branchOf('a@example.com'), await branchOf('b@example.com')]).toEqual(['retail', 'food']);
    expect((await values()).map(({ key, from, inForms }) => [key, from, inForms])).toEqual([
      ['retail', null, true],
      ['steel', null, true],
      ['food', 'sales', false],
    ]);
    options({ '1': 'Retail trade', '2': 'Food & Drink' });
    crm.world.seed([person('c@example.com', '2'), person('d@example.com', '1')], 'lead');
    clock.advance(DAY_MS);
    const [run] = await sync();
    expect(run).toMatchObject({ status: 'succeeded', counts: { created: 2, rejected: 0 } });
    expect([await branchOf('c@example.com'), await branchOf('d@example.com')]).toEqual(['food', 'retail']);
    // A person called it Retail; only what came from this CRM takes its new name. Both keep what they were called before.
    expect((await values()).map(({ key, label, spellings }) => [key, label, spellings])).toEqual([
      ['retail', 'Retail', ['Retail trade']],
      ['steel', 'Steel', []],
      ['food', 'Food & Drink', ['Food']],
    ]);
    await hubEdit('a@example.com', { branch: 'food' });
    await sync();
    expect(crm.state.holderOf('a@example.com')?.properties['branch']).toBe('2');
  });

  test('[R21] a value that a person removed is not added again: it is rejected by field, and comes in once it is put back', async () => {
    id = (await connection({ crm: 'branch' })).id;
    await open().transaction((trx) => addValue(trx, 'branch', { label: 'Food', inForms: false }));
    await open().transaction((trx) => removeValue(trx, 'branch', 'food', clock.now()));
    crm.world.seed([{ ...person('b@example.com', '2'), city: 'Wien' }], 'lead');
    await sync();
    expect(await findContact(open().db, 'b@example.com', BASE)).toMatchObject({ fields: { city: 'Wien' } });
    expect(await branchOf('b@example.com')).toBeUndefined();
    expect(await rejected()).toMatchObject([{ reason: 'unmapped_value', params: { value: 'Food', why: 'removed' } }]);
    await open().transaction((trx) => addValue(trx, 'branch', { label: 'food', inForms: false }));
    await listChanged(deps, 'branch');
    await sync();
    expect(await branchOf('b@example.com')).toBe('food');
    expect(await rejected()).toEqual([]);
  });

  test('[R21] above 200 new values from one field the mapping pauses adding and says so; a higher limit goes on', async () => {
    id = (await connection({ crm: 'trade' })).id;
    const people = Array.from({ length: 260 }, (_, index) => ({
      email: `p${index}@example.com`,
      trade: `Trade ${index}`,
      city: 'Rom',
    }));
    crm.world.seed([...people, { email: 'again@example.com', trade: 'trade  0' }], 'lead');
    const [run] = await sync();
    expect(run).toMatchObject({ status: 'succeeded', counts: { created: 261 } });
    expect((await values()).filter((value) => value.from === 'sales')).toHaveLength(200);
    const open60 = await rejected();
    expect(open60).toHaveLength(60);
    expect(open60[0]).toMatchObject({ reason: 'unmapped_value', params: { why: 'paused' } });
    const again = await branchOf('again@example.com');
    expect(again === undefined || again === 'trade_0').toBe(true);
    expect(await findContact(open().db, 'p259@example.com', BASE)).toMatchObject({ fields: { city: 'Rom' } });
    await open().transaction((trx) => updateList(trx, 'branch', { newValuesMax: 400 }));
    await listChanged(deps, 'branch');
    await sync();
    expect((await values()).filter((value) => value.from === 'sales')).toHaveLength(260);
    expect(await rejected()).toEqual([]);
  });

  test('[R21] [R37] a preview adds no value', async () => {
    id = (await connection({ crm: 'trade' })).id;
    crm.world.seed([{ email: 'a@example.com', trade: 'Cook' }], 'lead');
    await sync({ dryRun: true });
    expect((await values()).map((value) => value.key)).toEqual(['retail', 'steel']);
  });

  test('[R21] towards the CRM an unknown option is not_in_list, and is mapped or left out by one act; it never becomes empty', async () => {
    id = (await connection({ crm: 'branch' })).id;
    await hubEdit('a@example.com', { branch: 'retail' });
    await sync();
    await hubEdit('a@example.com', { branch: 'steel', city: 'Bonn' });
    await sync();
    const fields = () => crm.state.holderOf('a@example.com')?.properties;
    expect(fields()).toMatchObject({ branch: '1', city: 'Bonn' });
    const [first] = await rejected();
    expect(first).toMatchObject({ reason: 'not_in_list', params: { value: 'Steel' } });
    await fixRejection(deps, first?.id ?? '', { map: { from: 'Steel', to: 'Food' } });
    await sync();
    expect(fields()).toMatchObject({ branch: '2' });
    expect(await rejected()).toEqual([]);
    await open().transaction((trx) => addValue(trx, 'branch', { label: 'Wood', inForms: true }));
    await listChanged(deps, 'branch');
    await hubEdit('a@example.com', { branch: 'wood' });
    await sync();
    const [second] = await rejected();
    await fixRejection(deps, second?.id ?? '', { leaveOut: 'Wood' });
    const [, out] = await sync();
    expect(out).toMatchObject({ status: 'succeeded', counts: { updated: 0, rejected: 0 } });
    expect(fields()).toMatchObject({ branch: '2' });
    expect(await rejected()).toEqual([]);
  });

  test('[R15c] a long value is kept whole with its rejection, so that one act maps exactly it', async () => {
    const long = `Steel and ${'very '.repeat(30)}light metals`;
    id = (await connection({ crm: 'branch' })).id;
    await open().transaction((trx) => addValue(trx, 'branch', { label: long, inForms: true }));
    await hubEdit('a@example.com', { branch: long });
    await sync();
    const [first] = await rejected();
    expect(first).toMatchObject({ reason: 'not_in_list', params: { value: long, label: 'Branch' } });
    await fixRejection(deps, first?.id ?? '', { map: { from: String(first?.params['value']), to: 'Food' } });
    await sync();
    expect(crm.state.holderOf('a@example.com')?.properties).toMatchObject({ branch: '2' });
    expect(await rejected()).toEqual([]);
  });

  test('[R21] a value from the CRM is mapped by one act, several of them to one value', async () => {
    options({ '1': 'Chef', '2': 'Boss' });
    id = (await connection({ crm: 'branch', unknownValues: 'reject' })).id;
    crm.world.seed([person('a@example.com', '1'), person('b@example.com', '2')], 'lead');
    await sync();
    for (const one of await rejected())
      await fixRejection(deps, one.id, { map: { from: String(one.params['value']), to: 'Retail' } });
    await sync();
    expect([await branchOf('a@example.com'), await branchOf('b@example.com')]).toEqual(['retail', 'retail']);
    expect(await rejected()).toEqual([]);
    // Neither record is written: both of its names mean that value.
    const [, out] = await sync({ mode: 'full' });
    expect(out?.counts).toMatchObject({ updated: 0, rejected: 0 });
  });

  test('[R21] two values become one: their holders, spellings and options move together, and history says so', async () => {
    id = (await connection({ crm: 'branch' })).id;
    crm.world.seed([person('b@example.com', '2')], 'lead');
    await sync();
    const moved = await mergeValues(
      open(),
      { listId: 'branch', from: 'food', into: 'retail' },
      { source: 'usr_1', at: clock.now() },
    );
    await listChanged(deps, 'branch');
    expect(moved).toBe(1);
    expect(await branchOf('b@example.com')).toBe('retail');
    expect(await values()).toMatchObject([{ key: 'retail', spellings: ['Food'], uses: 1 }, { key: 'steel' }]);
    const contact = await findContact(open().db, 'b@example.com', BASE);
    expect(await fieldHistory(open().db, contact?.id ?? '', 'branch', 9)).toMatchObject([
      { from: 'food', to: 'retail', origin: { by: 'person', source: 'usr_1', rule: 'R21' } },
    ]);
    crm.world.seed([person('c@example.com', '2')], 'lead');
    await sync();
    await sync();
    expect(await branchOf('c@example.com')).toBe('retail');
    // What the CRM calls Food stays Food there.
    expect(crm.state.inOrder.map((record) => record.properties['branch'])).toEqual(['2', '2']);
  });

  test('[R21] what is in use is not removed, and the reason is said; another label keeps the old one as a spelling', async () => {
    id = (await connection({ crm: 'branch' })).id;
    await hubEdit('a@example.com', { branch: 'Retail' });
    await expect(open().transaction((trx) => removeValue(trx, 'branch', 'retail', 1))).rejects.toMatchObject({
      code: 'value_in_use',
      params: { count: 1, value: 'Retail' },
    });
    await open().transaction((trx) => updateValue(trx, 'branch', 'retail', { label: 'Shops' }));
    expect(await values()).toMatchObject([{ key: 'retail', label: 'Shops', spellings: ['Retail'] }, { key: 'steel' }]);
    await expect(
      open().transaction((trx) => updateValue(trx, 'branch', 'steel', { spellings: ['retail '] })),
    ).rejects.toMatchObject({
      problems: [{ path: 'spellings', code: 'spelling_taken' }],
    });
    await hubEdit('b@example.com', { branch: 'retail' });
    expect(await branchOf('b@example.com')).toBe('retail');
    const by = { source: 'usr_1', at: clock.now() };
    await expect(deleteField(open(), 'branch', false, by)).rejects.toMatchObject({
      code: 'field_mapped',
      params: { names: 'sales' },
    });
  });

  test('[R21] what a form or a score rule names is not removed; forms show exactly the values that are ticked', async () => {
    await open()
      .db.insertInto('score_rules')
      .values({
        id: 'rul_branch',
        name: 'Shops',
        condition: JSON.stringify({ field: 'branch', op: 'equals', value: 'retail' }),
        points: 3,
        position: 9,
        updated_at: 1,
      })
      .execute();
    const definition = { fields: [{ field: 'email' }], hidden: [{ field: 'branch', value: 'Steel', parameter: '' }] };
    await open()
      .db.insertInto('forms')
      .values({
        id: 'frm_1',
        name: 'Fair',
        definition: JSON.stringify(definition),
        key: 'k',
        created_at: 1,
        updated_at: 1,
      })
      .execute();
    const remove = (key: string) => open().transaction((trx) => removeValue(trx, 'branch', key, 2));
    const by = { source: 'usr_1', at: 2 };
    await expect(remove('retail')).rejects.toMatchObject({ code: 'value_scored', params: { names: 'Shops' } });
    await expect(remove('steel')).rejects.toMatchObject({ code: 'value_in_form', params: { names: 'Fair' } });
    await expect(mergeValues(open(), { listId: 'branch', from: 'steel', into: 'retail' }, by)).rejects.toMatchObject({
      code: 'value_in_form',
    });
    await expect(deleteField(open(), 'branch', true, by)).rejects.toMatchObject({ code: 'field_scored' });
    await open().db.deleteFrom('score_rules').where('id', '=', 'rul_branch').execute();
    await expect(deleteField(open(), 'branch', true, by)).rejects.toMatchObject({ code: 'field_asked' });
    await open().transaction((trx) => updateList(trx, 'branch', { inForms: ['steel'] }));
    expect((await values()).map((value) => value.inForms)).toEqual([false, true]);
  });

  test('[R20] a text becomes a list and a list a text, and nobody’s value is lost or sent anew', async () => {
    id = (await connection({ crm: 'branch', direction: 'toHub' })).id;
    const by = { source: 'usr_1', at: clock.now() };
    for (const [email, status] of [
      ['a', 'Accepted'],
      ['b', 'accepted '],
      ['c', 'Closed'],
    ])
      await hubEdit(`${email}@example.com`, { status });
    await updateField(open(), 'status', { type: 'oneOf' }, by);
    const statusOf = async (email: string) => (await findContact(open().db, email, BASE))?.fields['status'];
    const field = async () => (await hubFields(open().db)).find((one) => one.key === 'status');
    expect(await field()).toMatchObject({ type: 'oneOf', listId: 'status' });
    expect((await field())?.options?.map((option) => option.label)).toEqual(['Accepted', 'Closed']);
    expect([await statusOf('a@example.com'), await statusOf('b@example.com')]).toEqual(['Accepted', 'Accepted']);
    await open().transaction((trx) => updateValue(trx, 'status', 'Accepted', { label: 'Won' }));
    await updateField(open(), 'status', { type: 'text' }, by);
    expect([await statusOf('a@example.com'), await statusOf('c@example.com')]).toEqual(['Won', 'Closed']);
    expect(await field()).toMatchObject({ type: 'text' });
    await expect(updateField(open(), 'email', { type: 'oneOf' }, by)).rejects.toMatchObject({
      problems: [{ code: 'field_type_stays' }],
    });
  });
});
