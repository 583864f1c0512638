import type { ChangePage, Cursor, ReadOptions, RemoteRecord } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { type C4cClient, instant, PAGE, quote } from './client.ts';
import { type Entity, isObsolete, parseTime } from './codec.ts';
import { DELTA, type EntityName, recordId } from './entities.ts';

/** No lag is stated, reads come from the database; a minute covers what commits late. */
export const OVERLAP_MS = 60_000;

/**
 * By watermark: the filter is raised to the last row's stamp and the page read again from its first row, because `$skip`
 * over a moving set loses rows. Inside one stamp (stored digits are finer than the shown milliseconds, so "equal" finds
 * nothing) the rows of that millisecond are walked by ObjectID (BEHAVIOR.md, "Walking").
 */
export interface Walk {
  readonly at: number;
  /** Inside the millisecond `at`: after this ObjectID; null: by stamp. */
  readonly id: string | null;
  readonly startedAt: number | null;
  /** A first load, whose query may be filtered (R11). */
  readonly first: boolean;
}

export function parseWalk(cursor: Cursor | null): Walk {
  if (cursor === null) return { at: 0, id: null, startedAt: null, first: true };
  try {
    // Written below and kept unread by the engine.
    return JSON.parse(cursor) as Walk;
  } catch {
    throw new RemoteError('cursor', 'the position in the feed cannot be read');
  }
}

export interface ReadInput {
  readonly client: C4cClient;
  readonly entity: EntityName;
  readonly cursor: Cursor | null;
  readonly options: ReadOptions;
  readonly select: readonly string[];
  /** R11, as a condition of this set; null: it cannot be asked for, and the engine filters. */
  readonly condition: string | null;
  readonly decode: (row: Entity) => RemoteRecord;
  readonly now: number;
}

export async function readEntities(input: ReadInput): Promise<ChangePage> {
  const { client, entity, options, decode } = input;
  const walk = parseWalk(input.cursor);
  const limit = Math.min(PAGE, options.limit);
  const inside = walk.id !== null;
  const where = inside
    ? `${DELTA} ge ${instant(walk.at)} and ${DELTA} lt ${instant(walk.at + 1)} and ObjectID gt ${quote(walk.id ?? '')}`
    : `${DELTA} ge ${instant(walk.at)}`;
  const isFiltered = walk.first && options.mode === 'changes' && input.condition !== null;
  const page = await client.list(entity, {
    $filter: isFiltered ? `${where} and ${input.condition ?? ''}` : where,
    $orderby: inside ? 'ObjectID asc' : `${DELTA} asc`,
    $top: String(limit),
    $select: input.select.join(','),
    // How many there are in all: a page that happens to be full is then known to be the last one, and a page that the
    // server cut shorter than asked is known not to be.
    $inlinecount: 'allpages',
  });
  // R18d: nothing where something is said to be is no end.
  if (page.more && page.rows.length === 0)
    throw new RemoteError('unexpected', `SAP says that there are more rows of ${entity}, and sends none`);
  const startedAt = walk.startedAt ?? page.serverTime ?? input.now;
  const next = nextOf({ ...walk, startedAt }, page.rows, page.more);
  const records = page.rows.filter((row) => !isObsolete(entity, row)).map(decode);
  return {
    changed: records,
    gone: page.rows.filter((row) => isObsolete(entity, row)).map((row) => recordId(entity, row.ObjectID)),
    moved: records.flatMap(({ id, convertedTo }) =>
      convertedTo === undefined
        ? []
        : [{ from: id, to: convertedTo.id, why: 'converted' as const, toKind: convertedTo.kind }],
    ),
    next: JSON.stringify(next ?? { at: startedAt - OVERLAP_MS, id: null, startedAt: null, first: false }),
    more: next !== null,
  };
}

/** Where the next page begins; null: the walk has ended. `goesOn`: there are more rows than these. */
export function nextOf(walk: Walk, rows: readonly Entity[], goesOn: boolean): Walk | null {
  const last = rows.at(-1);
  const isFull = goesOn && last !== undefined;
  if (walk.id !== null) return isFull ? { ...walk, id: last.ObjectID } : { ...walk, at: walk.at + 1, id: null };
  if (!isFull) return null;
  const stamp = parseTime(last[DELTA]) ?? walk.at;
  const first = parseTime(rows[0]?.[DELTA]) ?? walk.at;
  // A whole page of one millisecond: walk it by id, from its first row.
  return stamp > first ? { ...walk, at: stamp, id: null } : { ...walk, at: stamp, id: '' };
}
