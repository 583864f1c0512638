import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { describeEachDatabase, emptyStore, openTestStore } from '../../../test/support/database.ts';
import { createIds } from '../../platform/ids.ts';
import type { Store } from '../../store/db.ts';
import { ensurePartitions } from '../../store/partitions.ts';
import { mergeContacts } from '../merge-contacts.ts';
import { recordEvents } from '../record-events.ts';
import { saveContact, saveContacts } from '../save-contacts.ts';
import { eraseContact } from './erase-contact.ts';
import { beginErasureList, erasureList, findErased } from './erasure-list.ts';
import { exportPerson } from './export-person.ts';
import { keepErasures } from './keep-erasures.ts';
import { PLACES } from './places.ts';

const AT = Date.UTC(2026, 10, 25);
const ids = createIds({ now: () => AT });

async function tablesOf(store: Store): Promise<readonly string[]> {
  const rows = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'kysely%' order by 1`.execute(
    store.db,
  );
  return rows.rows.map((row) => row.name);
}

/** Every table that still holds one of these words. */
async function findWords(store: Store, words: readonly string[]): Promise<string[]> {
  const hits: string[] = [];
  for (const table of await tablesOf(store)) {
    const rows = await sql<{ text: string }>`select lower(to_jsonb(t)::text) as text from ${sql.ref(table)} t`.execute(
      store.db,
    );
    for (const { text } of rows.rows)
      for (const word of words) if (text.includes(word.toLowerCase())) hits.push(`${table}: ${word}`);
  }
  return hits;
}

test('[R18] every table of the database has its place in the list, and docs/privacy.md says the same', async () => {
  const store = await openTestStore();
  const tables = await tablesOf(store);
  await store.close();
  expect(PLACES.map((place) => place.table).sort()).toEqual([...tables].sort());
  const page = readFileSync('docs/privacy.md', 'utf8');
  const rows = PLACES.filter((place) => place.holds !== null).map(
    ({ table, holds, erasing }) => `| ${table} | ${holds} | ${erasing} |`,
  );
  expect(page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (table|---)/.test(line))).toEqual(rows);
});

describeEachDatabase('one person as a whole', (store) => {
  beforeEach(async () => {
    await emptyStore(store());
    await ensurePartitions(store().db, 'items', [AT]);
  });

  const person = async (email: string, fields: Record<string, unknown> = {}): Promise<string> => {
    const id = ids.next('ct');
    await store().transaction((trx) =>
      saveContact(trx, { fields: { email, ...fields } }, { by: 'person', at: AT, newId: () => id, mode: 'create' }),
    );
    return id;
  };
  const insert = (table: string, row: object): Promise<unknown> =>
    sql`insert into ${sql.ref(table)} overriding system value select * from jsonb_populate_record(null::${sql.ref(table)}, ${JSON.stringify(row)}::jsonb)`.execute(
      store().db,
    );
  const connection = async (id: string): Promise<void> => {
    await sql`insert into connections (id, name, crm, settings, created_at, updated_at) values (${id}, ${id}, 'hubspot', '{}', ${AT}, ${AT})`.execute(
      store().db,
    );
  };
  const link = async (contact: string, crmId: string, con = 'con_1'): Promise<string> => {
    const id = ids.next('lnk');
    await sql`insert into links (id, connection_id, contact_id, kind, crm_id, former_ids, shadow, created_at, updated_at)
      values (${id}, ${con}, ${contact}, 'lead', ${crmId}, ${[`former-${crmId}`]}::text[], ${JSON.stringify({ a: { hub: `shadow of ${crmId}`, crm: null } })}::jsonb, ${AT}, ${AT})`.execute(
      store().db,
    );
    return id;
  };

  test('[R18] after erasing, nothing of the person stands anywhere, and others lose nothing', async () => {
    const email = 'zebulon@planted.example';
    const id = await person(email, { first_name: 'Zebulon', last_name: 'Quixano', phone: '+33 6 98 76 54 32' });
    const other = await person('other@example.com', { first_name: 'Other' });
    await store().transaction((trx) =>
      saveContact(
        trx,
        { id, fields: { city: 'Zebulonville' } },
        { by: 'api', at: AT, newId: () => '', mode: 'update' },
      ),
    );
    await connection('con_1');
    const linkId = await link(id, 'crm-zebulon-1');
    await link(other, 'crm-other');
    await store().transaction((trx) =>
      recordEvents(trx, [{ id: 'evt_z', type: 'visit', contactId: id, at: AT, data: { page: '/zebulon' } }], AT),
    );
    const about = { contact_id: id, email, name: 'Zebulon Quixano', crm_id: 'crm-zebulon-1' };
    const run = { connection_id: 'con_1', run_id: 'run_1' };
    const item = { id: 1, ...run, ...about, kind: 'lead', outcome: 'updated', conflicts: 0, at: AT };
    await insert('items', { ...item, changes: [{ field: 'city', from: null, to: 'Zebulonville', rule: 'R4' }] });
    await insert('items', { ...item, id: 2, contact_id: null, crm_id: null, outcome: 'rejected', changes: [] });
    await insert('rejections', {
      id: 'rej_1',
      ...about,
      ...run,
      direction: 'toCrm',
      line: '',
      reason: 'too_long',
      fingerprint: 'x',
      params: { value: 'Zebulonville' },
      first_at: AT,
      last_at: AT,
      tries: 1,
    });
    await insert('conflicts', {
      id: 'cfl_1',
      ...run,
      link_id: linkId,
      contact_id: id,
      line: 'a',
      hub_field: 'city',
      crm_field: 'city',
      hub_value: 'Zebulonville',
      crm_value: 'Zebulon City',
      why: 'both',
      status: 'held',
      at: AT,
    });
    await insert('flips', { link_id: linkId, line: 'a', at: AT, side: 'hub' });
    await insert('intents', {
      id: 'int_1',
      ...run,
      contact_id: id,
      kind: 'lead',
      op: 'update',
      email_key: email,
      fields: { a: 'Zebulon' },
      writes: [],
      state: 'sent',
      tries: 0,
      not_before: 0,
      created_at: AT,
    });
    const known = { connection_id: 'con_1', kind: 'lead', emails: [email, 'z2@planted.example'], seen_at: AT };
    await insert('directory', { ...known, crm_id: 'crm-zebulon-1', name: 'Zebulon Quixano', link_back: id });
    await insert('directory', { ...known, crm_id: 'crm-zebulon-2', name: 'Zebulon the second', link_back: null });
    await sql`insert into runs (id, connection_id, connection_name, direction, trigger, mode, status, batch, emails, created_at)
      values ('run_1', 'con_1', 'con_1', 'toHub', 'api', 'changes', 'succeeded', 'b', ${JSON.stringify([email, 'other@example.com'])}::jsonb, ${AT})`.execute(
      store().db,
    );
    const mail = {
      kind: 'sync-report',
      subject: 'HubSpot → Tandem',
      html: null,
      status: 'sent',
      tries: 1,
      not_before: 0,
      created_at: AT,
    };
    await insert('outbox', { ...mail, id: 'ml_1', recipient: email, text: 'Confirm' });
    await insert('outbox', { ...mail, id: 'ml_2', recipient: 'boss@example.com', text: `${email} needs you` });
    await insert('outbox', { ...mail, id: 'ml_3', recipient: 'boss@example.com', text: 'all well' });
    await insert('idempotency', { key: 'k', actor: 'a', request_hash: 'h', status: 200, body: { email }, at: AT });
    const list = { name: 'list', size: 1, position: 0, lease_number: 0, settings: {}, counts: {}, created_at: AT };
    await insert('imports', { ...list, id: 'imp_1', status: 'done' });
    await insert('imports', { ...list, id: 'imp_2', status: 'running' });
    await insert('import_parts', { import_id: 'imp_2', part: 0, content: `E-mail\n${email}\n` });
    await insert('import_rejects', { import_id: 'imp_1', line: 2, cells: [email, 'Zebulon'], problems: [] });
    await insert('import_rejects', { import_id: 'imp_1', line: 3, cells: ['other@example.com'], problems: [] });
    await insert('import_seen', { import_id: 'imp_1', email_key: email });
    await insert('import_contacts', { import_id: 'imp_1', contact_id: id, created: true });
    await sql`insert into audit (at, actor, action, subject) values (${AT}, 'person:1', 'PATCH /contacts/{id}', ${id})`.execute(
      store().db,
    );
    await insert('merged_contacts', { from_id: 'ct_zebulonold', to_id: id, at: AT });
    await insert('consents', {
      id: 1,
      contact_id: id,
      purpose: 'news',
      given: true,
      at: AT,
      how: 'form',
      proven: true,
      words: 'Zebulon agrees',
    });
    await insert('tombstones', { id: 1, email_key: email, contact_id: 'ct_zebulonold', at: AT });

    const words = ['zebulon', 'quixano', 'planted.example', '98 76', id];
    expect((await findWords(store(), words)).length).toBeGreaterThan(25);
    const all = await exportPerson(store().db, id);
    expect(
      all.places
        .filter((place) => place.rows.length > 0)
        .map((place) => place.table)
        .sort(),
    ).toEqual(
      [
        'conflicts',
        'consents',
        'contact_history',
        'contacts',
        'events',
        'import_rejects',
        'items',
        'links',
        'outbox',
        'rejections',
      ].sort(),
    );

    await store().transaction((trx) => eraseContact(trx, id, AT));
    // The id alone, so that whoever holds a copy hears that it has to go.
    expect(await findWords(store(), words)).toEqual([`departures: ${id}`]);
    expect(await findWords(store(), ['other@example.com'])).not.toEqual([]);
    expect((await store().db.selectFrom('outbox').select('id').execute()).map((row) => row.id)).toEqual(['ml_3']);
    const items = await store().db.selectFrom('items').select('outcome').orderBy('id').execute();
    expect(items.map((row) => row.outcome)).toEqual(['updated', 'rejected']);
    const found = await findErased(store().db, {
      emailKeys: [email, 'other@example.com'],
      connectionId: 'con_1',
      crmIds: ['crm-zebulon-1', 'former-crm-zebulon-1', 'crm-other'],
    });
    expect([...found].sort()).toEqual(['crm-zebulon-1', 'former-crm-zebulon-1', email].sort());
  });

  test('[R18c] a list does not bring back who was erased; a person who enters them does', async () => {
    const id = await person('gone@example.com');
    await store().transaction((trx) => eraseContact(trx, id, AT));
    const save = (by: 'import' | 'person') =>
      store().transaction((trx) =>
        saveContacts(trx, [{ fields: { email: 'Gone@example.com' } }], {
          by,
          at: AT,
          newId: () => ids.next('ct'),
          mode: 'upsert',
        }),
      );
    expect(await save('import')).toMatchObject([{ problems: [{ path: 'fields.email', code: 'erased_person' }] }]);
    expect(await save('person')).toMatchObject([{ outcome: 'created' }]);
    expect(await save('import')).toMatchObject([{ outcome: 'unchanged' }]);
  });

  test('[R18c] [R41] who has come back is not erased again by the next start, nor beside somebody whom a restore brought back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-erasures-'));
    await connection('con_1');
    const first = await person('back@example.com');
    await link(first, 'crm-back');
    await store().transaction((trx) => eraseContact(trx, first, AT));
    await keepErasures(store(), folder, AT);
    const again = await person('back@example.com');
    await link(again, 'crm-back');
    expect(await keepErasures(store(), folder, AT)).toBe(0);
    // Somebody else was erased after the backup that is restored.
    const other = await person('other@example.com');
    await store().transaction((trx) => eraseContact(trx, other, AT + 1));
    await keepErasures(store(), folder, AT + 1);
    await sql`delete from erasures where at = ${AT + 1}`.execute(store().db);
    await person('other@example.com');
    expect(await keepErasures(store(), folder, AT + 2)).toBe(1);
    expect((await store().db.selectFrom('contacts').select('id').execute()).map((row) => row.id)).toEqual([again]);
    // Asked for once more, they are gone once more.
    await store().transaction((trx) => eraseContact(trx, again, AT + 3));
    const found = await findErased(store().db, { emailKeys: ['back@example.com'], connectionId: '', crmIds: [] });
    expect([...found]).toEqual(['back@example.com']);
    rmSync(folder, { recursive: true });
  });

  test('[R41] people erased since a backup was made are erased again, by the list beside the database', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-erasures-'));
    const key = Buffer.alloc(32, 7);
    await store().transaction((trx) => beginErasureList(trx, AT, key));
    const id = await person('gone@example.com');
    await person('stays@example.com');
    await store().transaction((trx) => eraseContact(trx, id, AT));
    await keepErasures(store(), folder, AT);
    // The backup is older: it knows the person, and nothing of the erasure.
    await sql`delete from erasures`.execute(store().db);
    await person('gone@example.com');
    expect(await keepErasures(store(), folder, AT)).toBe(1);
    expect((await store().db.selectFrom('contacts').select('email').execute()).map((row) => row.email)).toEqual([
      'stays@example.com',
    ]);
    const file = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
    expect(file).toContain(erasureList(key).ofEmail('gone@example.com'));
    expect(file).not.toContain('gone@');
    expect(await keepErasures(store(), folder, AT)).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test('[R41] [R18] what was to be deleted in a CRM is asked for again when a restore brings the person back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-erasures-'));
    await connection('con_1');
    const both = async (email: string): Promise<string> => {
      const id = await person(email);
      await link(id, 'crm-ticked');
      await sql`insert into links (id, connection_id, contact_id, kind, crm_id, role, created_at, updated_at)
        values (${ids.next('lnk')}, 'con_1', ${id}, 'lead', 'crm-kept', 'duplicate', ${AT}, ${AT})`.execute(store().db);
      return id;
    };
    const owed = () => store().db.selectFrom('crm_deletions').select(['crm_id', 'asked_by', 'state']).execute();
    const id = await both('gone@example.com');
    const records = [{ connectionId: 'con_1', crmId: 'crm-ticked' }];
    await expect(
      store().transaction((trx) =>
        eraseContact(trx, id, AT, { records: [{ connectionId: 'con_1', crmId: 'crm-other' }], by: 'person:1' }),
      ),
    ).rejects.toMatchObject({ code: 'record_not_theirs' });
    await store().transaction((trx) => eraseContact(trx, id, AT, { records, by: 'person:1' }));
    expect(await owed()).toEqual([{ crm_id: 'crm-ticked', asked_by: 'person:1', state: 'owed' }]);
    await keepErasures(store(), folder, AT);
    // The backup is older: it knows the person, and neither the erasure nor what was asked of the CRM.
    await sql`delete from erasures`.execute(store().db);
    await sql`delete from crm_deletions`.execute(store().db);
    await both('gone@example.com');
    expect(await keepErasures(store(), folder, AT)).toBe(1);
    expect(await owed()).toEqual([{ crm_id: 'crm-ticked', asked_by: 'restore', state: 'owed' }]);
    const file = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
    expect([file.includes('crm-ticked'), file.split('\n').filter((line) => line.startsWith('delete ')).length]).toEqual(
      [false, 2],
    );
    rmSync(folder, { recursive: true });
  });

  test('[R18b] [R14] [R8] merging keeps what one has, takes what it lacks, and moves everything that hangs on the other', async () => {
    await connection('con_1');
    await connection('con_2');
    const into = await person('ada@example.com', { first_name: 'Ada', city: 'London' });
    const from = await person('ada@old.example.com', { city: 'Paris', company: 'Analytical', opt_out: true });
    await link(into, 'a1');
    const second = await link(from, 'a2');
    const moved = await link(from, 'b1', 'con_2');
    await store().transaction((trx) =>
      recordEvents(trx, [{ id: 'evt_m', type: 'visit', contactId: from, at: AT, data: {} }], AT),
    );
    await store().transaction((trx) => mergeContacts(trx, { into, from }, AT + 1));
    const rows = await store().db.selectFrom('contacts').select(['id', 'email', 'fields']).execute();
    expect(rows).toMatchObject([
      {
        id: into,
        email: 'ada@example.com',
        fields: { first_name: 'Ada', city: 'London', company: 'Analytical', opt_out: true },
      },
    ]);
    const links = await store().db.selectFrom('links').select(['id', 'contact_id', 'role']).execute();
    const roles = new Map(links.map((one) => [one.id, one.role]));
    expect([roles.get(second), roles.get(moved)]).toEqual(['duplicate', 'primary']);
    expect(links.every((one) => one.contact_id === into)).toBe(true);
    expect(await store().db.selectFrom('events').select('contact_id').execute()).toEqual([{ contact_id: into }]);
    expect(await store().db.selectFrom('contact_emails').select('email_key').execute()).toEqual([
      { email_key: 'ada@old.example.com' },
    ]);
    expect(await store().db.selectFrom('merged_contacts').select(['from_id', 'to_id']).execute()).toEqual([
      { from_id: from, to_id: into },
    ]);
    await expect(store().transaction((trx) => mergeContacts(trx, { into, from: into }, AT))).rejects.toThrow();
  });
});
