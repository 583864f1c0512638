import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Conflicted, InvalidInput } from '../../src/core/invalid-input.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { runBulkChanges } from '../../src/engine/run-bulk-changes.ts';
import { beginBulkChange, loadBulkChange, resumeBulkChange, stopBulkChange } from '../../src/hub/bulk-changes.ts';
import type { ContactsChange } from '../../src/hub/change-contacts.ts';
import { hubFields } from '../../src/hub/fields.ts';
import { eraseContact } from '../../src/hub/privacy/erase-contact.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, testDeps } from '../support/engine.ts';

const PEOPLE = 1_234;

describeEachDatabase('changes of everybody who meets a filter', (store) => {
  let deps: EngineDeps;
  const clock = manualClock(START);

  beforeEach(async () => {
    deps = testDeps(store(), clock, async () => new Response('', { status: 500 }));
    await store().transaction(async (trx) => {
      for (let from = 0; from < PEOPLE; from += 500)
        await saveContacts(
          trx,
          Array.from({ length: Math.min(500, PEOPLE - from) }, (_, at) => ({
            fields: { email: `p${from + at}@example.com`, city: from + at < 1_200 ? 'Lyon' : 'Paris' },
          })),
          { by: 'person', at: START, newId: () => deps.ids.next('ct'), mode: 'create' },
        );
    });
    clock.advance(1_000);
  });
  afterEach(() => emptyStore(store()));

  const begin = (change: ContactsChange, expected: number, city = 'Lyon') =>
    store().transaction(async (trx) =>
      beginBulkChange(
        trx,
        {
          ...change,
          id: deps.ids.next('blk'),
          query: { filter: [{ field: 'city', op: 'is', value: city }], fields: await hubFields(trx) },
          expected,
          by: 'person',
          createdBy: 'usr_ada',
        },
        clock.now(),
      ),
    );
  const count = async (where: ReturnType<typeof sql>): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from contacts where ${where}`.execute(
      store().db,
    );
    return rows[0]?.n ?? 0;
  };

  test('[R30] killed after any piece, a change of many reaches everybody, each once, with who did it in their history', async () => {
    // The change takes people out of the filter that meant them.
    const { id, total } = await begin({ action: 'set', field: 'city', value: 'Paris' }, 1_200);
    expect(total).toBe(1_200);
    for (let kills = 0; kills < 2; kills += 1) {
      const dying = {
        ...deps,
        checkpoint: () => {
          throw new Error('killed');
        },
      };
      await expect(runBulkChanges(dying)).rejects.toThrow('killed');
      // A dead worker's lease runs out.
      clock.advance(31_000);
    }
    await runBulkChanges(deps);
    expect(await loadBulkChange(store().db, id)).toMatchObject({
      status: 'done',
      left: 0,
      changed: 1_200,
      refused: 0,
      value: null,
    });
    expect(await count(sql`fields ->> 'city' = 'Paris'`)).toBe(PEOPLE);
    const history = await sql<{ n: number; people: number }>`
      select count(*)::int as n, count(distinct contact_id)::int as people from contact_history
       where field = 'city' and origin ->> 'source' = 'usr_ada' and "to" = '"Paris"'::jsonb`.execute(store().db);
    expect(history.rows[0]).toEqual({ n: 1_200, people: 1_200 });
  });

  test('stopped, it leaves who is left as they are; it goes on where it was, and ends once', async () => {
    const { id } = await begin({ action: 'archive' }, 1_200);
    const dying: EngineDeps = {
      ...deps,
      checkpoint: () => {
        throw new Error('killed');
      },
    };
    await expect(runBulkChanges(dying)).rejects.toThrow('killed');
    await store().transaction((trx) => stopBulkChange(trx, id, clock.now()));
    const stopped = await loadBulkChange(store().db, id);
    expect(stopped.status).toBe('stopped');
    expect(stopped.left).toBe(700);
    expect(await count(sql`archived_at is not null`)).toBe(500);
    await runBulkChanges(deps);
    expect((await loadBulkChange(store().db, id)).left).toBe(stopped.left);
    await store().transaction((trx) => resumeBulkChange(trx, id));
    await runBulkChanges(deps);
    expect(await loadBulkChange(store().db, id)).toMatchObject({ status: 'done', left: 0, changed: 1_200 });
    expect(await count(sql`archived_at is not null`)).toBe(1_200);
    await expect(store().transaction((trx) => resumeBulkChange(trx, id))).rejects.toThrow(Conflicted);
  });

  test('[R46] whoever opted out stays opted out, is counted, and the reason is told; the others are changed', async () => {
    await sql`update contacts set fields = fields || '{"opt_out": true}' where email in ('p3@example.com', 'p700@example.com')`.execute(
      store().db,
    );
    const { id } = await begin({ action: 'set', field: 'opt_out', value: false }, 1_200);
    await runBulkChanges(deps);
    expect(await loadBulkChange(store().db, id)).toMatchObject({
      status: 'done',
      changed: 1_198,
      refused: 2,
      problem: { code: 'opt_out_lift' },
    });
    expect(await count(sql`(fields ->> 'opt_out')::boolean`)).toBe(2);
  });

  test('[R18] who is deleted by it gets a tombstone; who is erased while it waits is not reached, and stands nowhere', async () => {
    const { id } = await begin({ action: 'delete' }, 34, 'Paris');
    const [first] = (
      await sql<{ id: string }>`select contact_id as id from bulk_change_contacts order by 1 limit 1`.execute(
        store().db,
      )
    ).rows;
    await store().transaction((trx) => eraseContact(trx, first?.id ?? '', clock.now()));
    await runBulkChanges(deps);
    expect(await loadBulkChange(store().db, id)).toMatchObject({ status: 'done', total: 34, changed: 33, left: 0 });
    expect(await count(sql`fields ->> 'city' = 'Paris'`)).toBe(0);
    const tombstones = await sql<{
      n: number;
    }>`select count(*)::int as n from tombstones where email_key is not null`.execute(store().db);
    expect(tombstones.rows[0]?.n).toBe(33);
  });

  test('what would mean others than were seen, or can be given to nobody, begins nothing', async () => {
    await expect(begin({ action: 'archive' }, 900)).rejects.toThrow(Conflicted);
    await expect(begin({ action: 'set', field: 'opt_out', value: 'perhaps' }, 1_200)).rejects.toThrow(InvalidInput);
    await expect(begin({ action: 'set', field: 'email', value: 'a@example.com' }, 1_200)).rejects.toThrow(InvalidInput);
    const left = await sql<{
      n: number;
    }>`select (select count(*) from bulk_changes)::int + (select count(*) from bulk_change_contacts)::int as n`.execute(
      store().db,
    );
    expect(left.rows[0]?.n).toBe(0);
    // A few more or less are no other list.
    await begin({ action: 'archive' }, 1_210);
  });
});
