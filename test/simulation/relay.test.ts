import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../src/store/db.ts';
import { CRMS } from '../support/crms.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { comparable } from './person.ts';
import { type Place, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const EMAIL = 'relay@example.com';

/** A hub contact that every CRM has, by the ordinary runs. */
async function openWorld(): Promise<World> {
  await emptyStore(store);
  const world = new World(store, 7);
  await world.open({ seeded: 0 });
  await world.editHub(EMAIL, { first_name: 'Rita', last_name: 'Relay', company: 'Acme', job_title: 'Intern' });
  await world.round();
  await world.round();
  return world;
}
const recordIn = (place: Place) => {
  const found = place.emulator.world.all().filter((record) => record.fields['email'] === EMAIL);
  expect({ crm: place.crm, records: found.length }).toEqual({ crm: place.crm, records: 1 });
  return found[0];
};

test('[R44] an edit in one CRM reaches every other CRM through the hub, and comes back as no change', async () => {
  const world = await openWorld();
  expect(world.places.map((place) => place.crm)).toEqual(CRMS);
  for (const from of world.places) {
    const title = `Head of ${from.crm}`;
    from.emulator.world.edit(recordIn(from)?.id ?? '', { job_title: title });
    await world.round();
    await world.round();
    const seen = world.places.map((place) => [place.crm, comparable(recordIn(place)?.fields ?? {})['job_title']]);
    expect({ from: from.crm, seen }).toEqual({ from: from.crm, seen: CRMS.map((crm) => [crm, title]) });
  }
  const stamps = () => world.places.map((place) => recordIn(place)?.modifiedAt);
  const before = stamps();
  await world.round();
  expect(stamps()).toEqual(before);
});

test('[R8] [R44] an opt-out in one CRM reaches the hub and every CRM that can hold it, and is not taken back', async () => {
  const world = await openWorld();
  const holders = world.places.filter((place) => place.fields.has('opt_out'));
  expect(holders.length).toBeGreaterThan(1);
  const [from] = holders;
  from?.emulator.world.edit(recordIn(from)?.id ?? '', { opt_out: true });
  await world.round();
  await world.round();
  expect(holders.map((place) => recordIn(place)?.fields['opt_out'])).toEqual(holders.map(() => true));
  const last = holders.at(-1);
  last?.emulator.world.edit(recordIn(last)?.id ?? '', { opt_out: false });
  await world.round();
  await world.round();
  const hub = await store.db
    .selectFrom('contacts')
    .select('fields')
    .where('email', '=', EMAIL)
    .executeTakeFirstOrThrow();
  expect(hub.fields['opt_out']).toBe(true);
  expect(holders.filter((place) => place !== last).map((place) => recordIn(place)?.fields['opt_out'])).toEqual(
    holders.slice(0, -1).map(() => true),
  );
});
