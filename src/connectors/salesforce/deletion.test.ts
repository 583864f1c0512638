import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { createSalesforceEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

const HOST = 'https://emulated.my.salesforce.test';

function open(answer: (asked: Asked) => Response | null = () => null) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const { state, world, request, credentials } = createSalesforceEmulator({ clock, url: () => HOST });
  const asked: Asked[] = [];
  const fetch = answering((one) => {
    asked.push(one);
    return answer(one);
  }, request);
  const connector = connectFor(manifest, { fetch, clock, credentials: { ...credentials, loginUrl: HOST } });
  const seed = (kind: 'lead' | 'contact', ...names: string[]): readonly string[] =>
    world.seed(
      names.map((name) => ({ email: `${name}@example.com`, last_name: name })),
      kind,
    );
  const removing =
    (how: 'bin' | 'forever') =>
    async (kind: 'lead' | 'contact', ...ids: readonly string[]) =>
      (await connector.deletion?.delete(
        ids.map((id) => ({ kind, id })),
        how,
      )) ?? [];
  return { connector, state, world, clock, asked, seed, remove: removing('bin'), forget: removing('forever') };
}
const isThere = (world: ReturnType<typeof open>['world'], id: string): boolean => world.get(id)?.deleted === false;

describe('deleting in Salesforce', () => {
  test('[C51] a contact with cases stays, told with Salesforce’s words; so does what an approval has locked', async () => {
    const { state, world, seed, remove } = open();
    const [ada = '', bob = '', eve = ''] = seed('contact', 'Ada', 'Bob', 'Eve');
    state.cases.set(ada, '00001026');
    state.locked.add(bob);
    const vendor = expect.stringContaining('associated with the following cases.: 00001026') as string;
    expect(await remove('contact', ada, bob, eve)).toEqual([
      {
        kind: 'refused',
        faults: [
          {
            reason: 'rejected_by_crm',
            field: null,
            params: { why: 'deletion_related', code: 'DELETE_FAILED', vendor },
          },
        ],
      },
      {
        kind: 'refused',
        faults: [
          {
            reason: 'record_locked',
            field: null,
            params: { why: 'deletion', code: 'ENTITY_IS_LOCKED', vendor: 'the entity is locked for editing' },
          },
        ],
      },
      { kind: 'deleted' },
    ]);
    expect([ada, bob, eve].map((id) => isThere(world, id))).toEqual([true, true, false]);
  });

  test('[C51] the right to delete is told by the check, and its want refuses each record of that object alone', async () => {
    const { connector, state, seed, remove } = open();
    const [lead = ''] = seed('lead', 'Ada');
    const [contact = ''] = seed('contact', 'Bob');
    state.security.rights.Contact = { createable: true, updateable: true, deletable: false };
    expect((await connector.check()).rights).toMatchObject({ lead: { delete: true }, contact: { delete: false } });
    expect(await remove('contact', contact)).toMatchObject([
      { kind: 'refused', faults: [{ reason: 'no_permission', params: { why: 'deletion' } }] },
    ]);
    expect(await remove('lead', lead)).toEqual([{ kind: 'deleted' }]);
  });

  test('[C54] a lead whose contact was merged into another one is told as that one; when nobody is left it is deleted', async () => {
    const { world, seed, remove } = open();
    const [lead = ''] = seed('lead', 'Ada');
    const [other = '', third = ''] = seed('contact', 'Ada2', 'Ada3');
    const contact = world.convert(lead);
    world.merge(contact, other);
    world.merge(other, third);
    expect(await remove('lead', lead)).toEqual([{ kind: 'moved', to: third, why: 'converted' }]);
    expect(await remove('contact', contact)).toEqual([{ kind: 'moved', to: third, why: 'merged' }]);
    expect([isThere(world, lead), isThere(world, third)]).toEqual([true, true]);
    world.remove(third);
    expect(await remove('lead', lead)).toEqual([{ kind: 'deleted' }]);
    expect(isThere(world, lead)).toBe(false);
  });

  test('[C55] with a contact who shall be forgotten go the leads that it was made from, and nobody else', async () => {
    const { world, state, seed, remove, forget } = open();
    const [lead = '', other = ''] = seed('lead', 'Ada', 'Bob');
    const [contact, stranger] = [world.convert(lead), world.convert(other)];
    const there = () => [lead, contact, other, stranger].map((id) => isThere(world, id));
    state.locked.add(lead);
    expect(await forget('contact', contact)).toMatchObject([
      { kind: 'refused', faults: [{ reason: 'record_locked' }] },
    ]);
    expect(there()).toEqual([true, true, true, true]);
    state.locked.clear();
    // A lead is still told as the contact that it became: whose that is, is not the connector's to say.
    expect(await forget('lead', lead)).toEqual([{ kind: 'moved', to: contact, why: 'converted' }]);
    expect(await forget('contact', contact)).toEqual([{ kind: 'deleted' }]);
    expect(there()).toEqual([false, false, true, true]);
    // As a person would delete: the contact alone.
    expect(await remove('contact', stranger)).toEqual([{ kind: 'deleted' }]);
    expect(there()).toEqual([false, false, true, false]);
  });

  test('[C55] a user who sees no leads can still delete a contact for good', async () => {
    const { world, seed, forget } = open(({ url }) =>
      /FROM Lead /.test(url.searchParams.get('q') ?? '')
        ? Response.json([{ message: "sObject type 'Lead' is not supported.", errorCode: 'INVALID_TYPE' }], {
            status: 400,
          })
        : null,
    );
    const [ada = ''] = seed('contact', 'Ada');
    expect(await forget('contact', ada)).toEqual([{ kind: 'deleted' }]);
    expect(isThere(world, ada)).toBe(false);
  });

  test('[C54] ids of 15 characters mean the same people', async () => {
    const { world, seed, remove } = open();
    const [lead = '', plain = ''] = seed('lead', 'Ada', 'Bob');
    const contact = world.convert(lead);
    const short = (id: string): string => id.slice(0, 15);
    expect(await remove('lead', short(lead), short(plain))).toEqual([
      { kind: 'moved', to: contact, why: 'converted' },
      { kind: 'deleted' },
    ]);
    expect([isThere(world, lead), isThere(world, plain)]).toEqual([true, false]);
  });

  test('[C52] who left the recycle bin, or never was, counts as deleted', async () => {
    const { remove } = open();
    expect(await remove('contact', '003EM0000000999AAA')).toEqual([{ kind: 'deleted' }]);
  });

  test('[C53] nothing is deleted when the look that comes before it fails', async () => {
    const { world, asked, seed, remove } = open(({ method, url }) =>
      method === 'POST' && url.pathname.endsWith('/composite/sobjects/Lead')
        ? Response.json([{ message: 'down', errorCode: 'SERVER_UNAVAILABLE' }], { status: 503 })
        : null,
    );
    const [lead = ''] = seed('lead', 'Ada');
    expect(await remove('lead', lead)).toEqual([{ kind: 'throttled', retryAt: null }]);
    expect([isThere(world, lead), asked.filter(({ method }) => method === 'DELETE').length]).toEqual([true, 0]);
  });

  test('[C53] a row that is locked for a moment is asked for again, and keeps nobody else', async () => {
    let busy = '';
    const { world, seed, remove } = open(({ method, url }) => {
      const ids = (url.searchParams.get('ids') ?? '').split(',');
      if (method !== 'DELETE' || !ids.includes(busy)) return null;
      return Response.json(
        ids.map((id) =>
          id === busy
            ? { success: false, errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable', fields: [] }] }
            : { id, success: true, errors: [] },
        ),
      );
    });
    const [ada = '', bob = ''] = seed('contact', 'Ada', 'Bob');
    busy = ada;
    expect(await remove('contact', ada, bob)).toEqual([{ kind: 'throttled', retryAt: null }, { kind: 'deleted' }]);
    busy = '';
    expect(await remove('contact', ada)).toEqual([{ kind: 'deleted' }]);
    expect(isThere(world, ada)).toBe(false);
  });
});
