import { sql } from 'kysely';
import { expect } from 'vitest';
import { emailKey } from '../../src/core/email.ts';
import { comparable, type Edit, partOf } from './person.ts';
import type { Place, World } from './world.ts';

/** The closing paragraph of the rules: what must hold, whatever happened. */
export async function assertSettled(world: World): Promise<void> {
  const before = await snapshot(world);
  const since = world.clock.now();
  await world.round();
  expect(await snapshot(world)).toEqual(before);
  expect(await world.failuresSince(since)).toEqual([]);
  expect(await world.deps.store.db.selectFrom('intents').selectAll().execute()).toEqual([]);
  await assertNobodyTwice(world);
  await assertCounted(world);
  await assertAgreement(world);
  await assertNothingLost(world);
}

/** Every value on every side: "a further run writes nothing". */
async function snapshot(world: World): Promise<unknown> {
  const contacts = await world.deps.store.db
    .selectFrom('contacts')
    .select(['id', 'fields', 'email'])
    .orderBy('id')
    .execute();
  const records = world.places.map(({ crm, emulator }) => [
    crm,
    emulator.world.all().map((record) => `${record.id} ${record.modifiedAt} ${JSON.stringify(record.raw)}`),
  ]);
  return { contacts: contacts.map((one) => JSON.stringify(one)), records };
}

/** No person exists twice because of us: one alive record per address and CRM, unless a rep made the other. */
async function assertNobodyTwice(world: World): Promise<void> {
  for (const place of world.places) {
    const seen = new Map<string, string[]>();
    for (const record of world.alive(place)) {
      const key = emailKey(String(record.fields['email'] ?? '')) ?? '';
      seen.set(key, [...(seen.get(key) ?? []), record.id]);
    }
    expect({ crm: place.crm, twice: [...seen].filter(([, ids]) => ids.length > 1) }).toEqual({
      crm: place.crm,
      twice: [],
    });
  }
  const doubles = await sql<{ count: number }>`
    select count(*)::int as count from (
      select 1 from links where role = 'primary' group by connection_id, contact_id having count(*) > 1) as d`.execute(
    world.deps.store.db,
  );
  expect(doubles.rows[0]?.count).toBe(0);
}

/** R43: the counts of each run towards the hub are the items that it has, one a record, crashes and second looks included. */
async function assertCounted(world: World): Promise<void> {
  const wrong = await sql<{ id: string }>`
    select r.id, r.counts, i.* from runs r cross join lateral (
        select count(*) as items, count(distinct crm_id) as records, count(*) filter (where outcome = 'created') as created,
               count(*) filter (where outcome = 'updated') as updated, count(*) filter (where outcome = 'rejected') as rejected
          from items where run_id = r.id) i
     where r.direction = 'toHub' and not r.dry_run and r.undo is null
       and (i.items <> i.records or (r.counts ->> 'created')::int <> i.created or (r.counts ->> 'updated')::int <> i.updated
            or (r.counts ->> 'rejected')::int <> i.rejected
            or (r.counts ->> 'seen')::int <> (r.counts ->> 'created')::int + (r.counts ->> 'updated')::int + (r.counts ->> 'rejected')::int
                                             + (r.counts ->> 'unchanged')::int + (r.counts ->> 'filtered')::int + (r.counts ->> 'deferred')::int)`.execute(
    world.deps.store.db,
  );
  expect(wrong.rows).toEqual([]);
}

interface LinkRow {
  readonly connection_id: string;
  readonly contact_id: string;
  readonly crm_id: string;
  readonly kind: string;
  readonly email: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly holds: Readonly<Record<string, unknown>>;
  readonly shadow: Readonly<Record<string, { readonly hub: unknown; readonly crm: unknown }>>;
}

const activeLinks = async (world: World): Promise<readonly LinkRow[]> =>
  (
    await sql<LinkRow>`
      select l.connection_id, l.contact_id, l.crm_id, l.kind, c.email, c.fields, l.holds, l.shadow from links l
        join contacts c on c.id = l.contact_id where l.role = 'primary' and l.state = 'active'`.execute(
      world.deps.store.db,
    )
  ).rows;

/** Both sides agree on every two-way field of every active lead, except where it is held or openly rejected. */
async function assertAgreement(world: World): Promise<void> {
  const rejected = await openRejections(world);
  const places = new Map<string, Place>(world.places.map((place) => [place.connection, place]));
  for (const link of await activeLinks(world)) {
    const place = places.get(link.connection_id);
    const record = place?.emulator.world.get(link.crm_id);
    if (place === undefined || record === undefined || record.deleted || link.kind === 'contact') continue;
    const [hub, crm] = [comparable(link.fields), comparable(record.fields)];
    const held = new Set(Object.keys(link.holds).map((line) => partOf(line.split(':')[1] ?? '')));
    for (const part of new Set([...place.fields].map(partOf))) {
      if (!(part in hub) || held.has(part) || rejected.has(`${link.connection_id} ${link.contact_id} ${part}`))
        continue;
      // Both sides put the same into one part of a name, and each keeps its own cut of the rest: the hub has it whole.
      if (part === 'name' && holdsAll(hub[part], crm[part]) && isAsAgreed(link, record.fields)) continue;
      const about = { crm: place.crm, id: link.crm_id, email: link.email, part };
      expect({ ...about, value: truth(part, crm[part]) }).toEqual({ ...about, value: truth(part, hub[part]) });
    }
  }
}

const holdsAll = (whole = '', part = ''): boolean => part.split(' ').every((word) => whole.split(' ').includes(word));

/** R1b: each part is, on both sides, what the shadow says. */
const isAsAgreed = (link: LinkRow, fields: Readonly<Record<string, unknown>>): boolean =>
  ['first_name', 'last_name'].every((key) => {
    const [, shadow] = Object.entries(link.shadow).find(([line]) => line.split(':')[1] === key) ?? [];
    const hub = link.fields[key] ?? null;
    return shadow !== undefined && shadow.hub === hub && shadow.crm === (fields[key] ?? null);
  });

/** An empty yes/no is a no. */
const truth = (part: string, value: string | undefined): string | undefined =>
  part === 'opt_out' ? (value === 'true' ? 'true' : '') : value;

async function openRejections(world: World): Promise<ReadonlySet<string>> {
  const rows = await sql<{ connection_id: string; contact_id: string; line: string }>`
    select connection_id, contact_id, line from rejections where resolved_at is null`.execute(world.deps.store.db);
  return new Set(
    rows.rows.map((row) => `${row.connection_id} ${row.contact_id} ${partOf(row.line.split(':')[1] ?? '')}`),
  );
}

/**
 * Every value that a person entered last is where it was put, or in the conflict history. A value put back to what both
 * sides last agreed on counts as not edited: what somebody had entered before may stand in its place.
 */
export async function assertNothingLost(world: World): Promise<void> {
  const { db } = world.deps.store;
  // Of whom a person took something back, that is what counts (R38).
  const undone = await sql<{ email: string }>`
    select distinct i.email from items i join runs r on r.id = i.run_id where r.undo is not null and not r.dry_run and i.email is not null`.execute(
    db,
  );
  for (const { email } of undone.rows) world.touched.add(email);
  const contacts = new Map(
    (await db.selectFrom('contacts').select(['id', 'email', 'fields']).execute()).map((one) => [one.email, one]),
  );
  const conflicts = await db
    .selectFrom('conflicts')
    .select(['contact_id', 'hub_field', 'hub_value', 'crm_value'])
    .execute();
  for (const edit of lastEdits(world.edits)) {
    const contact = contacts.get(edit.email);
    if (contact === undefined || world.touched.has(edit.email) || edit.value === null) continue;
    const kept = conflicts.some(
      (one) =>
        one.contact_id === contact.id &&
        one.hub_field === edit.field &&
        (one.hub_value === edit.value || one.crm_value === edit.value),
    );
    const name = comparable(contact.fields)[partOf(edit.field)] ?? '';
    const there = isThere(edit, name);
    if (!there && !kept && edit.putBack && earlierEdits(world.edits, edit).some((one) => isThere(one, name))) continue;
    expect({ ...edit, lost: !there && !kept, hub: name }).toEqual({ ...edit, lost: false, hub: name });
    world.tally.found += 1;
  }
}

const isThere = ({ field, value }: Edit, held: string): boolean =>
  field === 'first_name' ? held.includes(String(value ?? '')) : held === (value ?? '');

const earlierEdits = (edits: readonly Edit[], last: Edit): readonly Edit[] =>
  edits
    .slice(0, edits.indexOf(last))
    .filter((one) => one.email === last.email && one.field === last.field && one.value !== last.value);

const lastEdits = (edits: readonly Edit[]): readonly Edit[] => [
  ...new Map(edits.map((edit) => [`${edit.email} ${edit.field}`, edit])).values(),
];
