import { expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import type { ConnectContext } from '../kit/connector.ts';
import type { RecordToDelete } from '../kit/deletion.ts';
import { openBench } from '../kit/testing/connector-contract.ts';
import { createZohoEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

/** A connection to an emulated Zoho with some people, and what its deletion answers. */
async function bench(settings: Partial<ConnectContext['settings']> = {}) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createZohoEmulator({ clock });
  const open = () => ({ emulator, clock, credentials: emulator.credentials });
  const { context } = await openBench({ manifest, linkBack: 'Tandem_URL', open });
  const sent: string[] = [];
  const fetch: ConnectContext['fetch'] = (url, init) => {
    if (init.method === 'DELETE') sent.push(`${new URL(url).pathname}${new URL(url).search}`);
    return emulator.request(url, init);
  };
  const { deletion } = manifest.connect({ ...context, fetch, settings: { ...context.settings, ...settings } });
  if (deletion === undefined) throw new Error('Zoho deletes');
  const ids = emulator.world.seed(
    Array.from({ length: 3 }, (_, index) => ({ email: `p${index}@example.com`, last_name: 'L', company: 'Acme' })),
    'lead',
  );
  const leads = ids.map((id): RecordToDelete => ({ kind: 'lead', id }));
  return { deletion, emulator, state: emulator.state, leads, sent };
}

test('[R48] a deletion starts workflows only where the connection says so', async () => {
  for (const startAutomations of [false, true]) {
    const { deletion, state, leads } = await bench({ startAutomations });
    expect(await deletion.delete(leads, 'bin')).toEqual(leads.map(() => ({ kind: 'deleted' })));
    expect(state.deletionTriggers).toEqual([String(startAutomations)]);
  }
});

test('for ever means out of the bin as well, in one more call, and again after the first time', async () => {
  const { deletion, state, leads, sent } = await bench();
  await deletion.delete(leads, 'bin');
  expect([...state.rows.Leads.values()].map((row) => row.purged)).toEqual([false, false, false]);
  expect(await deletion.delete(leads, 'forever')).toEqual(leads.map(() => ({ kind: 'deleted' })));
  expect([...state.rows.Leads.values()].map((row) => row.purged)).toEqual([true, true, true]);
  expect(await deletion.delete(leads, 'forever')).toEqual(leads.map(() => ({ kind: 'deleted' })));
  expect(sent.filter((path) => path.includes('recycle_bin'))).toHaveLength(2);
});

test('who may delete and not empty the bin is told that the record waits there, and nobody’s sync stops', async () => {
  const { deletion, emulator, state, leads } = await bench();
  state.habits.scopeMissing = /recycle_bin/;
  const outcomes = await deletion.delete(leads, 'forever');
  expect(outcomes).toMatchObject(
    leads.map(() => ({ kind: 'refused', faults: [{ reason: 'no_permission', params: { why: 'deletion_in_bin' } }] })),
  );
  expect(emulator.world.all()).toEqual([]);
  state.habits.scopeMissing = null;
  expect(await deletion.delete(leads, 'forever')).toEqual(leads.map(() => ({ kind: 'deleted' })));
});

test('a profile without the right to delete leads still deletes contacts', async () => {
  const { deletion, emulator, state, leads } = await bench();
  state.forbidden.add('Crm_Implied_Delete_Leads');
  const [id = ''] = emulator.world.seed([{ email: 'c@example.com', last_name: 'C' }], 'contact');
  expect(await deletion.delete([...leads, { kind: 'contact', id }], 'bin')).toMatchObject([
    ...leads.map(() => ({ kind: 'refused', faults: [{ reason: 'no_permission', params: { why: 'deletion' } }] })),
    { kind: 'deleted' },
  ]);
  expect(emulator.world.count('lead')).toBe(3);
});

test('a converted lead is not sent to be deleted while its contact lives on, and goes with it', async () => {
  const { deletion, emulator, state, leads, sent } = await bench();
  const lead = leads[1] ?? { kind: 'lead', id: '' };
  const contact: RecordToDelete = { kind: 'contact', id: emulator.world.convert(lead.id) };
  expect(await deletion.delete(leads, 'forever')).toEqual([
    { kind: 'deleted' },
    { kind: 'moved', to: contact.id, why: 'converted' },
    { kind: 'deleted' },
  ]);
  expect(sent.join()).not.toContain(lead.id);
  expect(emulator.world.count('contact')).toBe(1);
  expect(await deletion.delete([lead, contact], 'forever')).toEqual([{ kind: 'deleted' }, { kind: 'deleted' }]);
  expect(state.rows.Leads.get(lead.id)?.purged).toBe(true);
  expect(emulator.world.count('contact')).toBe(0);
});

test('what is no id of Zoho’s does not bring other records into the call', async () => {
  const { deletion, emulator, leads } = await bench();
  const [one, other] = leads;
  const listed: RecordToDelete = { kind: 'lead', id: `${one?.id ?? ''},${other?.id ?? ''}` };
  expect(await deletion.delete([listed], 'bin')).toEqual([{ kind: 'deleted' }]);
  expect(emulator.world.count('lead')).toBe(3);
});

test('a record that Zoho does not delete is refused alone, with Zoho’s own words', async () => {
  const { deletion, state, leads } = await bench();
  state.undeletable.set(leads[0]?.id ?? '', ['CANNOT_DELETE', 'record not deletable']);
  state.undeletable.set(leads[2]?.id ?? '', ['RECORD_LOCKED', 'The record under merge is locked']);
  expect(await deletion.delete(leads, 'bin')).toMatchObject([
    { kind: 'refused', faults: [{ reason: 'rejected_by_crm', params: { vendor: 'record not deletable' } }] },
    { kind: 'deleted' },
    { kind: 'refused', faults: [{ reason: 'record_locked' }] },
  ]);
});
