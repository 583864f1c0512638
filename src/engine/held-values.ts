import { type RawBuilder, sql } from 'kysely';
import type { Hold } from '../core/decide.ts';
import { Conflicted, NotFound } from '../core/invalid-input.ts';
import type { Kind, LineKey, LineShadow, RunDirection, Shadow, Side, Value } from '../core/model.ts';
import { isEmpty } from '../core/value.ts';
import type { Queryable, Trx } from '../store/db.ts';
import { markContactsDue, markRecordsDue } from '../store/due.ts';
import type { EngineDeps } from './deps.ts';
import { type RunView, readRun } from './runs.ts';
import { forgetFlips } from './tug-of-war.ts';
import { crmFieldOf, hubFieldOf } from './undo-lines.ts';

/** Something that an undo, or a person, left different on both sides, and that neither repeats (R38, R50). */
export interface HeldValue {
  readonly link: string;
  readonly connection: string;
  readonly crm: string;
  /** null: the record as a whole, which an undo deleted. */
  readonly line: LineKey | null;
  readonly hubField: string | null;
  readonly crmField: string | null;
  readonly hub: Value;
  readonly crmValue: Value;
  /** The undo that holds it; null: left out of a run by a person. */
  readonly run: string | null;
}

interface LinkRow {
  readonly id: string;
  readonly connection_id: string;
  readonly contact_id: string | null;
  readonly crm_id: string;
  readonly kind: Kind;
  readonly state: string;
  readonly state_why: string | null;
  readonly shadow: Shadow;
  readonly holds: Readonly<Record<LineKey, Hold>>;
}

const PAGE = 500;
const isWhole = (link: Pick<LinkRow, 'state' | 'state_why'>): boolean =>
  link.state === 'deleted' && link.state_why === 'undone';

/** What is held of one person, by connection. */
export async function heldOf(q: Queryable, contactId: string): Promise<readonly HeldValue[]> {
  const { rows } = await sql<LinkRow & { connection: string; crm: string }>`
    select l.id, l.connection_id, l.contact_id, l.crm_id, l.kind, l.state, l.state_why, l.shadow, l.holds, c.name as connection, c.crm
      from links l join connections c on c.id = l.connection_id
     where l.contact_id = ${contactId} and l.role = 'primary' and c.disconnected_at is null order by c.created_at`.execute(
    q,
  );
  return rows.flatMap((link): HeldValue[] => {
    const held = Object.entries(link.holds).filter(([, hold]) => hold.why === 'undone');
    const about = { link: link.id, connection: link.connection, crm: link.crm };
    if (isWhole(link))
      return [
        {
          ...about,
          line: null,
          hubField: null,
          crmField: null,
          hub: null,
          crmValue: null,
          run: held[0]?.[1].run ?? null,
        },
      ];
    return held.map(([line, hold]) => ({
      ...about,
      line,
      hubField: hubFieldOf(line),
      crmField: crmFieldOf(line),
      hub: hold.hub,
      crmValue: hold.crm,
      run: hold.run ?? null,
    }));
  });
}

/**
 * A person releases what is held of somebody and says which side's value counts from now on; the next run carries it over. A
 * record that an undo deleted is made again. @throws NotFound; Conflicted('not_held') when it is not held any more
 */
export async function releaseHeld(
  deps: EngineDeps,
  contactId: string,
  wish: { readonly link: string; readonly line: LineKey | null; readonly counts: Side },
): Promise<void> {
  const at = deps.clock.now();
  await deps.store.transaction(async (trx) => {
    const [link] = await lockLinks(trx, sql`id = ${wish.link} and contact_id = ${contactId}`);
    if (link === undefined) throw new NotFound('link');
    if (wish.line === null) {
      if (!isWhole(link)) throw new Conflicted('not_held');
      return makeAgain(trx, link.connection_id, [link], at);
    }
    if (link.holds[wish.line]?.why !== 'undone' || isWhole(link)) throw new Conflicted('not_held');
    await forgetFlips(trx, link.id, wish.line);
    await letGo(trx, link.connection_id, {
      links: [link],
      isWanted: (line) => line === wish.line,
      counts: wish.counts,
      at,
    });
  });
}

const lockLinks = async (trx: Trx, where: RawBuilder<unknown>): Promise<readonly LinkRow[]> =>
  (
    await sql<LinkRow>`select id, connection_id, contact_id, crm_id, kind, state, state_why, shadow, holds from links
      where ${where} order by id for update`.execute(trx)
  ).rows;

/**
 * As with a conflict (R4c): the losing side is told that its value is what both last agreed on, so that the other's is the
 * only change.
 */
async function letGo(
  trx: Trx,
  connectionId: string,
  wish: {
    readonly links: readonly LinkRow[];
    readonly isWanted: (line: LineKey, hold: Hold) => boolean;
    readonly counts: Side;
    readonly at: number;
  },
): Promise<number> {
  let released = 0;
  const rows = wish.links.map((link) => {
    const holds = Object.entries(link.holds);
    const going = holds.filter(([line, hold]) => hold.why === 'undone' && wish.isWanted(line, hold));
    released += going.length;
    return {
      id: link.id,
      holds: Object.fromEntries(holds.filter((one) => !going.includes(one))),
      shadow: Object.fromEntries(going.map(([line, hold]) => [line, agreedAfter(hold, wish.counts)])),
    };
  });
  await sql`update links l set holds = n.holds, shadow = l.shadow || n.shadow, shadow_version = l.shadow_version + 1, updated_at = ${wish.at}
              from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, holds jsonb, shadow jsonb) where l.id = n.id`.execute(
    trx,
  );
  const mark = { reason: 'released', at: wish.at };
  if (wish.counts === 'hub')
    await markContactsDue(
      trx,
      connectionId,
      wish.links.flatMap((link) => link.contact_id ?? []),
      mark,
    );
  else
    await markRecordsDue(
      trx,
      connectionId,
      wish.links.map((link) => ({ id: link.crm_id, kind: link.kind })),
      mark,
    );
  return released;
}

/** Something else than the value that counts; that one may well be empty. */
const other = (value: Value): Value => (isEmpty(value) ? 'released' : null);
const agreedAfter = (hold: Hold, counts: Side): LineShadow =>
  counts === 'hub' ? { hub: other(hold.hub), crm: hold.crm } : { hub: hold.hub, crm: other(hold.crm) };

/** Their links end; a run towards the CRM makes their records like anybody's. */
async function makeAgain(trx: Trx, connectionId: string, links: readonly LinkRow[], at: number): Promise<void> {
  if (links.length === 0) return;
  await sql`delete from links where id = any(${links.map((link) => link.id)}::text[])`.execute(trx);
  const ids = links.flatMap((link) => link.contact_id ?? []);
  await markContactsDue(trx, connectionId, ids, { reason: 'released', at });
}

export interface HeldByRun {
  readonly fields: number;
  /** Persons or records that are not made again. */
  readonly people: number;
}

/** What an undo still holds. @throws NotFound */
export async function heldByRun(q: Queryable, runId: string): Promise<HeldByRun> {
  const run = await readRun(q, runId);
  const { rows } = await sql<{ fields: number; records: number }>`
    select coalesce(sum(h.n) filter (where not h.whole), 0)::int as fields, count(*) filter (where h.whole and h.n > 0)::int as records
      from links l cross join lateral (
        select count(*) as n, l.state = 'deleted' and coalesce(l.state_why, '') = 'undone' as whole from jsonb_each(l.holds) as e(line, hold) where e.hold ->> 'run' = ${runId}) h
     where l.connection_id = ${run.connectionId} and l.contact_id in (${peopleOf(run)})`.execute(q);
  const people = await sql<{ n: number }>`select count(*)::int as n from (${removedBy(run)}) as r`.execute(q);
  return { fields: rows[0]?.fields ?? 0, people: (rows[0]?.records ?? 0) + (people.rows[0]?.n ?? 0) };
}

/**
 * Of whom an undo may hold something: also where another run heard the answer, or nobody did, and only the run that it took
 * back has an item.
 */
const peopleOf = ({ id, undo }: Pick<RunView, 'id' | 'undo'>) =>
  sql`select contact_id from items where run_id in (${id}, ${undo?.of ?? id})`;

/** Records whose person an undo took out of the hub, and that are nobody's since. */
const removedBy = (run: { readonly id: string; readonly connectionId: string }) => sql<{ crm_id: string; kind: Kind }>`
  select d.crm_id, d.kind from directory d where d.connection_id = ${run.connectionId} and d.undone_at is not null and d.gone_at is null
     and d.crm_id in (select crm_id from items where run_id = ${run.id} and outcome = 'created')
     and not exists (select 1 from links l where l.connection_id = d.connection_id and l.crm_id = d.crm_id)`;

/**
 * Releases all that an undo holds, page by page. `counts`: the side whose values count from now on. The side that the undo
 * wrote: its values go to the other one, too, and whoever was removed stays so. The other side: it is as if nothing had been
 * undone, and persons and records are made again.
 * @throws NotFound; Conflicted('not_an_undo')
 */
export async function releaseRun(deps: EngineDeps, runId: string, counts: Side): Promise<HeldByRun> {
  const run = await readRun(deps.store.db, runId);
  if (run.undo === null || run.dryRun) throw new Conflicted('not_an_undo');
  const written: Side = run.direction === 'toHub' ? 'hub' : 'crm';
  let [fields, people] = [0, 0];
  for (let after = ''; ; ) {
    const page = await deps.store.transaction(async (trx) => {
      const at = deps.clock.now();
      const links = await lockLinks(
        trx,
        sql`connection_id = ${run.connectionId} and id > ${after} and id in (
          select l.id from links l where l.connection_id = ${run.connectionId} and l.id > ${after}
             and l.contact_id in (${peopleOf(run)})
             and exists (select 1 from jsonb_each(l.holds) as e(line, hold) where e.hold ->> 'run' = ${runId}) order by l.id limit ${PAGE})`,
      );
      const lines = links.filter((link) => !isWhole(link));
      const isWanted = (_line: LineKey, hold: Hold): boolean => hold.run === runId;
      if (lines.length > 0) fields += await letGo(trx, run.connectionId, { links: lines, isWanted, counts, at });
      if (counts !== written) {
        const whole = links.filter(isWhole);
        await makeAgain(trx, run.connectionId, whole, at);
        people += whole.length;
      }
      return links;
    });
    after = page.at(-1)?.id ?? '';
    if (page.length < PAGE) break;
  }
  if (counts !== written) people += await letIn(deps, run);
  deps.wake?.(run.connectionId);
  return { fields, people };
}

/** Persons who were taken out of the hub: their records are looked at again. */
async function letIn(
  deps: EngineDeps,
  run: { readonly id: string; readonly connectionId: string; readonly direction: RunDirection },
): Promise<number> {
  if (run.direction !== 'toHub') return 0;
  return deps.store.transaction(async (trx) => {
    const { rows } = await removedBy(run).execute(trx);
    await sql`update directory set undone_at = null where connection_id = ${run.connectionId} and crm_id = any(${rows.map((row) => row.crm_id)}::text[])`.execute(
      trx,
    );
    await markRecordsDue(
      trx,
      run.connectionId,
      rows.map((row) => ({ id: row.crm_id, kind: row.kind })),
      { reason: 'released', at: deps.clock.now() },
    );
    return rows.length;
  });
}
