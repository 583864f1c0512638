import { sql } from 'kysely';
import { beforeEach, expect, test, vi } from 'vitest';
import { mergeContacts } from '../src/hub/merge-contacts.ts';
import { eraseContact } from '../src/hub/privacy/erase-contact.ts';
import { deleteContacts, saveContacts } from '../src/hub/save-contacts.ts';
import type { Store, Trx } from '../src/store/db.ts';
import { openApi } from './support/api.ts';
import { describeEachDatabase, emptyStore } from './support/database.ts';
import { fc } from './support/properties.ts';

interface Page {
  readonly items: readonly { readonly id: string; readonly version: number; readonly archivedAt: string | null }[];
  readonly gone: readonly { readonly id: string; readonly why: string; readonly into?: string }[];
  readonly next: string | null;
  readonly follow: string | null;
}

describeEachDatabase('whoever follows the contacts', (open) => {
  let api: ReturnType<typeof openApi>;
  let key: string;
  let counter = 0;
  beforeEach(async () => {
    await emptyStore(open());
    api = openApi(open());
    key = await api.keyFor({ role: 'marketing' });
  });

  const read = async (query: string): Promise<Page> => {
    const response = await api.call('GET', `/api/v1/contacts?${query}`, { key });
    expect(response.status, await response.clone().text()).toBe(200);
    // Compared with the contract by `checkAnswers`.
    return (await response.json()) as Page;
  };
  /** A program's copy: what it has been told, and where it goes on. */
  const newReader = (since: number) => ({
    copy: new Map<string, number>(),
    place: `updatedSince=${new Date(since).toISOString()}`,
    async readPage(limit: number): Promise<boolean> {
      const page = await read(`${this.place}&limit=${limit}`);
      for (const { id, version } of page.items) this.copy.set(id, version);
      for (const { id } of page.gone) this.copy.delete(id);
      this.place = `cursor=${page.next ?? page.follow}`;
      return page.next !== null;
    },
    async readAll(limit: number): Promise<void> {
      while (await this.readPage(limit));
    },
  });
  /**
   * Until what was committed so far may be told: a transaction of anybody on this server that began before holds it back, and
   * other tests' databases stand on the same one.
   */
  const tellable = async (): Promise<void> => {
    const horizon = async () => {
      const { rows } = await sql<{ xmin: string; xmax: string }>`
        select pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmax(s)::text as xmax from pg_current_snapshot() s`.execute(
        open().db,
      );
      return { xmin: BigInt(rows[0]?.xmin ?? 0), xmax: BigInt(rows[0]?.xmax ?? 0) };
    };
    const { xmax } = await horizon();
    await vi.waitFor(async () => expect((await horizon()).xmin).toBeGreaterThanOrEqual(xmax), { timeout: 30_000 });
  };
  const truth = async (): Promise<Record<string, number>> => {
    const rows = await open().db.selectFrom('contacts').select(['id', 'version']).orderBy('id').execute();
    return Object.fromEntries(rows.map((row) => [row.id, row.version]));
  };
  const sorted = (copy: ReadonlyMap<string, number>) =>
    Object.fromEntries([...copy].sort(([a], [b]) => (a < b ? -1 : 1)));
  const ids = async (): Promise<string[]> =>
    (await open().db.selectFrom('contacts').select('id').orderBy('id').execute()).map((row) => row.id);
  const save = (trx: Trx, emails: readonly string[], city: string) =>
    saveContacts(
      trx,
      emails.map((email) => ({ fields: { email, city } })),
      { by: 'api', at: api.clock.now(), newId: () => api.deps.engine.ids.next('ct'), mode: 'upsert' },
    );

  /** One step of a history; `pick` chooses whom. */
  const STEPS = {
    create: async (trx: Trx, pick: number) => {
      const many = Array.from({ length: (pick % 7) + 1 }, () => `p${(counter += 1)}@example.com`);
      await save(trx, many, 'Paris');
    },
    change: async (trx: Trx, pick: number, all: readonly string[]) => {
      const rows = await trx
        .selectFrom('contacts')
        .select('email')
        .where('id', 'in', [...some(all, pick, 5), '-'])
        .execute();
      await save(
        trx,
        rows.map((row) => row.email),
        `city ${pick}`,
      );
    },
    archive: async (trx: Trx, pick: number, all: readonly string[]) => {
      await sql`update contacts set archived_at = ${api.clock.now()}, version = version + 1, updated_at = ${api.clock.now()}
                 where id = any(${some(all, pick, 2)}::text[])`.execute(trx);
    },
    remove: async (trx: Trx, pick: number, all: readonly string[]) => {
      await deleteContacts(trx, some(all, pick, 2), api.clock.now());
    },
    erase: async (trx: Trx, pick: number, all: readonly string[]) => {
      for (const id of some(all, pick, 1)) await eraseContact(trx, id, api.clock.now());
    },
    merge: async (trx: Trx, pick: number, all: readonly string[]) => {
      const [into, from] = some(all, pick, 2);
      if (into !== undefined && from !== undefined) await mergeContacts(trx, { into, from }, api.clock.now());
    },
  } as const;
  const some = (all: readonly string[], pick: number, count: number): string[] =>
    all.length === 0
      ? []
      : [...new Set(Array.from({ length: count }, (_, index) => all[(pick + index * 3) % all.length] ?? ''))];

  test('[R88] misses nobody and keeps nobody who is gone, whatever happens in which order between its pages', async () => {
    const step = fc.record({
      what: fc.constantFrom('create', 'change', 'archive', 'remove', 'erase', 'merge', 'create', 'change'),
      pick: fc.nat(1_000),
      /** Pages read after it, and how long they are. */
      pages: fc.nat(2),
      limit: fc.integer({ min: 1, max: 4 }),
      /** The clock stands still, goes on, or was set back: no matter. */
      clock: fc.constantFrom(0, 0, 1_000, -500),
    });
    let met = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (history) => {
        await emptyStore(open());
        key = await api.keyFor({ role: 'marketing' });
        const reader = newReader(0);
        for (const { what, pick, pages, limit, clock } of history) {
          const all = await ids();
          await open().transaction((trx) => STEPS[what](trx, pick, all));
          for (let page = 0; page < pages; page += 1) if (!(await reader.readPage(limit))) break;
          api.clock.advance(clock);
        }
        await tellable();
        await reader.readAll(3);
        expect(sorted(reader.copy)).toEqual(await truth());
        met += reader.copy.size;
        // And then there is nothing to tell.
        expect(await read(reader.place)).toMatchObject({ items: [], gone: [], next: null });
      }),
      { numRuns: 8 },
    );
    expect(met).toBeGreaterThan(5);
  });

  test('[R88] one who was written first and committed last is not passed over', async () => {
    const held = holdOpen(open());
    if (held === null) return expect(open().kind).toBe('embedded'); // One connection: nobody writes beside anybody.
    const reader = newReader(0);
    const late = await held((trx) => save(trx, ['late@example.com'], 'Paris'));
    await open().transaction((trx) => save(trx, ['early@example.com'], 'Paris'));
    await reader.readAll(10);
    expect([...reader.copy]).toEqual([]);
    await late.commit();
    await tellable();
    await reader.readAll(10);
    expect(reader.copy.size).toBe(2);
    expect(sorted(reader.copy)).toEqual(await truth());
    return undefined;
  });

  test('[R88] a thousand people of one act are told page by page, each once; who is gone is told with what became of them', async () => {
    const emails = Array.from({ length: 1_000 }, (_, index) => `p${index}@example.com`);
    await open().transaction((trx) => save(trx, emails, 'Paris'));
    await tellable();
    const seen: string[] = [];
    let place = `updatedSince=${new Date(0).toISOString()}`;
    for (;;) {
      const page = await read(`${place}&limit=300`);
      seen.push(...page.items.map((one) => one.id));
      place = `cursor=${page.next ?? page.follow}`;
      if (page.next === null) break;
    }
    expect(seen).toHaveLength(1_000);
    expect(new Set(seen).size).toBe(1_000);
    const [into = '', from = '', gone = '', archived = ''] = seen;
    api.clock.advance(1);
    await open().transaction((trx) => mergeContacts(trx, { into, from }, api.clock.now()));
    await open().transaction((trx) => deleteContacts(trx, [gone], api.clock.now()));
    await open().db.updateTable('contacts').set({ archived_at: api.clock.now() }).where('id', '=', archived).execute();
    await tellable();
    const page = await read(place);
    expect(page.gone).toMatchObject([
      { id: from, why: 'merged', into },
      { id: gone, why: 'deleted' },
    ]);
    expect(page.items.map((one) => one.id).sort()).toEqual([into, archived].sort());
    expect(page.items.find((one) => one.id === archived)?.archivedAt).not.toBeNull();
    const since = await read(`updatedSince=${new Date(api.clock.now()).toISOString()}`);
    expect(since.gone).toHaveLength(2);
    expect(since.items).toHaveLength(1);
  });

  test('[R88] a place of another database, or one older than what is kept of ends, is refused', async () => {
    const { follow } = await read(`updatedSince=${new Date(0).toISOString()}`);
    const status = async () => (await api.call('GET', `/api/v1/contacts?cursor=${follow}`, { key })).status;
    expect(await status()).toBe(200);
    await open().db.updateTable('settings').set({ value: '"other"' }).where('key', '=', 'changes_epoch').execute();
    expect(await status()).toBe(410);
    expect((await api.call('GET', '/api/v1/contacts?cursor=f.nonsense', { key })).status).toBe(410);
    const fresh = await read(`updatedSince=${new Date(0).toISOString()}`);
    api.clock.advance(91 * 24 * 60 * 60_000);
    expect((await api.call('GET', `/api/v1/contacts?cursor=${fresh.follow}`, { key })).status).toBe(410);
    const refused = await api.call('GET', '/api/v1/contacts?updatedSince=2026-01-01T00:00:00Z&search=ada', { key });
    expect(await refused.json()).toMatchObject({ status: 422, errors: [{ path: 'search' }] });
  });
});

/** Begins a transaction that stays open until it is told to commit; null: the database has one connection. */
function holdOpen(store: Store) {
  if (store.kind === 'embedded') return null;
  return async (work: (trx: Trx) => Promise<unknown>) => {
    const gate = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const done = store.transaction(async (trx) => {
      await work(trx);
      written.resolve();
      await gate.promise;
    });
    await written.promise;
    return {
      commit: async () => {
        gate.resolve();
        await done;
      },
    };
  };
}
