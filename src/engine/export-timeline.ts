import { sql } from 'kysely';
import type { WriteOutcome } from '../connectors/kit/connector.ts';
import { failureOf, RemoteError } from '../connectors/kit/errors.ts';
import type { Timeline, TimelineEntry } from '../connectors/kit/timeline.ts';
import type { Kind } from '../core/model.ts';
import { readInstanceSettings } from '../store/instance-settings.ts';
import type { RunContext } from './run-context.ts';
import { checkLease } from './sync-page.ts';
import { timelineCap, timelineToday } from './timeline-cap.ts';
import { timelineText } from './timeline-text.ts';

/** Entries announced and settled by one transaction. */
const PAGE = 500;
/** An entry without an answer may still be on its way for so long, ms, whatever the vendor's look-ups say. */
const PATIENCE_MS = 60_000;
/** The record is not there any more, or is becoming another one: the next look at the CRM tells. */
const GONE_MS = 3_600_000;

export interface TimelineHooks {
  readonly betweenPages: () => Promise<void>;
  /** Only these people. */
  readonly only?: readonly string[] | undefined;
}

/**
 * R80: writes what linked people did as activities or notes on their records, oldest first, within the day's cap. Each
 * entry is announced by a committed intent before the call and carries our key, so that one without an answer is sought
 * and not written again. A right that is missing for it stops the entries and nothing else.
 */
export async function exportTimeline(ctx: RunContext, hooks: TimelineHooks): Promise<void> {
  const { timeline } = ctx.connector;
  if (!ctx.connection.settings.export.timeline.enabled || timeline === undefined) return;
  if (ctx.run.dryRun || ctx.run.lines !== null) return;
  try {
    await finishEntries(ctx, timeline);
    for (let goesOn = true; goesOn; ) {
      await hooks.betweenPages();
      await ctx.breathe();
      goesOn = await writePage(ctx, timeline, hooks.only);
    }
    await noteProblem(ctx, null);
  } catch (error) {
    const isAboutThis =
      error instanceof RemoteError &&
      (error.kind === 'forbidden' || error.kind === 'schema' || error.kind === 'invalid');
    if (!isAboutThis) throw error;
    ctx.deps.log.warn({ run: ctx.run.id, connection: ctx.connection.id, kind: error.kind }, 'no timeline entries');
    await noteProblem(ctx, { ...failureOf(error), at: ctx.deps.clock.now() });
  }
}

async function noteProblem(ctx: RunContext, problem: Readonly<Record<string, string | number>> | null): Promise<void> {
  await sql`update connections set timeline_problem = ${problem === null ? null : JSON.stringify(problem)}::jsonb
             where id = ${ctx.connection.id} and (timeline_problem is not null or ${problem !== null})`.execute(
    ctx.deps.store.db,
  );
}

const patience = (ctx: RunContext): number => Math.max(ctx.manifest.timeline?.lagMs ?? 0, PATIENCE_MS);

interface Sent {
  readonly key: string;
  readonly kind: Kind;
  readonly record_id: string;
  readonly announced_at: number;
  readonly now_kind: Kind | null;
  readonly now_id: string | null;
}

/**
 * R31: entries whose answer never came, from this process or one that died. They are sought on the record that they were
 * announced for and on the one that it became; absence is believed only when no look-up can lag any more.
 */
async function finishEntries(ctx: RunContext, timeline: Timeline): Promise<void> {
  const { deps, connection } = ctx;
  for (;;) {
    const now = deps.clock.now();
    const { rows } = await sql<Sent>`
      select t.key, t.kind, t.record_id, t.announced_at, l.kind as now_kind, l.crm_id as now_id
        from timeline_entries t
        left join links l on l.connection_id = t.connection_id and l.contact_id = t.contact_id and l.role = 'primary'
       where t.connection_id = ${connection.id} and t.state = 'sent' and t.not_before <= ${now} order by t.at, t.key limit ${PAGE}`.execute(
      deps.store.db,
    );
    if (rows.length === 0) return;
    const places = rows.flatMap((row) => [
      { key: row.key, kind: row.kind, recordId: row.record_id },
      ...(row.now_id === null || row.now_kind === null || row.now_id === row.record_id
        ? []
        : [{ key: row.key, kind: row.now_kind, recordId: row.now_id }]),
    ]);
    const found = await timeline.find(places);
    const settled = rows.map(({ key, announced_at }) => {
      const crmId = found.get(key) ?? null;
      if (crmId !== null) return { key, state: 'stored', crmId, notBefore: 0 };
      const until = announced_at + patience(ctx);
      return until <= now
        ? { key, state: 'owed', crmId, notBefore: 0 }
        : { key, state: 'sent', crmId, notBefore: until };
    });
    await saveStates(ctx, settled);
  }
}

interface EntryState {
  readonly key: string;
  readonly state: string;
  readonly crmId: string | null;
  readonly notBefore: number;
  readonly fault?: unknown;
}

/** One statement; whoever was erased meanwhile has no row any more (R18). */
async function saveStates(ctx: RunContext, states: readonly EntryState[]): Promise<void> {
  const { deps, connection } = ctx;
  const now = deps.clock.now();
  await deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await sql`
      update timeline_entries t set state = n.state, crm_id = n."crmId", not_before = n."notBefore", fault = n.fault,
             stored_at = case when n.state = 'stored' then ${now}::bigint end,
             announced_at = case when n.state = 'owed' then null else t.announced_at end
        from jsonb_to_recordset(${JSON.stringify(states)}::jsonb) as n(key text, state text, "crmId" text, "notBefore" bigint, fault jsonb)
       where t.connection_id = ${connection.id} and t.key = n.key and t.state = 'sent'`.execute(trx);
  });
}

/** @returns false when nothing is left that may be written now. */
async function writePage(ctx: RunContext, timeline: Timeline, only: readonly string[] | undefined): Promise<boolean> {
  const { deps, connection, manifest } = ctx;
  const left =
    timelineCap(manifest, connection) - (await timelineToday(deps.store.db, connection.id, deps.clock.now()));
  if (left <= 0) return false;
  const entries = await announce(ctx, Math.min(left, PAGE), only);
  if (entries.length === 0) return false;
  deps.checkpoint?.('timeline:announced');
  const outcomes = await timeline.add(entries);
  deps.checkpoint?.('timeline:written');
  const states = entries.map(({ key }, index) => stateOf(ctx, key, outcomes[index] ?? { kind: 'unknown' }));
  await saveStates(ctx, states);
  deps.checkpoint?.('timeline:settled');
  deps.onProgress?.(ctx.run.id);
  return outcomes.every((outcome) => outcome.kind !== 'throttled' && outcome.kind !== 'unknown');
}

function stateOf(ctx: RunContext, key: string, outcome: WriteOutcome): EntryState {
  const now = ctx.deps.clock.now();
  switch (outcome.kind) {
    case 'stored':
      return { key, state: 'stored', crmId: outcome.id, notBefore: 0 };
    case 'refused':
      return { key, state: 'refused', crmId: null, notBefore: 0, fault: outcome.faults[0] ?? null };
    case 'throttled':
      return { key, state: 'owed', crmId: null, notBefore: outcome.retryAt ?? now + PATIENCE_MS };
    case 'gone':
    case 'moved':
      return { key, state: 'owed', crmId: null, notBefore: now + GONE_MS };
    default:
      return { key, state: 'sent', crmId: null, notBefore: now + patience(ctx) };
  }
}

interface Announced {
  readonly key: string;
  readonly contact_id: string;
  readonly kind: Kind;
  readonly record_id: string;
  readonly at: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly page: string | null;
}

/** The oldest that are owed, of people who are linked and take part; committed before the call, one statement. */
async function announce(
  ctx: RunContext,
  most: number,
  only: readonly string[] | undefined,
): Promise<readonly TimelineEntry[]> {
  const { deps, connection } = ctx;
  const now = deps.clock.now();
  const these = only === undefined ? sql`true` : sql`t.contact_id = any(${only as string[]}::text[])`;
  const { rows } = await deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    return sql<Announced>`
      with next as (
        select t.key, l.kind, l.crm_id, e.type, e.data, s.page
          from timeline_entries t
          join links l on l.connection_id = t.connection_id and l.contact_id = t.contact_id and l.role = 'primary' and l.state = 'active'
          join events e on e.at = t.at and e.id = t.event_id
          left join submissions s on s.id = t.event_id
         where t.connection_id = ${connection.id} and t.state = 'owed' and t.not_before <= ${now} and ${these}
         order by t.at, t.key limit ${most} for update of t
      )
      update timeline_entries t set state = 'sent', announced_at = ${now}, not_before = 0, kind = next.kind, record_id = next.crm_id, tries = t.tries + 1
        from next where t.connection_id = ${connection.id} and t.key = next.key
      returning t.key, t.contact_id, t.kind, t.record_id, t.at, next.type, next.data, next.page`.execute(trx);
  });
  if (rows.length === 0) return [];
  const instance = await readInstanceSettings(deps.store.db);
  return [...rows]
    .sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1))
    .map((row) => {
      const url = `${deps.baseUrl}/contacts/${row.contact_id}`;
      const page = row.page ?? textIn(row.data, 'page') ?? textIn(row.data, 'url');
      const name = textIn(row.data, 'name') ?? textIn(row.data, 'file') ?? '';
      const words = timelineText({ type: row.type, at: row.at, name, page, url }, instance);
      return { key: row.key, kind: row.kind, recordId: row.record_id, at: row.at, ...words };
    });
}

const textIn = (data: Readonly<Record<string, unknown>>, key: string): string | null => {
  const value = data[key];
  return typeof value === 'string' && value !== '' ? value : null;
};
