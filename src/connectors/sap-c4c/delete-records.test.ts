import { expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import type { ConnectContext } from '../kit/connector.ts';
import type { RecordToDelete } from '../kit/deletion.ts';
import { connectFor } from '../kit/testing/connect.ts';
import { createC4cEmulator, EMULATED_TENANT } from './emulator/emulator.ts';
import { OBSOLETE } from './entities.ts';
import { manifest } from './manifest.ts';

/** An emulated tenant with some people, and what the connection's deletion answers. */
function bench(before: (body: string) => void = () => undefined, needsCsrf = false) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createC4cEmulator({ clock, needsCsrf });
  const sent: string[] = [];
  const fetch: ConnectContext['fetch'] = (url, init) => {
    const body = String(init.body ?? '');
    before(body);
    sent.push(...[...body.matchAll(/DELETE (\S+)/g)].map(([, path]) => path ?? ''));
    return emulator.request(url, init);
  };
  const credentials = { ...emulator.credentials, tenantUrl: EMULATED_TENANT };
  const connector = connectFor(manifest, { fetch, clock, credentials });
  const { deletion } = connector;
  if (deletion === undefined) throw new Error('SAP deletes leads');
  const add = (kind: 'lead' | 'contact', count: number): readonly RecordToDelete[] =>
    emulator.world
      .seed(
        Array.from({ length: count }, (_, index) => ({
          email: `${kind}${index}@example.com`,
          last_name: 'L',
          company: 'Acme',
        })),
        kind,
      )
      .map((id) => ({ kind, id }));
  return { deletion, connector, clock, emulator, state: emulator.state, add, sent };
}
const DELETED = { kind: 'deleted' };
const NOT_OFFERED = {
  kind: 'refused',
  faults: [{ reason: 'rejected_by_crm', params: { why: 'deletion_not_offered' } }],
};

test('contacts and customers are refused in our words, whichever way, without a call; leads beside them go', async () => {
  const { deletion, emulator, state, add, sent } = bench();
  const [lead, contact] = [...add('lead', 1), ...add('contact', 1)] as [RecordToDelete, RecordToDelete];
  const customer = state.create('IndividualCustomer', { LastName: 'P', Email: 'p@example.com' });
  const obsolete = state.create('Contact', { LastName: 'O', StatusCode: OBSOLETE });
  const others: readonly RecordToDelete[] = [
    contact,
    { kind: 'contact', id: `individual-${customer.ObjectID}` },
    { kind: 'contact', id: obsolete.ObjectID },
  ];
  for (const how of ['bin', 'forever'] as const)
    expect(await deletion.delete([...others, lead], how)).toMatchObject([...others.map(() => NOT_OFFERED), DELETED]);
  expect(sent.every((path) => path.startsWith('LeadCollection'))).toBe(true);
  expect(emulator.world.count('contact')).toBe(2);
  expect(emulator.world.count('lead')).toBe(0);
  // One that is not there is not there.
  state.erase('Contact', contact.id);
  expect(await deletion.delete([contact], 'bin')).toEqual([DELETED]);
});

test('what a tenant’s own service lets be deleted is deleted, and the check tells which sets those are', async () => {
  const { deletion, connector, clock, emulator, state, add } = bench();
  const [contact] = add('contact', 1) as [RecordToDelete];
  expect((await connector.check()).rights).toMatchObject({ lead: { delete: true }, contact: { delete: false } });
  state.notDeletable.delete('Contact');
  const again = connectFor(manifest, {
    fetch: emulator.request,
    clock,
    credentials: { ...emulator.credentials, tenantUrl: EMULATED_TENANT },
  });
  expect(await again.deletion?.delete([contact], 'bin')).toEqual([DELETED]);
  expect(await deletion.delete([contact], 'bin')).toEqual([DELETED]);
});

test('a lead that somebody converts between our look and its deletion is told as moved', async () => {
  let convert: (() => void) | null = null;
  const { deletion, emulator, state, add } = bench((body) => {
    if (!body.includes('DELETE LeadCollection')) return;
    convert?.();
    convert = null;
  });
  const leads = add('lead', 3);
  let contact = '';
  convert = () => {
    contact = emulator.world.convert(leads[1]?.id ?? '');
  };
  expect(await deletion.delete(leads, 'bin')).toEqual([
    DELETED,
    { kind: 'moved', to: contact, why: 'converted' },
    DELETED,
  ]);
  expect(state.sets.Lead.has(leads[1]?.id ?? '')).toBe(true);
  // Its own row stays with SAP, which does not let go of a converted lead; the contact neither.
  const both: readonly RecordToDelete[] = [
    { kind: 'lead', id: leads[1]?.id ?? '' },
    { kind: 'contact', id: contact },
  ];
  expect(await deletion.delete(both, 'bin')).toMatchObject([
    { kind: 'refused', faults: [{ reason: 'validation_rule', params: { why: 'deletion' } }] },
    NOT_OFFERED,
  ]);
});

test('a lead that changes again and again under our hands is not called deleted', async () => {
  let touch: () => void = () => undefined;
  const { deletion, state, add } = bench((body) => {
    if (body.includes('DELETE LeadCollection')) touch();
  });
  const [lead] = add('lead', 1) as [RecordToDelete];
  touch = () => {
    const row = state.sets.Lead.get(lead.id);
    if (row !== undefined) state.set(row, { AccountCity: 'Oslo' });
  };
  expect(await deletion.delete([lead], 'bin')).toEqual([{ kind: 'unknown' }]);
  touch = () => undefined;
  expect(await deletion.delete([lead], 'bin')).toEqual([DELETED]);
});

test('an ordinary user’s deletions go with a token of the session', async () => {
  const { deletion, emulator, add } = bench(() => undefined, true);
  expect(await deletion.delete(add('lead', 3), 'bin')).toEqual([DELETED, DELETED, DELETED]);
  expect(emulator.world.count('lead')).toBe(0);
});
