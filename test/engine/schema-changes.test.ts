import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import {
  createSalesforceEmulator,
  type SalesforceEmulator,
} from '../../src/connectors/salesforce/emulator/emulator.ts';
import { describedField } from '../../src/connectors/salesforce/emulator/state.ts';
import { createZohoEmulator, type ZohoEmulator } from '../../src/connectors/zoho/emulator/emulator.ts';
import type { MappingLine } from '../../src/core/model.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { healthOf } from '../../src/engine/health.ts';
import type { RunView } from '../../src/engine/runs.ts';
import { repairSchemaChange } from '../../src/engine/schema-repair.ts';
import { groupChanges, openSchemaChanges } from '../../src/engine/schema-watch.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describeEachDatabase('a field that changed in the CRM', (open) => {
  let clock: TestClock;
  let deps: EngineDeps;
  let hubspot: HubSpotEmulator;
  let salesforce: SalesforceEmulator;
  let zoho: ZohoEmulator;
  let described: number;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    described = 0;
    hubspot = createHubSpotEmulator({ clock });
    salesforce = createSalesforceEmulator({ clock, url: () => 'https://sf.test' });
    zoho = createZohoEmulator({ clock, url: () => 'https://zoho.test' });
    deps = testDeps(open(), clock, (url, init) => {
      if (/\/properties\/|\/describe$/.test(new URL(url).pathname)) described += 1;
      if (url.startsWith('https://sf.test')) return salesforce.request(url, init);
      return (url.startsWith('https://zoho.test') ? zoho : hubspot).request(url, init);
    });
  });
  const connectTo = async (crm: 'salesforce' | 'hubspot' | 'zoho', lines: readonly MappingLine[]): Promise<string> => {
    const settings = {
      hubspot: { credentials: { method: 'token', accessToken: hubspot.token } },
      salesforce: { credentials: { ...salesforce.credentials, loginUrl: 'https://sf.test' } },
      zoho: { baseUrl: 'https://zoho.test', authUrl: 'https://zoho.test', credentials: zoho.credentials },
    }[crm];
    const made = await createConnection(
      deps,
      { name: crm, crm, enabled: true, ...settings, export: { enabled: true, minimumScore: 0 } },
      'api',
    );
    const mappings = [...made.mappings, ...lines];
    await updateConnection(deps, made.id, { mappings }, { writtenBy: 'api' });
    return made.id;
  };
  const sync = async (id: string, request = {}) => {
    clock.advance(60_000);
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
  const inHub = (email: string) => findContact(deps.store.db, email, 'http://localhost:4000');
  const changes = async (id: string) => groupChanges(await openSchemaChanges(deps.store.db, id));
  const resting = (run: RunView | undefined) => run?.suspended.map((line) => `${line.key} ${line.why}`).sort();
  const light = async (id: string) => healthOf(deps, await loadConnection(deps.store.db, id));
  const repair = async (id: string, wish: Parameters<typeof repairSchemaChange>[3]) => {
    const [change] = await changes(id);
    return repairSchemaChange(deps, id, change?.id ?? '', wish);
  };

  test('[R49] renamed in the middle of the day: the run reads the fields anew and goes on, the line rests, and taking the new name over loses nobody’s edit', async () => {
    salesforce.state.fields.Lead.set('Mood__c', describedField('Mood__c', 'string', { label: 'Mood' }));
    const [lead] = salesforce.world.seed(
      [{ email: 'ada@example.com', last_name: 'L', company: 'Acme', Mood__c: 'calm' }],
      'lead',
    );
    const id = await connectTo('salesforce', [{ kind: 'lead', hub: 'language', crm: 'Mood__c', direction: 'both' }]);
    await sync(id);
    await sync(id);
    expect((await inHub('ada@example.com'))?.fields['language']).toBe('calm');
    salesforce.state.fields.Lead.delete('Mood__c');
    salesforce.state.fields.Lead.set('Feeling__c', describedField('Feeling__c', 'string', { label: 'Mood' }));
    salesforce.world.edit(lead ?? '', { Feeling__c: 'calm', city: 'Oslo' });
    await hubEdit('ada@example.com', { language: 'merry' });
    const [inn, out] = await sync(id);
    expect([inn?.status, out?.status]).toEqual(['succeeded', 'succeeded']);
    expect(inn?.suspended).toEqual([{ key: 'lead:language:Mood__c', why: 'crm_field_gone' }]);
    expect((await inHub('ada@example.com'))?.fields).toMatchObject({ city: 'Oslo', language: 'merry' });
    expect(await changes(id)).toMatchObject([
      { kinds: ['lead'], field: 'Mood__c', label: 'Mood', what: 'renamed', detail: { to: 'Feeling__c', by: 'label' } },
    ]);
    expect(await light(id)).toMatchObject({ light: 'amber', why: 'schema', whyParams: { count: 1, fields: 'Mood' } });
    expect(await repair(id, { action: 'take_over' })).toEqual([]);
    await sync(id);
    // Only the hub changed the field since both agreed: no conflict, and the edit arrives.
    expect(salesforce.world.get(lead ?? '')?.raw['Feeling__c']).toBe('merry');
    expect(await deps.store.db.selectFrom('conflicts').selectAll().execute()).toEqual([]);
    expect(await light(id)).toMatchObject({ light: 'green' });
  });

  test('[R49] a rename is told by the vendor’s own id where it has one, whatever name and label became of it', async () => {
    const [lead] = zoho.world.seed(
      [{ email: 'ada@example.com', last_name: 'L', company: 'Acme', job_title: 'Boss' }],
      'lead',
    );
    const id = await connectTo('zoho', []);
    await sync(id);
    const fields = zoho.state.fields.Leads;
    const at = fields.findIndex((field) => field.api_name === 'Designation');
    const old = fields[at];
    if (old !== undefined)
      fields[at] = { ...old, api_name: 'Funktion', display_label: 'Funktion', field_label: 'Funktion' };
    const row = zoho.state.rows.Leads.get(lead ?? '');
    if (row !== undefined) row.values['Funktion'] = row.values['Designation'];
    clock.advance(DAY_MS);
    await sync(id);
    expect(await changes(id)).toMatchObject([
      { field: 'Designation', what: 'renamed', detail: { to: 'Funktion', by: 'id' } },
    ]);
    await repair(id, { action: 'take_over' });
    zoho.world.edit(lead ?? '', { Funktion: 'Chief' });
    await sync(id);
    expect((await inHub('ada@example.com'))?.fields['job_title']).toBe('Chief');
  });

  test('[R49] the fields are asked for once a day at most; a removed one rests alone, the rest of the mapping can be saved, and it goes on when it is back', async () => {
    const [record] = hubspot.world.seed([{ email: 'ada@example.com', city: 'Rome', phone: '1' }], 'lead');
    const id = await connectTo('hubspot', []);
    await sync(id);
    const before = described;
    for (let hour = 0; hour < 23; hour += 1) {
      clock.advance(DAY_MS / 24 - 60_000);
      await sync(id);
    }
    expect(described - before).toBeLessThanOrEqual(2);
    const city = hubspot.state.properties.get('city');
    hubspot.state.properties.delete('city');
    clock.advance(DAY_MS);
    hubspot.world.edit(record ?? '', { phone: '2' });
    await sync(id);
    expect(await changes(id)).toMatchObject([{ field: 'city', what: 'removed' }]);
    expect((await inHub('ada@example.com'))?.fields['phone']).toBe('2');
    const { mappings } = await loadConnection(deps.store.db, id);
    const without = mappings.filter((line) => line.hub !== 'website');
    await updateConnection(deps, id, { mappings: without }, { writtenBy: 'api' });
    expect(await changes(id)).toHaveLength(1);
    if (city !== undefined) hubspot.state.properties.set('city', city);
    clock.advance(DAY_MS);
    await sync(id);
    expect(await changes(id)).toEqual([]);
    expect(await light(id)).toMatchObject({ light: 'green' });
  });

  test('[R49] a field of another type rests until a person has looked; then what does not fit is rejected by value', async () => {
    const [record] = hubspot.world.seed(
      [
        { email: 'ada@example.com', city: '12' },
        { email: 'bob@example.com', city: '13' },
      ],
      'lead',
    );
    const id = await connectTo('hubspot', []);
    await sync(id);
    const city = hubspot.state.properties.get('city');
    if (city !== undefined) hubspot.state.properties.set('city', { ...city, type: 'number', fieldType: 'number' });
    clock.advance(DAY_MS);
    hubspot.world.edit(record ?? '', { city: '14', phone: '5' });
    const [run] = await sync(id);
    expect(resting(run)).toEqual(['contact:city:city retyped', 'lead:city:city retyped']);
    expect((await inHub('ada@example.com'))?.fields).toMatchObject({ city: '12', phone: '5' });
    expect(await changes(id)).toMatchObject([{ what: 'retyped', detail: { fromType: 'text', toType: 'number' } }]);
    await repair(id, { action: 'accept' });
    await hubEdit('bob@example.com', { city: 'Bern' });
    hubspot.world.edit(record ?? '', { city: '15' });
    await sync(id);
    expect((await inHub('ada@example.com'))?.fields['city']).toBe('15');
    expect(await deps.store.db.selectFrom('rejections').select(['reason', 'field']).execute()).toEqual([
      { reason: 'wrong_type', field: 'city' },
    ]);
  });

  test('[R49] a field that the CRM demands now suspends nothing, is named, and a default mends it', async () => {
    const id = await connectTo('salesforce', []);
    salesforce.world.seed([{ email: 'ada@example.com', last_name: 'L', company: 'Acme' }], 'lead');
    await sync(id);
    const phone = salesforce.state.fields.Lead.get('Phone');
    if (phone !== undefined) salesforce.state.fields.Lead.set('Phone', { ...phone, nillable: false });
    clock.advance(DAY_MS);
    await hubEdit('new@example.com', { last_name: 'N', company: 'C' });
    const [, out] = await sync(id);
    expect(out).toMatchObject({ status: 'succeeded', suspended: [], counts: { rejected: 1 } });
    expect(await changes(id)).toMatchObject([{ field: 'Phone', what: 'required' }]);
    expect(await light(id)).toMatchObject({ light: 'amber', why: 'schema' });
    await repair(id, { action: 'set_default', default: '0' });
    expect(await changes(id)).toEqual([]);
    await sql`update rejections set fingerprint = ''`.execute(deps.store.db);
    await sync(id, { mode: 'full' });
    expect(salesforce.world.find('new@example.com', 1)[0]?.fields['phone']).toBe('0');
  });

  test('[R49] a field that may not be written any more rests, and goes on coming in', async () => {
    const [record] = hubspot.world.seed([{ email: 'ada@example.com', city: 'Rome' }], 'lead');
    const id = await connectTo('hubspot', []);
    await sync(id);
    const city = hubspot.state.properties.get('city');
    if (city !== undefined)
      hubspot.state.properties.set('city', { ...city, modificationMetadata: { readOnlyValue: true } });
    clock.advance(DAY_MS);
    const [run] = await sync(id);
    expect(run?.suspended).toEqual([{ key: 'lead:city:city', why: 'not_writable' }]);
    await repair(id, { action: 'only_in' });
    hubspot.world.edit(record ?? '', { city: 'Oslo' });
    expect((await sync(id))[0]?.suspended).toEqual([]);
    expect((await inHub('ada@example.com'))?.fields['city']).toBe('Oslo');
  });

  test('[R49] choices that are gone are named; values that mean them are rejected one by one, the light stays green', async () => {
    const options = (...values: string[]) =>
      values.map((value) => ({ label: value, value, hidden: false, displayOrder: 0 }));
    const mood = { name: 'mood', label: 'Mood', type: 'enumeration', fieldType: 'select' } as const;
    hubspot.state.properties.set('mood', { ...mood, options: options('calm', 'merry') });
    hubspot.world.seed([{ email: 'ada@example.com', mood: 'calm' }], 'lead');
    const id = await connectTo('hubspot', [{ kind: 'lead', hub: 'notes', crm: 'mood', direction: 'both' }]);
    await sync(id);
    hubspot.state.properties.set('mood', { ...mood, options: options('calm', 'glad') });
    clock.advance(DAY_MS);
    await hubEdit('ada@example.com', { notes: 'merry', city: 'Bern' });
    const [, out] = await sync(id);
    expect(out).toMatchObject({ status: 'succeeded', suspended: [] });
    expect(await changes(id)).toMatchObject([{ what: 'options', detail: { gone: ['merry'] } }]);
    expect(await light(id)).toMatchObject({ light: 'green' });
    expect(hubspot.world.find('ada@example.com', 1)[0]?.fields['city']).toBe('Bern');
    expect(await deps.store.db.selectFrom('rejections').select('reason').execute()).toEqual([
      { reason: 'not_in_list' },
    ]);
    expect(await repair(id, { action: 'dismiss' })).toEqual([]);
  });

  test('[R49] a repair that is not offered for that change is refused with what would be', async () => {
    hubspot.world.seed([{ email: 'ada@example.com', city: 'Rome' }], 'lead');
    const id = await connectTo('hubspot', []);
    await sync(id);
    hubspot.state.properties.delete('city');
    clock.advance(DAY_MS);
    await sync(id);
    await expect(repair(id, { action: 'accept' })).rejects.toMatchObject({ problems: [{ path: 'action' }] });
    await expect(repair(id, { action: 'take_over' })).rejects.toMatchObject({ problems: [{ path: 'to' }] });
    await expect(repair(id, { action: 'take_over', to: 'nowhere' })).rejects.toMatchObject({
      problems: [{ path: 'to', code: 'unknown_field' }],
    });
    expect(await changes(id)).toHaveLength(1);
  });
});
