import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../src/store/db.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { assertNothingLost, assertSettled } from './invariants.ts';
import { comparable } from './person.ts';
import { World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const EMAIL = 'pia@example.com';

/** Pia, whom every side has in Oslo; then a rep moves her to Wien, which the hub has not read yet. */
async function openWorld(): Promise<World> {
  await emptyStore(store);
  const world = new World(store, 7);
  await world.open({ seeded: 0 });
  await world.enterInHub(EMAIL, 'city', 'Oslo');
  await world.round();
  await world.round();
  const place = world.places.find(({ fields }) => fields.has('city'));
  const record = place?.emulator.world.all().find(({ fields }) => fields['email'] === EMAIL);
  expect(record?.fields['city']).toBe('Oslo');
  if (place !== undefined && record !== undefined) await world.enterInCrm(place, record, 'city', 'Wien');
  world.clock.advance(60_000);
  return world;
}

const cities = (world: World): readonly string[] => [
  ...new Set(
    world.places
      .filter(({ fields }) => fields.has('city'))
      .flatMap((place) => world.alive(place).map(({ fields }) => comparable(fields)['city'] ?? '')),
  ),
];

test('[R1] [R4] a value entered again as it stands, or put back to it, is no edit: what a rep had changed comes in, and stays', async () => {
  for (const entered of [['Oslo'], ['Saint-Étienne', 'Oslo']]) {
    const world = await openWorld();
    for (const city of entered) await world.enterInHub(EMAIL, 'city', city);
    await world.round();
    await world.round();
    expect({ entered, cities: cities(world) }).toEqual({ entered, cities: ['Wien'] });
    await assertSettled(world);
  }
});

test('[R4] a value entered anew is an edit: later than the rep’s it wins, and theirs is kept', async () => {
  const world = await openWorld();
  await world.enterInHub(EMAIL, 'city', 'Saint-Étienne');
  await world.round();
  await world.round();
  expect(cities(world)).toEqual(['Saint-Étienne']);
  await assertSettled(world);
  // The same end without the kept conflict would be a loss, and is seen as one: the later value gone, the earlier there.
  await sql`update contacts set fields = fields || '{"city":"Wien"}'::jsonb where email = ${EMAIL}`.execute(store.db);
  await assertNothingLost(world);
  await sql`delete from conflicts`.execute(store.db);
  await expect(assertNothingLost(world)).rejects.toMatchObject({ actual: { lost: true } });
});

test('a value put back is still looked for where nothing that anybody entered stands in its place', async () => {
  const world = await openWorld();
  await world.enterInHub(EMAIL, 'city', 'Oslo');
  await sql`update contacts set fields = fields || '{"city":"Nowhere"}'::jsonb where email = ${EMAIL}`.execute(
    store.db,
  );
  await expect(assertNothingLost(world)).rejects.toMatchObject({ actual: { lost: true } });
});
