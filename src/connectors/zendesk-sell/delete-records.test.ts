import { expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import type { RecordToDelete } from '../kit/deletion.ts';
import { connectFor } from '../kit/testing/connect.ts';
import { recordId } from './codec.ts';
import { createSellEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

/** An emulated Sell with some people, the connection's deletion, and the calls it makes. */
function bench() {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createSellEmulator({ clock });
  const sent: string[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    sent.push(`${init.method ?? 'GET'} ${new URL(url).pathname}`);
    return emulator.request(url, init);
  };
  const { deletion } = connectFor(manifest, { fetch, clock, credentials: emulator.credentials });
  if (deletion === undefined) throw new Error('Sell deletes');
  const add = (count: number, kind: 'lead' | 'contact'): readonly RecordToDelete[] =>
    emulator.world
      .seed(
        Array.from({ length: count }, (_, index) => ({ email: `${kind}${index}@example.com`, last_name: 'L' })),
        kind,
      )
      .map((id) => ({ kind, id }));
  return { deletion, emulator, state: emulator.state, add, sent };
}
const DELETED = { kind: 'deleted' };

test('a company among the contacts is no person, and is not deleted', async () => {
  const { deletion, state, add, sent } = bench();
  const people = add(2, 'contact');
  const company = state.companyNamed('Acme');
  const id = recordId('contact', company.id);
  expect(await deletion.delete([...people, { kind: 'contact', id }], 'bin')).toMatchObject([
    DELETED,
    DELETED,
    { kind: 'refused', faults: [{ reason: 'rejected_by_crm', params: { why: 'deletion_company' } }] },
  ]);
  expect(state.companies()).toEqual([company]);
  // One look at the contacts, then one call for each.
  expect(sent.filter((call) => call.startsWith('GET'))).toHaveLength(1);
});

test('the id says which of the two tables is meant, whatever kind is said', async () => {
  const { deletion, emulator, add } = bench();
  const [lead] = add(1, 'lead');
  const [contact] = add(1, 'contact');
  expect(await deletion.delete([{ kind: 'lead', id: contact?.id ?? '' }], 'bin')).toEqual([DELETED]);
  expect(emulator.world.all().map(({ id }) => id)).toEqual([lead?.id]);
});

test('a token without the scope is asked no more after the first refusals, and each person is told', async () => {
  const { deletion, state, add, sent } = bench();
  const leads = add(30, 'lead');
  state.scopes = ['read', 'profile', 'sync'];
  const outcomes = await deletion.delete(leads, 'bin');
  expect(outcomes).toMatchObject(
    leads.map(() => ({
      kind: 'refused',
      faults: [{ reason: 'no_permission', params: { why: 'deletion', code: 'insufficient_scope' } }],
    })),
  );
  expect(sent.filter((call) => call.startsWith('DELETE')).length).toBeLessThanOrEqual(4);
});

test('a lead that vanished is not called deleted while nobody can tell whether it is a contact now', async () => {
  const { deletion, emulator, add } = bench();
  const leads = add(2, 'lead');
  const contact = emulator.world.convert(leads[0]?.id ?? '');
  emulator.faults.add({ kind: 'error', times: 40, path: '/v2/lead_conversions' });
  expect(await deletion.delete(leads, 'bin')).toEqual([{ kind: 'throttled', retryAt: null }, DELETED]);
  emulator.faults.clear();
  expect(await deletion.delete(leads, 'bin')).toEqual([{ kind: 'moved', to: contact, why: 'converted' }, DELETED]);
});

test('a page that is no word of Sell’s deletes nobody in our books', async () => {
  const { deletion, emulator, add } = bench();
  const leads = add(1, 'lead');
  emulator.faults.add({ kind: 'error', times: 40 });
  const [outcome] = await deletion.delete(leads, 'bin');
  expect(outcome?.kind).toBe('unknown');
  expect(emulator.world.count('lead')).toBe(1);
});
