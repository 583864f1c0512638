import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openTestStore } from '../../test/support/database.ts';
import { keepStatistics } from './statistics.ts';

test('the embedded database learns how its tables have grown, a few times in a large import', async () => {
  const store = await openTestStore();
  const known = async (): Promise<number> => {
    const found = await sql<{
      rows: number;
    }>`select reltuples::int as rows from pg_class where relname = 'directory'`.execute(store.db);
    return found.rows[0]?.rows ?? 0;
  };
  const write = async (from: number, to: number): Promise<void> => {
    await sql`insert into directory (connection_id, crm_id, kind, seen_at)
              select 'con_1', i::text, 'lead', 1 from generate_series(${from}::int, ${to}::int) i`.execute(store.db);
    await keepStatistics(store, to - from + 1);
  };
  await write(1, 1_999);
  expect(await known()).toBeLessThanOrEqual(0);
  await write(2_000, 2_500);
  expect(await known()).toBe(2_500);
  await write(2_501, 9_900);
  expect(await known()).toBe(2_500);
  await write(9_901, 10_000);
  expect(await known()).toBe(10_000);
  await store.close();
});
