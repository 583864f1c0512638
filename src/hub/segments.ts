import { type Condition, type ContactFilter } from '../core/contact-filter.ts';
import { Conflicted, NotFound } from '../core/invalid-input.ts';
import type { Ids } from '../platform/ids.ts';
import { isUniqueViolation, type Queryable } from '../store/db.ts';

export interface Segment {
  readonly id: string;
  readonly name: string;
  readonly filter: ContactFilter;
}

export async function listSegments(q: Queryable): Promise<readonly Segment[]> {
  const rows = await q.selectFrom('segments').select(['id', 'name', 'filter']).orderBy('name').execute();
  // Written below only, from what the contract's schema let in.
  return rows.map((row) => ({ ...row, filter: row.filter as unknown as Condition[] }));
}

/** Keeps a filter under a name; with an id, changes it. @throws Conflicted('segment_taken'), NotFound */
export async function saveSegment(
  q: Queryable,
  segment: {
    readonly id?: string | undefined;
    readonly name: string;
    readonly filter: ContactFilter;
    readonly by: string;
  },
  context: { readonly ids: Ids; readonly at: number },
): Promise<Segment> {
  const { name, filter } = segment;
  const id = segment.id ?? context.ids.next('seg');
  const row = { name: name.trim(), filter: JSON.stringify(filter), updated_at: context.at };
  try {
    if (segment.id === undefined)
      await q
        .insertInto('segments')
        .values({ ...row, id, created_by: segment.by, created_at: context.at })
        .execute();
    else {
      const changed = await q.updateTable('segments').set(row).where('id', '=', id).returning('id').executeTakeFirst();
      if (changed === undefined) throw new NotFound('segment');
    }
  } catch (error) {
    if (isUniqueViolation(error)) throw new Conflicted('segment_taken', { name: row.name });
    throw error;
  }
  return { id, name: row.name, filter };
}

export async function deleteSegment(q: Queryable, id: string): Promise<void> {
  const row = await q.deleteFrom('segments').where('id', '=', id).returning('id').executeTakeFirst();
  if (row === undefined) throw new NotFound('segment');
}
