import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { inDirectory } from '../../src/engine/directory-lookup.ts';
import { describeEachDatabase } from '../support/database.ts';

describeEachDatabase('the directory of all records ever read', (open) => {
  test('[R33] is asked by the index of addresses also before the database has statistics, and knows further addresses', async () => {
    const { db } = open();
    await sql`insert into directory (connection_id, crm_id, kind, emails, seen_at, gone_at)
      select 'con_1', 'r' || g, 'lead', array['p' || g || '@example.com'] || case when g % 50 = 0 then array['q' || g || '@example.com'] else '{}'::text[] end,
             0, case when g = 7 then 1 end from generate_series(1, 5000) g`.execute(db);
    const keys = ['p3@example.com', 'p7@example.com', 'q50@example.com', 'nobody@example.com'];
    const found = await inDirectory('con_1', keys).execute(db);
    expect(new Map(found.rows.map((row) => [row.crm_id, row.email]))).toEqual(
      new Map([
        ['r3', 'p3@example.com'],
        ['r50', 'q50@example.com'],
      ]),
    );
    const many = Array.from({ length: 200 }, (_, index) => `p${index}@example.com`);
    const plan = await sql<{ 'QUERY PLAN': string }>`explain ${inDirectory('con_1', many)}`.execute(db);
    expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Cond: .*emails\[1\] = k\.email/);
  });
});
