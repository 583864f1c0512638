import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { costOf } from './costs.ts';
import { createPipedriveEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

function open(answer: (asked: Asked) => Response | null = () => null) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const { state, world, request, credentials, calls } = createPipedriveEmulator({ clock });
  const connector = connectFor(manifest, { fetch: answering(answer, request), clock, credentials });
  const seed = (...names: string[]): readonly string[] =>
    world.seed(
      names.map((name) => ({ email: `${name}@example.com`, last_name: name })),
      'lead',
    );
  const remove = async (...ids: readonly string[]) =>
    (await connector.deletion?.delete(
      ids.map((id) => ({ kind: 'person', id })),
      'forever',
    )) ?? [];
  return { state, world, clock, calls, seed, remove };
}

describe('deleting in Pipedrive', () => {
  test('[C51] a right that the user lacks is refused for each person, with Pipedrive’s words', async () => {
    const { state, world, seed, remove } = open();
    const [ada = '', bob = ''] = seed('ada', 'bob');
    state.mayDelete = false;
    const vendor = expect.stringContaining('You do not have permission to delete this person.') as string;
    const refused = {
      kind: 'refused',
      faults: [{ reason: 'no_permission', field: null, params: { why: 'deletion', code: '403', vendor } }],
    };
    expect(await remove(ada, bob)).toEqual([refused, refused]);
    expect(world.all()).toHaveLength(2);
  });

  test('[C52] a page that says 404 is not a person who is gone; 410 is one', async () => {
    let status = 404;
    const { world, seed, remove } = open(({ method }) =>
      method === 'DELETE'
        ? status === 404
          ? new Response('<html>Not Found</html>', { status })
          : Response.json({ success: false, error: 'Person has been deleted' }, { status })
        : null,
    );
    const [ada = ''] = seed('ada');
    expect(await remove(ada)).toMatchObject([{ kind: 'refused' }]);
    expect(world.get(ada)?.deleted).toBe(false);
    status = 410;
    expect(await remove(ada)).toEqual([{ kind: 'deleted' }]);
  });

  test('[C53] a door that was shut for a while stops everything and says when to come again', async () => {
    const { world, clock, seed, remove } = open(({ method }) =>
      method === 'DELETE' ? new Response('<html>Forbidden</html>', { status: 403 }) : null,
    );
    const ids = seed(...Array.from({ length: 12 }, (_, index) => `p${index}`));
    const outcomes = await remove(...ids);
    expect(new Set(outcomes.map((one) => one.kind))).toEqual(new Set(['throttled']));
    const [first] = outcomes;
    expect(first?.kind === 'throttled' && (first.retryAt ?? 0) > clock.now() - 1_000).toBe(true);
    expect(world.all()).toHaveLength(12);
  });

  test('[C55] there is nothing but the bin: for thirty days a person comes back, and then never', async () => {
    const { world, clock, seed, remove } = open();
    const [ada = ''] = seed('ada');
    expect(await remove(ada)).toEqual([{ kind: 'deleted' }]);
    expect([world.deletion?.restore(ada), world.get(ada)?.deleted]).toEqual([true, false]);
    await remove(ada);
    clock.advance(31 * 86_400_000);
    expect([world.deletion?.restore(ada), world.deletion?.bin()]).toEqual([false, []]);
    expect(await remove(ada)).toEqual([{ kind: 'deleted' }]);
  });

  test('[R34] a deletion costs three tokens', () => {
    expect(costOf({ method: 'DELETE', path: '/api/v2/persons/7' })).toBe(3);
    expect(costOf({ method: 'DELETE', path: '/api/v1/webhooks/7' })).toBe(6);
  });
});
