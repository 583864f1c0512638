import { beforeEach, expect, test } from 'vitest';
import { describeEachDatabase, emptyStore } from '../../test/support/database.ts';
import type { Medium } from '../core/traffic.ts';
import { createIds } from '../platform/ids.ts';
import type { Store } from '../store/db.ts';
import { fieldHistory, findContact, listContacts } from './read-contacts.ts';
import { recordEvents } from './record-events.ts';
import { type ContactInput, deleteContact, saveContact, saveContacts } from './save-contacts.ts';
import { writeTouches } from './tracking/ingest.ts';

const BASE = 'http://localhost:4000';
const AT = Date.UTC(2026, 10, 24);

describeEachDatabase('hub contacts', (open) => {
  const ids = createIds({ now: () => AT });
  const options = { by: 'person', at: AT, newId: () => ids.next('ct'), mode: 'upsert' } as const;
  const save = (store: Store, input: ContactInput, at = AT) =>
    store.transaction((trx) => saveContact(trx, input, { ...options, at }));
  beforeEach(() => emptyStore(open()));

  test('[R39] a changed value remembers what it replaced and who put it there', async () => {
    const store = open();
    const { id } = await save(store, { fields: { email: 'Ada@Example.com', phone: '1' } });
    await save(store, { id, fields: { phone: '2' } }, AT + 5);
    const contact = await findContact(store.db, 'ada@example.COM', BASE);
    expect(contact).toMatchObject({ id, fields: { email: 'Ada@Example.com', phone: '2' }, version: 2 });
    const history = await fieldHistory(store.db, id, 'phone', 10);
    expect(history).toMatchObject([
      { from: '1', to: '2', origin: { by: 'person', at: AT + 5 }, from_origin: { at: AT } },
    ]);
  });

  test('[R10] one person is one contact, however the address is written', async () => {
    const store = open();
    const rows = [{ fields: { email: 'a@example.com' } }, { fields: { email: ' A@EXAMPLE.com', city: 'Paris' } }];
    const results = await store.transaction((trx) => saveContacts(trx, rows, options));
    expect(results.map((result) => 'outcome' in result && result.outcome)).toEqual(['created', 'created']);
    expect((await listContacts(store.db, { limit: 10 }, BASE)).items).toHaveLength(1);
  });

  test('[R17] a bad row holds nobody up and says which value is wrong', async () => {
    const store = open();
    const rows = [
      { fields: { email: 'no address' } },
      { fields: { email: 'b@example.com' } },
      { fields: { email: 'c@example.com', nonsense: 1 } },
    ];
    const results = await store.transaction((trx) => saveContacts(trx, rows, options));
    expect(results[0]).toMatchObject({ problems: [{ path: 'fields.email', code: 'invalid_email' }] });
    expect(results[1]).toMatchObject({ outcome: 'created' });
    expect(results[2]).toMatchObject({ problems: [{ path: 'fields.nonsense', code: 'unknown_field' }] });
  });

  test('[R10b] addresses can change hands in one transaction', async () => {
    const store = open();
    const a = await save(store, { fields: { email: 'a@example.com' } });
    const b = await save(store, { fields: { email: 'b@example.com' } });
    await expect(save(store, { id: a.id, fields: { email: 'b@example.com' } })).rejects.toMatchObject({
      problems: [{ code: 'email_taken' }],
    });
    expect((await findContact(store.db, b.id, BASE))?.email).toBe('b@example.com');
  });

  test('[R23] events give points by the rules of the day, once each, never above 50', async () => {
    const store = open();
    await store.db
      .insertInto('score_rules')
      .values({ id: 'form', name: 'form', on_event: 'form', condition: null, points: 40, updated_at: AT })
      .execute();
    const { id } = await save(store, { fields: { email: 'a@example.com' } });
    const event = { id: 'evt_1', type: 'form', contactId: id, at: AT, data: {} };
    const record = (events: (typeof event)[]) => store.transaction((trx) => recordEvents(trx, events, AT));
    expect(await record([event])).toEqual([{ id: 'evt_1', outcome: 'recorded' }]);
    expect(await record([event])).toEqual([{ id: 'evt_1', outcome: 'duplicate' }]);
    expect((await findContact(store.db, id, BASE))?.score).toBe(40);
    await record([{ ...event, id: 'evt_2' }]);
    expect((await findContact(store.db, id, BASE))?.score).toBe(50);
  });

  test('whoever is entered by hand or by a list came by no visit: offline, until a link says more; a program says nothing', async () => {
    const store = open();
    const touched = async (id: string) => (await findContact(store.db, id, BASE))?.fields;
    const saveBy = (by: 'person' | 'import' | 'api') =>
      store.transaction((trx) => saveContact(trx, { fields: { email: `${by}@example.com` } }, { ...options, by }));
    const [person, list, program] = [await saveBy('person'), await saveBy('import'), await saveBy('api')];
    for (const { id } of [person, list])
      expect(await touched(id)).toMatchObject({ medium: 'offline', last_medium: 'offline' });
    expect((await touched(program.id))?.['medium']).toBeUndefined();
    const visit = (medium: Medium) =>
      store.transaction((trx) => {
        const touch = { medium, source: medium === 'direct' ? null : 'news', campaign: null };
        const people = [person.id, program.id];
        return writeTouches(trx, new Map(people.map((id) => [id, { first: touch, last: touch }])), AT + 5);
      });
    await visit('direct');
    expect(await touched(person.id)).toMatchObject({ medium: 'offline', last_medium: 'offline' });
    expect(await touched(program.id)).toMatchObject({ medium: 'direct', last_medium: 'direct' });
    await visit('email');
    const after = await touched(person.id);
    expect(after).toMatchObject({ medium: 'offline', last_medium: 'email', last_source: 'news' });
    expect(after?.['source'] ?? null).toBeNull();
  });

  test('[R18] a deleted contact leaves a tombstone and nothing else', async () => {
    const store = open();
    const { id } = await save(store, { fields: { email: 'a@example.com' } });
    await store.transaction((trx) => deleteContact(trx, id, AT));
    expect(await findContact(store.db, id, BASE)).toBeUndefined();
    const tombstones = await store.db.selectFrom('tombstones').select(['email_key', 'contact_id']).execute();
    expect(tombstones).toEqual([{ email_key: 'a@example.com', contact_id: id }]);
  });
});
