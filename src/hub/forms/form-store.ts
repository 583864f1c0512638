import { sql } from 'kysely';
import type { FormDefinition } from '../../core/form.ts';
import { Conflicted, InvalidInput, NotFound } from '../../core/invalid-input.ts';
import { type Ids, systemRandom } from '../../platform/ids.ts';
import { json, type Queryable, type Trx } from '../../store/db.ts';
import { formProblems, originUrl } from './check-form.ts';

export interface Form {
  readonly id: string;
  readonly name: string;
  /** Off: its page says that it is closed, posts are refused. */
  readonly enabled: boolean;
  readonly definition: FormDefinition;
  /** Publishable. */
  readonly key: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface FormCounts {
  readonly accepted: number;
  readonly held: number;
  readonly refused: number;
  /** ms of the newest accepted submission; null: none yet. */
  readonly lastAt: number | null;
}

interface FormRow {
  id: string;
  name: string;
  enabled: boolean;
  definition: unknown;
  key: string;
  version: number;
  created_at: number;
  updated_at: number;
}

const toForm = (row: FormRow): Form => ({
  id: row.id,
  name: row.name,
  enabled: row.enabled,
  // Written below only, from this very type.
  definition: row.definition as FormDefinition,
  key: row.key,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** One form that is not deleted; undefined: there is none. */
export async function findForm(q: Queryable, id: string): Promise<Form | undefined> {
  const row = await q
    .selectFrom('forms')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : toForm(row);
}

/** @throws NotFound */
export async function mustFindForm(q: Queryable, id: string): Promise<Form> {
  const form = await findForm(q, id);
  if (form === undefined) throw new NotFound('form');
  return form;
}

/** Every form, the newest first, with what came in. Two statements. */
export async function listForms(
  q: Queryable,
): Promise<readonly { readonly form: Form; readonly counts: FormCounts }[]> {
  const rows = await q
    .selectFrom('forms')
    .selectAll()
    .where('deleted_at', 'is', null)
    .orderBy('created_at', 'desc')
    .execute();
  const counts = await countSubmissions(q);
  return rows.map((row) => ({ form: toForm(row), counts: counts.get(row.id) ?? NONE }));
}

const NONE: FormCounts = { accepted: 0, held: 0, refused: 0, lastAt: null };

/** By form; tests are not counted. */
export async function countSubmissions(q: Queryable): Promise<ReadonlyMap<string, FormCounts>> {
  const rows = await sql<{ form_id: string; accepted: number; held: number; refused: number; last: number | null }>`
    select form_id, count(*) filter (where status = 'accepted')::int as accepted, count(*) filter (where status = 'held')::int as held,
           count(*) filter (where status = 'refused')::int as refused, max(at) filter (where status = 'accepted') as last
      from submissions where not test group by form_id`.execute(q);
  return new Map(
    rows.rows.map(({ form_id, last, ...counts }) => [
      form_id,
      { ...counts, lastAt: last === null ? null : Number(last) },
    ]),
  );
}

export interface FormInput {
  readonly name: string;
  readonly enabled: boolean;
  readonly definition: FormDefinition;
}

export interface SaveFormContext {
  readonly ids: Ids;
  readonly at: number;
  /** Who saves, for the version's record. */
  readonly by: string;
}

/** Makes a form. @throws InvalidInput with the path of each bad value. */
export async function createForm(trx: Trx, input: FormInput, context: SaveFormContext): Promise<Form> {
  await check(trx, input);
  const id = context.ids.next('frm');
  const key = `pk_${Buffer.from(systemRandom(15)).toString('base64url')}`;
  const definition = normalised(input.definition);
  await trx
    .insertInto('forms')
    .values({
      id,
      name: input.name.trim(),
      enabled: input.enabled,
      definition: json(definition),
      key,
      created_at: context.at,
      updated_at: context.at,
    })
    .execute();
  await keepVersion(trx, { id, version: 1, definition }, context);
  return mustFindForm(trx, id);
}

/**
 * Saves a form as its next version: submissions and consents name the version that was shown.
 * @throws NotFound; Conflicted when `ifVersion` is old; InvalidInput.
 */
export async function updateForm(
  trx: Trx,
  id: string,
  change: Partial<FormInput> & { readonly ifVersion?: number | undefined },
  context: SaveFormContext,
): Promise<Form> {
  const row = await trx
    .selectFrom('forms')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('form');
  if (change.ifVersion !== undefined && change.ifVersion !== row.version) throw new Conflicted('changed_meanwhile');
  const form = toForm(row);
  const input: FormInput = {
    name: change.name ?? form.name,
    enabled: change.enabled ?? form.enabled,
    definition: normalised(change.definition ?? form.definition),
  };
  await check(trx, input);
  const version = form.version + 1;
  await trx
    .updateTable('forms')
    .set({
      name: input.name.trim(),
      enabled: input.enabled,
      definition: json(input.definition),
      version,
      updated_at: context.at,
    })
    .where('id', '=', id)
    .execute();
  await keepVersion(trx, { id, version, definition: input.definition }, context);
  return mustFindForm(trx, id);
}

/** Its address answers that there is no such form any more; what came in stays. @throws NotFound */
export async function deleteForm(trx: Trx, id: string, at: number): Promise<void> {
  const row = await trx
    .updateTable('forms')
    .set({ deleted_at: at, enabled: false })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('form');
}

async function check(trx: Trx, input: FormInput): Promise<void> {
  const problems = await formProblems(trx, input);
  if (problems.length > 0) throw new InvalidInput(problems);
}

/** Origins as browsers send them: no path, no trailing slash, no default port. */
const normalised = (definition: FormDefinition): FormDefinition => ({
  ...definition,
  origins: [
    ...new Set(
      definition.origins.map((origin) => {
        const url = originUrl(origin);
        return url === null ? origin : url.origin;
      }),
    ),
  ],
});

async function keepVersion(
  trx: Trx,
  saved: { readonly id: string; readonly version: number; readonly definition: FormDefinition },
  context: SaveFormContext,
): Promise<void> {
  await trx
    .insertInto('form_versions')
    .values({
      form_id: saved.id,
      version: saved.version,
      definition: json(saved.definition),
      saved_by: context.by,
      at: context.at,
    })
    .execute();
}
