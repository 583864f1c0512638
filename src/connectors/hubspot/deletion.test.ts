import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { createHubSpotEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

function open(answer: (asked: Asked) => Response | null = () => null) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createHubSpotEmulator({ clock });
  const sent: string[] = [];
  const fetch = answering((one) => {
    if (/\/(?:batch\/archive|gdpr-delete)$/.test(one.url.pathname)) sent.push(JSON.stringify(one.body));
    return answer(one);
  }, emulator.request);
  const connector = connectFor(manifest, {
    fetch,
    clock,
    credentials: { method: 'token', accessToken: emulator.token },
  });
  const seed = (...names: string[]): readonly string[] =>
    emulator.world.seed(
      names.map((name) => ({ email: `${name}@example.com`, last_name: name })),
      'lead',
    );
  const remove = async (how: 'bin' | 'forever', ...ids: readonly string[]) =>
    (await connector.deletion?.delete(
      ids.map((id) => ({ kind: 'lead', id })),
      how,
    )) ?? [];
  return { connector, emulator, world: emulator.world, clock, sent, seed, remove };
}

describe('deleting in HubSpot', () => {
  test.each(['bin', 'forever'] as const)(
    '[C54] a former id is never sent: it could reach whoever stays (%s)',
    async (how) => {
      const { world, sent, seed, remove } = open();
      const [ada = '', bob = '', eve = ''] = seed('ada', 'bob', 'eve');
      const stays = world.merge(ada, bob);
      expect(await remove(how, ada, bob, eve)).toEqual([
        { kind: 'moved', to: stays, why: 'merged' },
        { kind: 'moved', to: stays, why: 'merged' },
        { kind: 'deleted' },
      ]);
      expect(sent.some((body) => body.includes(ada) || body.includes(bob))).toBe(false);
      expect(world.get(stays)?.deleted).toBe(false);
      expect(await remove(how, ada, bob, stays)).toEqual([
        { kind: 'deleted' },
        { kind: 'deleted' },
        { kind: 'deleted' },
      ]);
      expect(world.get(stays)?.deleted ?? true).toBe(true);
    },
  );

  test('[C54] a former id is known for one also where reading by batch does not follow it', async () => {
    const { world, sent, seed, remove } = open(({ url }) =>
      url.pathname.endsWith('/batch/read') ? Response.json({ status: 'COMPLETE', results: [] }, { status: 207 }) : null,
    );
    const [ada = '', bob = ''] = seed('ada', 'bob');
    const stays = world.merge(ada, bob);
    expect(await remove('forever', ada)).toEqual([{ kind: 'moved', to: stays, why: 'merged' }]);
    expect(sent).toEqual([]);
  });

  test('[C51] one contact that is named as a lead and as a contact is sent once', async () => {
    const { connector, sent, seed } = open();
    const [ada = ''] = seed('ada');
    const twice = [
      { kind: 'lead', id: ada },
      { kind: 'contact', id: ada },
    ] as const;
    expect(await connector.deletion?.delete(twice, 'bin')).toEqual([{ kind: 'deleted' }, { kind: 'deleted' }]);
    expect(sent).toEqual([JSON.stringify({ inputs: [{ id: ada }] })]);
  });

  test('[C51] a scope that is missing is refused for each record and named, and nothing is thrown', async () => {
    const { emulator, seed, remove } = open();
    const ids = seed('ada', 'bob');
    emulator.state.scopes.delete('crm.objects.contacts.write');
    for (const how of ['bin', 'forever'] as const) {
      const outcomes = await remove(how, ...ids);
      expect(outcomes).toHaveLength(2);
      for (const one of outcomes)
        expect(one).toMatchObject({
          kind: 'refused',
          faults: [
            {
              reason: 'no_permission',
              params: {
                code: 'MISSING_SCOPES',
                vendor: expect.stringContaining('crm.objects.contacts.write') as string,
              },
            },
          ],
        });
    }
  });

  test('[C52] a page that says 404 is not a contact that is gone', async () => {
    const { world, seed, remove } = open(({ url }) =>
      url.pathname.endsWith('/gdpr-delete') ? new Response('<html>Not Found</html>', { status: 404 }) : null,
    );
    const [ada = ''] = seed('ada');
    expect(await remove('forever', ada)).toMatchObject([
      { kind: 'refused', faults: [{ params: { code: 'HTTP 404' } }] },
    ]);
    expect(world.get(ada)?.deleted).toBe(false);
  });

  test('[C53] a batch that was read in part deletes nobody', async () => {
    const { world, sent, seed, remove } = open(({ url }) =>
      url.pathname.endsWith('/batch/read')
        ? Response.json({ status: 'COMPLETE', results: [], errors: [{ category: 'INTERNAL_ERROR' }] }, { status: 207 })
        : null,
    );
    const [ada = ''] = seed('ada');
    expect(await remove('bin', ada)).toEqual([{ kind: 'throttled', retryAt: null }]);
    expect([sent, world.get(ada)?.deleted]).toEqual([[], false]);
  });

  test('[C55] a restored contact has its address again, unless somebody else took it meanwhile', async () => {
    const { world, clock, seed, remove } = open();
    const [ada = ''] = seed('ada');
    await remove('bin', ada);
    const [other = ''] = seed('ada');
    expect(world.deletion?.restore(ada)).toBe(false);
    await remove('bin', other);
    expect([world.deletion?.restore(ada), world.get(ada)?.deleted]).toEqual([true, false]);
    await remove('bin', ada);
    clock.advance(91 * 86_400_000);
    expect(world.deletion?.restore(ada)).toBe(false);
  });
});
