import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { describeEachDatabase } from '../../test/support/database.ts';
import type { ContactFilter } from '../core/contact-filter.ts';
import { InvalidInput } from '../core/invalid-input.ts';
import { createIds } from '../platform/ids.ts';
import { checkFilter } from './contact-filters.ts';
import { createField, hubFields } from './fields.ts';
import { countContacts, findContacts, listContacts } from './read-contacts.ts';
import { saveContacts } from './save-contacts.ts';

const AT = Date.UTC(2026, 10, 25);
const ids = createIds({ now: () => AT });

describeEachDatabase('filters of contacts', (store) => {
  beforeAll(async () => {
    await store().transaction(async (trx) => {
      await createField(trx, { key: 'birthday', label: 'Birthday', type: 'date' }, AT);
      await createField(trx, { key: 'seats', label: 'Seats', type: 'number' }, AT);
      const people = [
        {
          email: 'ada@example.com',
          first_name: 'Ada',
          company: 'Analytical',
          opt_out: true,
          birthday: '1815-12-10',
          seats: 12,
        },
        {
          email: 'bob@example.com',
          first_name: "Bob' or 1=1 --",
          company: '100 % Bob_',
          birthday: '1990-01-01',
          seats: 3,
        },
        { email: 'cyd@example.com', first_name: 'Cyd' },
      ];
      await saveContacts(
        trx,
        people.map((fields) => ({ fields })),
        { by: 'person', at: AT, newId: () => ids.next('ct'), mode: 'create' },
      );
      await sql`update contacts set score = 30 where email = 'ada@example.com'`.execute(trx);
      await sql`update contacts set archived_at = ${AT} where email = 'cyd@example.com'`.execute(trx);
      await sql`insert into connections (id, name, crm, settings, created_at, updated_at) values ('con_1', 'sales', 'hubspot', '{}', ${AT}, ${AT})`.execute(
        trx,
      );
      await sql`insert into links (id, connection_id, contact_id, kind, crm_id, created_at, updated_at)
                select 'lnk_1', 'con_1', id, 'lead', 'x', ${AT}, ${AT} from contacts where email = 'bob@example.com'`.execute(
        trx,
      );
    });
  });

  const found = async (filter: ContactFilter): Promise<string> => {
    const fields = await hubFields(store().db);
    checkFilter(filter, fields);
    const query = { limit: 10, filter, fields, sort: 'email' } as const;
    const page = await listContacts(store().db, query, 'https://x.test');
    expect(await countContacts(store().db, query)).toBe(page.items.length);
    return page.items.map((one) => one.email.slice(0, 3)).join(' ');
  };

  test.each<[string, ContactFilter]>([
    ['ada bob', []],
    ['ada', [{ field: 'first_name', op: 'is', value: 'aDA' }]],
    ['bob', [{ field: 'first_name', op: 'is_not', value: 'Ada' }]],
    ['bob', [{ field: 'first_name', op: 'contains', value: "' or 1=1" }]],
    ['bob', [{ field: 'company', op: 'contains', value: '% Bob_' }]],
    ['', [{ field: 'company', op: 'contains', value: '%anal%' }]],
    ['ada bob', [{ field: 'company', op: 'filled' }]],
    ['', [{ field: 'company', op: 'empty' }]],
    ['cyd', [{ field: 'archived', op: 'is', value: true }]],
    ['ada', [{ field: 'score', op: 'at_least', value: 20 }]],
    ['bob', [{ field: 'score', op: 'at_most', value: '20' }]],
    ['ada', [{ field: 'opt_out', op: 'is', value: true }]],
    ['bob', [{ field: 'opt_out', op: 'is', value: false }]],
    ['ada', [{ field: 'birthday', op: 'before', value: '1900-01-01' }]],
    ['bob', [{ field: 'birthday', op: 'after', value: '1900-01-01' }]],
    ['ada', [{ field: 'seats', op: 'at_least', value: 4 }]],
    ['bob', [{ field: 'linked', op: 'is', value: 'sales' }]],
    ['ada', [{ field: 'linked', op: 'empty' }]],
    ['ada bob', [{ field: 'created', op: 'after', value: '2026-01-01' }]],
    [
      'ada',
      [
        { field: 'seats', op: 'filled' },
        { field: 'score', op: 'at_least', value: 1 },
      ],
    ],
  ])('finds “%s” by %j', async (expected, filter) => {
    expect(await found(filter)).toBe(expected);
  });

  test('a filter that cannot be carried out is refused with the path of each bad part', async () => {
    const fields = await hubFields(store().db);
    const bad: ContactFilter = [
      { field: 'nonsense', op: 'is', value: 1 },
      { field: 'score', op: 'contains', value: 'x' },
      { field: 'score', op: 'at_least', value: 'many' },
      { field: 'birthday', op: 'after', value: 'someday' },
      { field: 'city', op: 'is' },
    ];
    const paths = (): string[] => {
      try {
        checkFilter(bad, fields);
        return [];
      } catch (error) {
        return error instanceof InvalidInput ? error.problems.map((one) => one.path) : [];
      }
    };
    expect(paths()).toEqual(['filter.0.field', 'filter.1.op', 'filter.2.value', 'filter.3.value', 'filter.4.value']);
  });

  test('a search gives page by page whom a list would, and how many there are', async () => {
    const people = Array.from({ length: 23 }, (_, at) => ({
      fields: { email: `many${at % 7}-${at}@example.com`, company: at % 2 === 0 ? 'Even & Co' : 'Odd 100 %' },
    }));
    await store().transaction((trx) =>
      saveContacts(trx, people, { by: 'person', at: AT + 5, newId: () => ids.next('ct'), mode: 'create' }),
    );
    await sql`update contacts set score = length(email) % 3 where email like 'many%'`.execute(store().db);
    const fields = await hubFields(store().db);
    for (const sort of ['updated', 'created', 'score', 'email'] as const)
      for (const descending of [true, false]) {
        const query = {
          search: 'many even',
          sort,
          descending,
          fields,
          filter: [{ field: 'score', op: 'at_most', value: 1 }],
        } as const;
        const met: string[] = [];
        for (let cursor: string | null = ''; cursor !== null; ) {
          const page: Awaited<ReturnType<typeof findContacts>> = await findContacts(
            store().db,
            { ...query, limit: 3, cursor },
            'http://x',
          );
          expect(page.total).toBe(await countContacts(store().db, { ...query, limit: 3 }));
          met.push(...page.items.map((one) => one.email));
          cursor = page.next;
        }
        const all = await listContacts(store().db, { ...query, limit: 500 }, 'http://x');
        expect(met.length).toBeGreaterThan(3);
        expect(met).toEqual(all.items.map((one) => one.email));
      }
    expect(await findContacts(store().db, { search: 'nobody-here', limit: 3 }, 'http://x')).toEqual({
      items: [],
      next: null,
      total: 0,
    });
  });
});
