import type { ChangePage, Cursor, ReadOptions } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { quote, type SalesforceClient } from './client.ts';
import {
  companyOf,
  type DecodeContext,
  decodeRow,
  isCompanyField,
  kindOf,
  type ObjectName,
  parseTime,
  type Row,
  SYSTEM_FIELDS,
} from './codec.ts';

/**
 * The stamp is taken when a row is changed, the row is seen when its transaction commits: long ones appear behind the
 * cursor. So each walk begins this much before the last one began (BEHAVIOR.md, "Late commits").
 */
export const LATE_COMMIT_MS = 5 * 60_000;
export const QUERY_PAGE = 2_000;
/** Deleted rows leave the recycle bin after 15 days (BEHAVIOR.md, "Merges, deletions, conversion"). */
const BIN_MS = 15 * 86_400_000;

/** By time and id, because thousands of rows share one second (BEHAVIOR.md, "Ties"). */
interface Walk {
  /** ISO seconds; null: from the beginning. */
  readonly at: string | null;
  readonly id: string;
  readonly startedAt: number | null;
  /** Of a first load, whose query may be filtered (R11). */
  readonly first?: boolean;
}

function parse(cursor: Cursor | null): Walk {
  if (cursor === null) return { at: null, id: '', startedAt: null, first: true };
  try {
    // Written below and kept unread by the engine.
    return JSON.parse(cursor) as Walk;
  } catch {
    throw new RemoteError('cursor', 'the position in the feed cannot be read');
  }
}

/** A literal of SOQL; the vendor's stamps have whole seconds, and what has more is kept, or its rows would come again. */
const literal = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
const seconds = (ms: number): string => literal(Math.floor(ms / 1000) * 1000);
/** Where a walk goes on after this row. */
const placeOf = (row: Row): Pick<Walk, 'at' | 'id'> => ({
  at: literal(parseTime(String(row['SystemModstamp']))),
  id: String(row['Id']),
});

const after = (walk: Walk): string[] => {
  if (walk.at === null) return [];
  // A literal without quotes; `>=` first, then by id within that second.
  return [
    walk.id === ''
      ? `SystemModstamp >= ${walk.at}`
      : `((SystemModstamp = ${walk.at} AND Id > '${walk.id}') OR SystemModstamp > ${walk.at})`,
  ];
};

export interface ReadInput {
  readonly client: SalesforceClient;
  readonly object: ObjectName;
  readonly cursor: Cursor | null;
  readonly options: ReadOptions;
  readonly context: DecodeContext;
  readonly now: () => number;
}

export async function readObject({ client, object, cursor, options, context, now }: ReadInput): Promise<ChangePage> {
  const walk = parse(cursor);
  const asked = options.mode === 'slim' ? [] : options.fields;
  const first = walk.first === true && options.mode === 'changes';
  const page = await walkRows(client, walk, {
    object,
    select: queryNames(object, selectable(object, asked, context), context),
    where: first ? filterOf(object, options, context) : [],
    limit: options.limit,
    now,
  });
  const next: Walk = page.more && first ? { ...page.next, first } : page.next;
  return {
    changed: page.records.map((row) => decodeRow(row, object, context)),
    gone: [],
    moved: [],
    next: JSON.stringify(next),
    more: page.more,
  };
}

/** A relationship brings the name of a contact's company with the contact (BEHAVIOR.md, "Companies"). */
export const queryNames = (object: ObjectName, fields: readonly string[], context: DecodeContext): readonly string[] =>
  fields.flatMap((name) => (isCompanyField(object, name, context) ? [name, 'Account.Name'] : [name]));

interface WalkInput {
  readonly object: ObjectName | 'Account';
  readonly select: readonly string[];
  readonly where: readonly string[];
  readonly limit: number;
  /** Deleted rows, too. */
  readonly all?: boolean;
  readonly now: () => number;
}
interface WalkPage {
  readonly records: readonly Row[];
  readonly next: Walk;
  readonly more: boolean;
  /** When the walk began, by the vendor's clock where it tells. */
  readonly startedAt: number;
}

/**
 * A page of a walk. One row more than it may have is asked for: the count of the answer then tells whether the walk goes
 * on, without another query after a page that happens to be full. Wide rows give shorter pages, which tell nothing.
 */
async function walkRows(client: SalesforceClient, walk: Walk, input: WalkInput): Promise<WalkPage> {
  const { object, select, now } = input;
  const limit = Math.min(QUERY_PAGE, input.limit);
  const where = [...input.where, ...after(walk)];
  const soql = `SELECT ${select.join(', ')} FROM ${object}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`} ORDER BY SystemModstamp, Id`;
  const answer = await client.query(`${soql} LIMIT ${limit + 1}`, input.all === true);
  const records = answer.records.slice(0, limit);
  const startedAt = walk.startedAt ?? answer.serverTime ?? now();
  const goesOn = !answer.done || answer.totalSize > records.length;
  const on = goesOn ? records.at(-1) : undefined;
  const next: Walk =
    on === undefined
      ? { at: seconds(startedAt - LATE_COMMIT_MS), id: '', startedAt: null }
      : { ...placeOf(on), startedAt };
  return { records, next, more: on !== undefined, startedAt };
}

/** A first load asks only for those whose field has the value (R11); later reads see everything, so that leaving is seen. */
function filterOf(object: ObjectName, { filter }: ReadOptions, context: DecodeContext): string[] {
  if (filter === undefined || !context.fields[object].has(filter.field)) return [];
  const { value } = filter;
  const isTicked =
    context.fields[object].get(filter.field)?.type === 'boolean' && /^(true|yes|1)$/i.test(String(value));
  if (isTicked) return [`${filter.field} = TRUE`];
  return typeof value === 'string' ? [`${filter.field} = ${quote(value)}`] : [];
}

/** Only fields that this object has; system fields first. */
export const selectable = (object: ObjectName, asked: readonly string[], context: DecodeContext): string[] => {
  const known = context.fields[object];
  const wanted = [
    ...SYSTEM_FIELDS[object],
    ...(context.linkBackField === null ? [] : [context.linkBackField]),
    ...asked,
  ];
  return [...new Set(wanted)].filter((field) => known.has(field) || field === 'Id');
};

/** Deletions and merges: the loser of a merge is deleted with `MasterRecordId` of the winner (BEHAVIOR.md, "Merges"). */
export async function readDeleted({ client, object, cursor, options, now }: ReadInput): Promise<ChangePage> {
  const begun: Walk = { ...parse(null), ...(options.since === undefined ? {} : { at: seconds(options.since) }) };
  const walk = cursor === null ? begun : parse(cursor);
  const page = await walkRows(client, walk, {
    object,
    select: ['Id', 'MasterRecordId', 'SystemModstamp'],
    where: ['IsDeleted = true'],
    limit: options.limit,
    all: true,
    now,
  });
  const merged = page.records.filter((row) => typeof row['MasterRecordId'] === 'string');
  const moved = merged.map((row) => ({
    from: String(row['Id']),
    to: String(row['MasterRecordId']),
    why: 'merged' as const,
    toKind: kindOf(object),
  }));
  const gone = page.records.filter((row) => typeof row['MasterRecordId'] !== 'string').map((row) => String(row['Id']));
  return {
    changed: [],
    gone,
    moved,
    next: JSON.stringify(page.next),
    more: page.more,
    ...(isBeyondBin(walk, page.startedAt) ? { isCutOff: true } : {}),
  };
}

/** A walk that begins before what the bin still holds misses deletions, and whom losers were merged into. */
const isBeyondBin = ({ at, startedAt }: Walk, now: number): boolean =>
  startedAt === null && at !== null && Date.parse(at) < now - BIN_MS;

/**
 * Accounts that changed, were deleted or lost a merge, in one query: a company's new name does not touch its contacts. From
 * the moment of the first look on, because contacts bring the names that their companies have then. Who may not see accounts
 * has contacts all the same.
 */
export async function readAccounts({
  client,
  cursor,
  options,
  now,
}: Omit<ReadInput, 'object' | 'context'>): Promise<ChangePage> {
  const walk: Walk = cursor === null ? { at: seconds(now() - LATE_COMMIT_MS), id: '', startedAt: null } : parse(cursor);
  const page = (records: readonly Row[], next: Walk, more: boolean): ChangePage => {
    const isGone = (row: Row): boolean => row['IsDeleted'] === true;
    return {
      changed: [],
      gone: [],
      moved: [],
      companies: records.filter((row) => !isGone(row)).flatMap(companyOf),
      companiesGone: records.filter(isGone).map((row) => String(row['Id'])),
      next: JSON.stringify(next),
      more,
    };
  };
  try {
    const select = ['Id', 'Name', 'IsDeleted', 'SystemModstamp'];
    const { records, next, more } = await walkRows(client, walk, {
      object: 'Account',
      select,
      where: [],
      limit: options.limit,
      all: true,
      now,
    });
    return page(records, next, more);
  } catch (error) {
    if (!(error instanceof RemoteError) || (error.kind !== 'schema' && error.kind !== 'forbidden')) throw error;
    return page([], walk, false);
  }
}
