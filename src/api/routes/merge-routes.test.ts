import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { emptyStore, openTestStore } from '../../../test/support/database.ts';
import { saveContact } from '../../hub/save-contacts.ts';
import type { Store } from '../../store/db.ts';
import { proposeMerges } from '../../store/merge-proposals.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

interface Answer {
  readonly items: readonly { readonly id: string; readonly keep: string }[];
  readonly next: string | null;
}

async function open() {
  const api = openApi(store);
  const { engine } = api.deps;
  const now = engine.clock.now();
  const person = async (email: string, fields = {}): Promise<string> => {
    const options = { by: 'person', at: now, newId: () => engine.ids.next('ct'), mode: 'create' } as const;
    return (await store.transaction((trx) => saveContact(trx, { fields: { email, ...fields } }, options))).id;
  };
  await store.db
    .insertInto('connections')
    .values({
      id: 'con_1',
      name: 'sales',
      crm: 'hubspot',
      settings: '{}',
      created_at: now,
      updated_at: now,
    })
    .execute();
  const propose = (one: string, other: string, at = now) =>
    store.transaction((trx) =>
      proposeMerges(trx, [{ contacts: [one, other], why: 'records_merged', crmId: '7' }], {
        connectionId: 'con_1',
        at,
      }),
    );
  const list = async (query = '', role: 'marketing' | 'sales' = 'marketing'): Promise<Answer> =>
    (await (
      await api.call('GET', `/api/v1/merge-proposals${query}`, { key: await api.keyFor({ role }) })
    ).json()) as Answer;
  return { ...api, person, propose, list };
}

test('[R18b] a pair is told with what a merge keeps, page by page, to whoever may see contacts', async () => {
  const { person, propose, list } = await open();
  const ada = await person('ada@example.com', { city: 'London', company: 'Bell' });
  const countess = await person('countess@example.com', { company: 'Analytical', phone: '+44 1' });
  const bob = await person('bob@example.com');
  await propose(countess, ada, 1);
  await propose(ada, countess, 3);
  await propose(bob, ada, 2);
  const first = await list('?limit=1', 'sales');
  expect(first.items).toHaveLength(1);
  const second = await list(`?limit=1&cursor=${first.next}`);
  expect(second.next).toBeNull();
  expect(second.items).toMatchObject([
    {
      why: 'records_merged',
      connection: 'sales',
      crmLabel: 'HubSpot',
      foundAt: '1970-01-01T00:00:00.001Z',
      // By id, which of two contacts of one moment is either's.
      sides: [
        { id: ada, takes: { phone: '+44 1' }, drops: { company: { dropped: 'Analytical', stays: 'Bell' } } },
        { id: countess, takes: { city: 'London' }, drops: { company: { dropped: 'Bell', stays: 'Analytical' } } },
      ].sort((one, other) => (one.id < other.id ? -1 : 1)),
    },
  ]);
  expect((await list(`?contact=${bob}`)).items).toHaveLength(1);
  expect((await list('?connection=sales')).items).toHaveLength(2);
});

test('[R18b] whoever may write contacts says that they are two, once; a pair of nobody is refused', async () => {
  const { person, propose, list, call, keyFor } = await open();
  const [ada, bob] = [await person('ada@example.com'), await person('bob@example.com')];
  await propose(ada, bob);
  const [found] = (await list()).items;
  const decline = async (id: string, role: 'marketing' | 'sales') =>
    (await call('POST', `/api/v1/merge-proposals/${id}/decline`, { key: await keyFor({ role }) })).status;
  expect(await decline(found?.id ?? '', 'sales')).toBe(403);
  for (const id of ['ct_nobody', `${ada}~ct_nobody`, `${ada}~${ada}`, `${ada}~${bob}~x`])
    expect(await decline(id, 'marketing')).toBe(404);
  expect((await list()).items).toHaveLength(1);
  expect(await decline(found?.id ?? '', 'marketing')).toBe(200);
  await propose(bob, ada);
  expect((await list()).items).toEqual([]);
});
