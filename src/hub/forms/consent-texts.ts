import { sql } from 'kysely';
import { Conflicted, type InputProblem, InvalidInput, NotFound } from '../../core/invalid-input.ts';
import type { Ids } from '../../platform/ids.ts';
import { json, type Queryable, type Trx } from '../../store/db.ts';

/** Words that people agree to, by language; each change is a new version, and old ones stay (R8a). */
export interface ConsentText {
  readonly id: string;
  readonly name: string;
  /** What is agreed to, in snake_case: stands in the contact's field `consent`. */
  readonly purpose: string;
  /** It asks for our mails: once proven it lifts an earlier opt-out (R46). */
  readonly mail: boolean;
  readonly version: number;
  /** Language → the words in force. */
  readonly words: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface Row {
  id: string;
  name: string;
  purpose: string;
  mail: boolean;
  version: number;
  words: Readonly<Record<string, string>>;
  created_at: number;
  updated_at: number;
}

const toText = (row: Row): ConsentText => ({
  id: row.id,
  name: row.name,
  purpose: row.purpose,
  mail: row.mail,
  version: Number(row.version),
  words: row.words,
  createdAt: Number(row.created_at),
  updatedAt: Number(row.updated_at),
});

const columns = sql`t.id, t.name, t.purpose, t.mail, t.version, w.words, t.created_at, t.updated_at`;
const joined = sql`consent_texts t join consent_wordings w on w.text_id = t.id and w.version = t.version`;

export async function listConsentTexts(q: Queryable): Promise<readonly ConsentText[]> {
  const rows = await sql<Row>`select ${columns} from ${joined} where t.deleted_at is null order by t.name`.execute(q);
  return rows.rows.map(toText);
}

/** Those of these ids, with the words in force; deleted ones too, since a form may still show them. */
export async function consentTextsOf(q: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, ConsentText>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<Row>`select ${columns} from ${joined} where t.id = any(${ids as string[]}::text[])`.execute(q);
  return new Map(rows.rows.map((row) => [row.id, toText(row)]));
}

/** All versions of one text, the newest first. @throws NotFound */
export async function consentWordings(q: Queryable, id: string) {
  const rows = await q
    .selectFrom('consent_wordings')
    .select(['version', 'words', 'saved_by', 'at'])
    .where('text_id', '=', id)
    .orderBy('version', 'desc')
    .execute();
  if (rows.length === 0) throw new NotFound('consent text');
  return rows;
}

export interface ConsentTextInput {
  readonly name: string;
  readonly purpose: string;
  readonly mail: boolean;
  readonly words: Readonly<Record<string, string>>;
}

interface SaveContext {
  readonly ids: Ids;
  readonly at: number;
  readonly by: string;
}

/** @throws InvalidInput */
export async function createConsentText(trx: Trx, input: ConsentTextInput, context: SaveContext): Promise<ConsentText> {
  check(input);
  const id = context.ids.next('cst');
  await trx
    .insertInto('consent_texts')
    .values({
      id,
      name: input.name.trim(),
      purpose: input.purpose,
      mail: input.mail,
      created_at: context.at,
      updated_at: context.at,
    })
    .execute();
  await keepWording(trx, { id, version: 1, words: input.words }, context);
  return mustFind(trx, id);
}

/**
 * Other words are a new version; a new name is none. The purpose of a text that somebody has agreed to stays.
 * @throws NotFound, InvalidInput, Conflicted
 */
export async function updateConsentText(
  trx: Trx,
  id: string,
  change: Partial<ConsentTextInput>,
  context: SaveContext,
): Promise<ConsentText> {
  await trx.selectFrom('consent_texts').select('id').where('id', '=', id).forUpdate().execute();
  const text = await mustFind(trx, id);
  const input: ConsentTextInput = { ...text, ...change };
  check(input);
  if (input.purpose !== text.purpose) {
    const used = await trx.selectFrom('consents').select('id').where('text_id', '=', id).limit(1).executeTakeFirst();
    if (used !== undefined) throw new Conflicted('purpose_used', { purpose: text.purpose });
  }
  const isNew = JSON.stringify(sorted(input.words)) !== JSON.stringify(sorted(text.words));
  const version = isNew ? text.version + 1 : text.version;
  await trx
    .updateTable('consent_texts')
    .set({ name: input.name.trim(), purpose: input.purpose, mail: input.mail, version, updated_at: context.at })
    .where('id', '=', id)
    .execute();
  if (isNew) await keepWording(trx, { id, version, words: input.words }, context);
  return mustFind(trx, id);
}

/** @throws NotFound; Conflicted when a form shows it. */
export async function deleteConsentText(trx: Trx, id: string, at: number): Promise<void> {
  await mustFind(trx, id);
  const used = await sql<{ name: string }>`
    select name from forms where deleted_at is null and definition -> 'consents' @> ${json([{ text: id }])}::jsonb limit 1`.execute(
    trx,
  );
  const [form] = used.rows;
  if (form !== undefined) throw new Conflicted('text_in_form', { form: form.name });
  await trx.updateTable('consent_texts').set({ deleted_at: at }).where('id', '=', id).execute();
}

async function mustFind(trx: Trx, id: string): Promise<ConsentText> {
  const rows = await sql<Row>`select ${columns} from ${joined} where t.deleted_at is null and t.id = ${id}`.execute(
    trx,
  );
  const [row] = rows.rows;
  if (row === undefined) throw new NotFound('consent text');
  return toText(row);
}

const sorted = (words: Readonly<Record<string, string>>) =>
  Object.entries(words)
    .filter(([, text]) => text.trim() !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));

function check(input: ConsentTextInput): void {
  const problems: InputProblem[] = [];
  if (input.name.trim() === '') problems.push({ path: 'name', code: 'required', params: {} });
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(input.purpose))
    problems.push({ path: 'purpose', code: 'field_key', params: { value: input.purpose } });
  if (sorted(input.words).length === 0) problems.push({ path: 'words', code: 'required', params: {} });
  if (problems.length > 0) throw new InvalidInput(problems);
}

async function keepWording(
  trx: Trx,
  saved: { readonly id: string; readonly version: number; readonly words: Readonly<Record<string, string>> },
  context: SaveContext,
): Promise<void> {
  await trx
    .insertInto('consent_wordings')
    .values({
      text_id: saved.id,
      version: saved.version,
      words: json(Object.fromEntries(sorted(saved.words))),
      saved_by: context.by,
      at: context.at,
    })
    .execute();
}
