import { sql } from 'kysely';
import { expect } from 'vitest';
import { emailKey } from '../../src/core/email.ts';
import type { World } from './world.ts';

/** The closing paragraph of the rules: what must hold, whatever happened. */
export async function assertSettled(world: World): Promise<void> {
  const { db } = world.deps.store;
  const before = world.crms.map((crm) => JSON.stringify(crm.world.all().map((record) => record.raw)));
  const contactsBefore = JSON.stringify(
    await db.selectFrom('contacts').select(['id', 'fields', 'email']).orderBy('id').execute(),
  );
  await world.quiet(1);
  expect(world.crms.map((crm) => JSON.stringify(crm.world.all().map((record) => record.raw)))).toEqual(before);
  expect(
    JSON.stringify(await db.selectFrom('contacts').select(['id', 'fields', 'email']).orderBy('id').execute()),
  ).toBe(contactsBefore);
  expect(await world.failures()).toEqual([]);
  expect(await db.selectFrom('intents').selectAll().execute()).toEqual([]);
  await assertNobodyTwice(world);
  await assertAgreement(world);
}

/** No person exists twice because of us: one alive record per address and CRM, unless a rep made the other. */
async function assertNobodyTwice(world: World): Promise<void> {
  for (const crm of world.crms) {
    const made = crm.world.all().filter((record) => !record.deleted && typeof record.fields['email'] === 'string');
    const seen = new Map<string, number>();
    for (const record of made) {
      const key = emailKey(String(record.fields['email'])) ?? '';
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect([...seen].filter(([, count]) => count > 1)).toEqual([]);
  }
  const doubles = await sql<{
    count: number;
  }>`select count(*)::int as count from (select 1 from links where role = 'primary' group by connection_id, contact_id having count(*) > 1) as d`.execute(
    world.deps.store.db,
  );
  expect(doubles.rows[0]?.count).toBe(0);
}

const FIELDS = ['first_name', 'job_title', 'phone', 'city', 'country'] as const;

/** Both sides agree on every two-way field of every active, unheld lead. */
async function assertAgreement(world: World): Promise<void> {
  const links = await sql<{
    connection_id: string;
    crm_id: string;
    kind: string;
    fields: Record<string, unknown>;
    holds: object;
  }>`
    select l.connection_id, l.crm_id, l.kind, c.fields, l.holds from links l join contacts c on c.id = l.contact_id where l.role = 'primary' and l.state = 'active'`.execute(
    world.deps.store.db,
  );
  const open = await sql<{
    count: number;
  }>`select count(*)::int as count from rejections where resolved_at is null and line <> ''`.execute(
    world.deps.store.db,
  );
  if ((open.rows[0]?.count ?? 0) > 0) return;
  for (const link of links.rows) {
    const crm = world.crms[world.connections.indexOf(link.connection_id)];
    const record = crm?.world.get(link.crm_id);
    if (record === undefined || record.deleted || link.kind === 'contact' || Object.keys(link.holds).length > 0)
      continue;
    for (const field of FIELDS) {
      const hub = String(link.fields[field] ?? '');
      expect({ crm: crm?.world.crm, id: link.crm_id, field, value: String(record.fields[field] ?? '') }).toEqual({
        crm: crm?.world.crm,
        id: link.crm_id,
        field,
        value: hub,
      });
    }
  }
}
