import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { runImports } from '../../src/engine/run-imports.ts';
import { exportCsv } from '../../src/hub/export-csv.ts';
import { createField } from '../../src/hub/fields.ts';
import type { ImportSettings } from '../../src/hub/imports/import-settings.ts';
import { begin, changeSettings, createImport, loadImport, stop } from '../../src/hub/imports/import-store.ts';
import { previewRows } from '../../src/hub/imports/preview-rows.ts';
import { readRows } from '../../src/hub/imports/read-rows.ts';
import { writeRejects } from '../../src/hub/imports/write-rejects.ts';
import { eraseContact } from '../../src/hub/privacy/erase-contact.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, type TestClock, testDeps } from '../support/engine.ts';
import { fc } from '../support/properties.ts';

const BASE = 'http://localhost:4000';
/** A whole second batch, so that there is something between two of them. */
const MANY = 1_200;

describeEachDatabase('lists that come in as CSV', (open) => {
  let clock: TestClock;
  let deps: EngineDeps;
  const make = (extra: Partial<EngineDeps> = {}): EngineDeps =>
    testDeps(open(), clock, async () => new Response('', { status: 500 }), extra);
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    deps = make();
  });
  const bring = (content: string | Uint8Array, name = 'list.csv') =>
    createImport(
      open(),
      { name, by: 'test', file: Readable.from([Buffer.from(content)]) },
      { ids: deps.ids, now: () => clock.now() },
    );
  const change = (id: string, patch: Partial<ImportSettings>) =>
    open().transaction((trx) => changeSettings(trx, id, patch));
  const go = (id: string, work: 'counting' | 'running' | 'undoing') =>
    open().transaction((trx) => begin(trx, id, work, clock.now()));
  const run = async (id: string, work: 'counting' | 'running' | 'undoing') => {
    await go(id, work);
    await runImports(deps);
    return loadImport(open().db, id);
  };
  const inHub = (email: string) => findContact(open().db, email, BASE);
  const contacts = async () =>
    (await sql<{ count: number }>`select count(*)::int as count from contacts`.execute(open().db)).rows[0]?.count;
  const person = (email: string, fields: object) =>
    open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', source: 'me', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const many = (count: number) =>
    `E-mail;Prénom;Ville\n${Array.from({ length: count }, (_, index) => `p${index}@example.com;Pia ${index};Wien`).join('\n')}\n`;

  test('encoding, separator, headings, order of days and decimal sign are proposed; before anything is stored all can be changed', async () => {
    await open().transaction((trx) => createField(trx, { key: 'size', label: 'Taille', type: 'number' }, clock.now()));
    await open().transaction((trx) => createField(trx, { key: 'met', label: 'Rencontre', type: 'date' }, clock.now()));
    const french = 'Courriel;Prénom;Société;Taille;Rencontre\nada@example.com;Zoé;Crêpes & Cie;1 234,5;25/12/2024\n';
    const { id, settings } = await bring(Buffer.from(french, 'latin1'));
    expect(settings).toMatchObject({
      encoding: 'windows-1252',
      separator: ';',
      headings: true,
      dates: 'dmy',
      decimal: ',',
    });
    expect(settings.columns.map((column) => column.target)).toEqual(['email', 'first_name', 'company', 'size', 'met']);
    const [row] = await previewRows(open().db, await loadImport(open().db, id));
    expect(row).toMatchObject({
      line: 2,
      values: ['ada@example.com', 'Zoé', 'Crêpes & Cie', '1234.5', '2024-12-25'],
      problems: [],
    });
    const american = await change(id, { dates: 'mdy' });
    expect((await previewRows(open().db, american))[0]?.problems).toMatchObject([{ path: 'fields.met' }]);
    expect((await change(id, { separator: ',' })).settings.columns).toHaveLength(2);
    expect(await contacts()).toBe(0);
    expect((await bring('﻿Email,City\nada@example.com,"Wien, Neubau"\n')).settings).toMatchObject({
      encoding: 'utf-8',
      separator: ',',
      dates: 'ymd',
      decimal: '.',
    });
    const utf16 = await bring(
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('E-mail\tVille\nada@example.com\tNîmes\n', 'utf16le')]),
    );
    expect((await previewRows(open().db, utf16))[0]?.values).toEqual(['ada@example.com', 'Nîmes']);
    expect((await bring('Ada;ada@example.com\nBob;bob@example.com\n')).settings).toMatchObject({
      headings: false,
      columns: [
        { heading: '#1', target: null },
        { heading: '#2', target: 'email' },
      ],
    });
    await expect(bring('PK\u0003\u0004\u0000\u0000zip')).rejects.toMatchObject({ problems: [{ code: 'not_text' }] });
    await expect(bring('')).rejects.toMatchObject({ problems: [{ code: 'empty_file' }] });
  });

  test('[R37] what is counted is what the import does, and counting keeps nothing', async () => {
    await person('known@example.com', { city: 'Paris' });
    await person('same@example.com', { city: 'Wien' });
    const list = `E-mail;Ville\nknown@example.com;Wien\nsame@example.com;Wien\nnew@example.com;Wien\nNEW@example.com;Graz\nnobody;Wien\n${many(
      MANY,
    )
      .split('\n')
      .slice(1)
      .map((row) => row.replace(/;[^;]*;/, ';'))
      .join('\n')}p7@example.com;Linz\n`;
    const { id } = await bring(list);
    const counted = await run(id, 'counting');
    expect(counted).toMatchObject({ status: 'counted', total: MANY + 6 });
    expect(await contacts()).toBe(2);
    const done = await run(id, 'running');
    expect(done).toMatchObject({ status: 'done', counts: counted.counts, hasFile: false });
    expect(done.counts).toEqual({ rows: MANY + 6, created: MANY + 1, updated: 3, unchanged: 1, refused: 1 });
    expect((await inHub('new@example.com'))?.fields['city']).toBe('Graz');
  });

  test('[R30] killed between two batches, it goes on where it was: nothing lost, nothing twice', async () => {
    const { id } = await bring(many(MANY));
    await go(id, 'running');
    let batches = 0;
    const dying = make({
      checkpoint: (place) => {
        if (place === 'import:after-batch' && (batches += 1) === 1) throw new Error('killed');
      },
    });
    await expect(runImports(dying)).rejects.toThrow('killed');
    expect(await contacts()).toBe(500);
    // Its lease is still good: nobody else takes it.
    expect(await runImports(deps)).toBe(0);
    clock.advance(31_000);
    expect(await runImports(deps)).toBe(1);
    expect(await loadImport(open().db, id)).toMatchObject({ status: 'done', counts: { rows: MANY, created: MANY } });
    expect(await contacts()).toBe(MANY);
  });

  test('[R30] a count that was killed is gone on with by another process: it keeps nothing in memory, whoever stands in the list twice included', async () => {
    const { id } = await bring(`${many(MANY)}p3@example.com;Pia 3;Graz\n`);
    await go(id, 'counting');
    let batches = 0;
    const dying = make({
      checkpoint: (place) => {
        if (place === 'import:after-count' && (batches += 1) === 2) throw new Error('killed');
      },
    });
    await expect(runImports(dying)).rejects.toThrow('killed');
    expect(await loadImport(open().db, id)).toMatchObject({ status: 'counting', position: 1_000 });
    clock.advance(31_000);
    await runImports(deps);
    expect(await loadImport(open().db, id)).toMatchObject({
      status: 'counted',
      total: MANY + 1,
      counts: { rows: MANY + 1, created: MANY, updated: 1, unchanged: 0, refused: 0 },
    });
    expect(await open().db.selectFrom('import_seen').selectAll().execute()).toEqual([]);
  });

  test('a file comes in and is read in pieces: however long it is, a few hundred rows are in memory', async () => {
    const rows = 40_000;
    let given = 0;
    let stored = 0;
    async function* file(): AsyncGenerator<Buffer> {
      yield Buffer.from('E-mail;Ville\n');
      for (; given < rows; given += 1_000) {
        const piece = Array.from({ length: 1_000 }, (_, index) => `p${given + index}@example.com;Nîmes 😀\n`);
        yield Buffer.from(piece.join(''));
        // What was given so far stands in the database, but for the part that is being filled.
        ({ stored } = await open()
          .db.selectFrom('import_parts')
          .select(sql<number>`count(*)::int`.as('stored'))
          .executeTakeFirstOrThrow());
      }
    }
    const source = Readable.from(file());
    const { id, settings } = await createImport(
      open(),
      { name: 'long.csv', by: 'test', file: source },
      { ids: deps.ids, now: () => clock.now() },
    );
    expect(stored).toBeGreaterThanOrEqual(4);
    let queries = 0;
    const counted = open().db.withPlugin({
      transformQuery: ({ node }) => {
        queries += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    let [read, ahead] = [0, 0];
    for await (const row of readRows(counted, id, settings)) {
      // Parts that were read, above those that the rows so far have come from.
      ahead = Math.max(ahead, queries - Math.ceil((read * (stored + 1)) / rows));
      expect(row.cells[1]).toBe('Nîmes 😀');
      read += 1;
    }
    expect(read).toBe(rows);
    expect(queries).toBeGreaterThan(stored);
    expect(ahead).toBeLessThanOrEqual(3);
  });

  test('stopped, it keeps what is done and can go on', async () => {
    const { id } = await bring(many(MANY));
    await go(id, 'running');
    let isStopped = false;
    const stopping = make({
      checkpoint: () => {
        if (!isStopped) stopped ??= open().transaction((trx) => stop(trx, id, clock.now()));
        isStopped = true;
      },
    });
    let stopped: Promise<void> | undefined;
    await runImports(stopping);
    await stopped;
    const half = await loadImport(open().db, id);
    expect(half.status).toBe('stopped');
    expect(half.counts.created).toBe(await contacts());
    expect(half.counts.created).toBeLessThan(MANY);
    expect(await run(id, 'running')).toMatchObject({ status: 'done', counts: { created: MANY } });
  });

  test('bad lines come back as a list with a reason, which can be corrected and brought in again', async () => {
    const { id } = await bring(
      'E-mail,City,Phone\nada@example.com,=1+1,+43 1 234\nnobody,"=HYPERLINK(""x"")",+43 1 999\n',
    );
    await run(id, 'running');
    const rejects = (
      await buffer(writeRejects(open().db, await loadImport(open().db, id), (problem) => problem.code))
    ).toString();
    expect(rejects).toBe(
      `\ufeffE-mail,City,Phone,tandem_reason\nnobody,"'=HYPERLINK(""x"")",+43 1 999,E-mail: invalid_email\n`,
    );
    const again = await bring(rejects.replace('nobody', 'bob@example.com'));
    expect(again.settings.columns.at(-1)).toMatchObject({ heading: 'tandem_reason', target: null });
    expect(await run(again.id, 'running')).toMatchObject({ counts: { created: 1, refused: 0 } });
    expect((await inHub('bob@example.com'))?.fields).toMatchObject({ city: '=HYPERLINK("x")', phone: '+43 1 999' });
  });

  test('an empty cell leaves, fills what is empty, or clears, as was chosen', async () => {
    await person('ada@example.com', { city: 'Paris' });
    await person('bob@example.com', {});
    const list = 'E-mail;Ville\nada@example.com;\nbob@example.com;\n';
    const cities = async () => [
      (await inHub('ada@example.com'))?.fields['city'],
      (await inHub('bob@example.com'))?.fields['city'],
    ];
    await run((await bring(list)).id, 'running');
    expect(await cities()).toEqual(['Paris', undefined]);
    const filling = await bring(list);
    await change(filling.id, {
      empty: 'default',
      columns: filling.settings.columns.map((column) => ({
        ...column,
        default: column.target === 'city' ? 'Wien' : '',
      })),
    });
    await run(filling.id, 'running');
    expect(await cities()).toEqual(['Paris', 'Wien']);
    const clearing = await bring(list);
    await change(clearing.id, { empty: 'clear' });
    await run(clearing.id, 'running');
    expect(await cities()).toEqual([undefined, undefined]);
  });

  test('[R9] a value is as old as its row says, else as the list, else of unknown age', async () => {
    const { id } = await bring('E-mail;Ville;Modifié le\nada@example.com;Wien;01/02/2024\nbob@example.com;Wien;\n');
    await change(id, { listDate: '2020-05-06' });
    await run(id, 'running');
    const origin = async (email: string) =>
      (
        await sql<{
          at: number | null;
        }>`select (origin_of(origins, 'city') ->> 'at')::bigint as at from contacts where email_key = ${email}`.execute(
          open().db,
        )
      ).rows[0]?.at;
    expect(Number(await origin('ada@example.com'))).toBe(Date.UTC(2024, 1, 1));
    expect(Number(await origin('bob@example.com'))).toBe(Date.UTC(2020, 4, 6));
    await run((await bring('E-mail;Ville\ncarl@example.com;Wien\n')).id, 'running');
    expect(await origin('carl@example.com')).toBeNull();
  });

  test('[R8a] [R46] a list gives consent on its ground, and opens nothing that somebody closed', async () => {
    await person('out@example.com', { opt_out: true });
    const first = await bring('E-mail\nada@example.com\nout@example.com\nback@example.com\n');
    await change(first.id, { consent: { purpose: 'news', ground: 'cards of the fair in Lyon' } });
    await run(first.id, 'running');
    const back = await inHub('back@example.com');
    await sql`insert into consents (contact_id, purpose, given, at, how, proven) values (${back?.id}, 'news', false, ${clock.now() + 1}, 'preferences', true)`.execute(
      open().db,
    );
    clock.advance(1_000);
    const second = await bring('E-mail\nback@example.com\n');
    await change(second.id, { consent: { purpose: 'news', ground: 'another list' } });
    await run(second.id, 'running');
    const records = await sql<{ email_key: string; given: boolean; ground: string | null; proven: boolean }>`
      select c.email_key, k.given, k.ground, k.proven from consents k join contacts c on c.id = k.contact_id order by c.email_key, k.id`.execute(
      open().db,
    );
    expect(records.rows).toEqual([
      { email_key: 'ada@example.com', given: true, ground: 'cards of the fair in Lyon', proven: false },
      { email_key: 'back@example.com', given: true, ground: 'cards of the fair in Lyon', proven: false },
      { email_key: 'back@example.com', given: false, ground: null, proven: true },
    ]);
    expect((await inHub('ada@example.com'))?.fields['consent']).toContain('news');
    expect((await inHub('out@example.com'))?.fields).toMatchObject({ opt_out: true });
  });

  test('undone, only what nobody changed since goes back; people it made go unless somebody touched them', async () => {
    await person('ada@example.com', { city: 'Paris', company: 'Old', phone: '+33 1' });
    const { id } = await bring(
      'E-mail;Ville;Société;Désinscrit\nada@example.com;Wien;New;oui\nnew@example.com;Wien;;\nkept@example.com;Wien;;\n',
    );
    await run(id, 'running');
    clock.advance(1_000);
    await person('ada@example.com', { company: 'Newer' });
    await person('kept@example.com', { phone: '+43 1' });
    expect(await run(id, 'undoing')).toMatchObject({
      status: 'undone',
      undone: { removed: 1, kept: 1, fields: 1, keptFields: 1 },
    });
    expect((await inHub('ada@example.com'))?.fields).toMatchObject({
      city: 'Paris',
      company: 'Newer',
      phone: '+33 1',
      opt_out: true,
    });
    expect(await inHub('new@example.com')).toBeUndefined();
    expect(await inHub('kept@example.com')).toBeDefined();
    const tombstones = await sql`select 1 from tombstones`.execute(open().db);
    expect(tombstones.rows).toEqual([]);
  });

  test('export → import changes nothing, whatever stands in the fields: formulas, apostrophes, phones with +', async () => {
    await open().transaction((trx) => createField(trx, { key: 'size', label: 'Size', type: 'number' }, clock.now()));
    const nasty = fc
      .tuple(
        fc.constantFrom('', "'", "''", '=', '+', '-', '@', "'=", "'+", '"', ';', '\ufeff'),
        fc.string({ maxLength: 12, unit: 'grapheme' }),
      )
      .map(([head, rest]) =>
        `${head}${rest}`
          .normalize('NFC')
          .replace(/\p{Cc}|\p{Cs}/gu, '')
          .trim(),
      );
    const phone = fc.integer({ min: 100, max: 999_999_999 }).map((digits) => `+${digits}`);
    const row = fc.record({
      city: nasty,
      company: nasty,
      notes: nasty,
      phone,
      size: fc.double({ noNaN: true, noDefaultInfinity: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        await emptyStore(open());
        await open().transaction((trx) =>
          createField(trx, { key: 'size', label: 'Size', type: 'number' }, clock.now()),
        );
        for (const [index, fields] of rows.entries()) await person(`p${index}@example.com`, fields);
        const read = async () =>
          (await sql`select email, fields, version from contacts order by email_key`.execute(open().db)).rows;
        const before = await read();
        const chunks: Buffer[] = [];
        await exportCsv(
          open(),
          new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk), done()) }),
          BASE,
        );
        const done = await run((await bring(Buffer.concat(chunks))).id, 'running');
        expect(done.counts).toMatchObject({ rows: rows.length, unchanged: rows.length, refused: 0 });
        expect(await read()).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });

  test('[R18] a list that waits goes with somebody in it who is erased, and is said to be gone', async () => {
    const { id } = await bring(many(3));
    await person('p1@example.com', {});
    const found = await inHub('p1@example.com');
    await open().transaction((trx) => eraseContact(trx, found?.id ?? '', clock.now()));
    expect(await loadImport(open().db, id)).toMatchObject({ hasFile: false, error: { code: 'import_file_gone' } });
    await expect(go(id, 'running')).rejects.toMatchObject({ code: 'import_file_gone' });
  });

  test('an open quotation mark is told with its line, and what was read before it can be undone', async () => {
    const { id } = await bring('E-mail,City\nada@example.com,Wien\nbob@example.com,"Graz\n');
    expect(await run(id, 'counting')).toMatchObject({ status: 'draft', error: { code: 'csv_broken' } });
    expect(await run(id, 'running')).toMatchObject({ status: 'failed', error: { code: 'csv_broken' } });
    expect(await run(id, 'undoing')).toMatchObject({ status: 'undone' });
    expect(await contacts()).toBe(0);
  });
});
