import { sql } from 'kysely';
import type { ChangePage, RemoteRecord } from '../connectors/kit/connector.ts';
import type { Trx } from '../store/db.ts';
import { isRetryable } from '../store/db.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { keepStatistics } from '../store/statistics.ts';
import { bindRun } from './bind-run.ts';
import { followCompanies, forgetCompanies } from './company-store.ts';
import { type Counts, noCounts, sumCounts } from './counts.ts';
import { decideRecord } from './decide-record.ts';
import { LeaseLost, SettingsChanged } from './interruptions.ts';
import { readRoom } from './new-values.ts';
import { countOnce, joinItems } from './outcomes.ts';
import { Effects, writeEffects } from './page-effects.ts';
import { contactIdOf, emailKeys, type PageState, readPageState } from './page-state.ts';
import { proposeMerge } from './propose-merge.ts';
import { carriesConsent, type RunContext } from './run-context.ts';

/** Where a page stands in its feed, and where the next one starts. */
export interface PagePlace {
  readonly feed: string;
  readonly mode: 'changes' | 'full' | 'due';
  /** The cursor the page was read from; compared before it is moved. */
  readonly from: string | null;
  readonly next: string | null;
  readonly done: boolean;
}

const TRIES = 5;

/** What a page would have done; nothing of it is written. */
export interface Rehearsal {
  readonly effects: Effects;
  readonly counts: Counts;
}

class Held extends Error {}

/**
 * R30c: one page towards the hub in one transaction: lock, decide on those values, write hub, links, marks, items, counts
 * and the cursor. A unique violation rolls everything back and repeats it from the reads.
 *
 * `hold` looks at what was decided and may say that the page is not to be written (R50): then everything is rolled back.
 * @returns what the page would have done when it was held; null when it is written.
 */
export async function syncPage(
  ctx: RunContext,
  page: ChangePage,
  place: PagePlace,
  hold: (rehearsal: Rehearsal) => boolean = () => false,
): Promise<Rehearsal | null> {
  const { deps, counts } = ctx;
  const records = newestById(page.changed);
  await ensurePartitions(deps.store.db, 'items', [deps.clock.now()]);
  for (let attempt = 1; ; attempt += 1) {
    const added = noCounts();
    const seen = new Set<string>();
    let addedValues = false;
    let rehearsal: Rehearsal | null = null;
    try {
      deps.checkpoint?.('page:before-transaction');
      await deps.store.transaction(async (trx) => {
        await checkLease(trx, ctx);
        const effects = await applyPage(trx, ctx, { page, records, added, seen });
        addedValues = effects.listValues.size > 0;
        rehearsal = { effects, counts: added };
        if (hold(rehearsal)) throw new Held();
        await moveCursor(trx, ctx, place);
        await storeCounts(trx, ctx, sumCounts(counts, added));
        deps.checkpoint?.('page:before-commit');
      });
      for (const id of seen) ctx.seen.add(id);
      Object.assign(counts, sumCounts(counts, added));
      deps.checkpoint?.('page:after-commit');
      // The next page's lines know them, with the options that they are (R21).
      if (addedValues) Object.assign(ctx, await bindRun(deps, { ...ctx, keep: true }));
      deps.onProgress?.(ctx.run.id);
      await keepStatistics(deps.store, records.length);
      return null;
    } catch (error) {
      if (error instanceof Held) return rehearsal;
      if (!isRetryable(error) || attempt >= TRIES) throw error;
    }
  }
}

interface Work {
  readonly page: ChangePage;
  readonly records: readonly RemoteRecord[];
  readonly added: Counts;
  /** Records of erased people, which no table remembers. */
  readonly seen: Set<string>;
}

/** Decides and writes a page inside a transaction; the preview does the same and rolls back. */
export async function applyPage(trx: Trx, ctx: RunContext, { page, records, added, seen }: Work): Promise<Effects> {
  const effects = new Effects(await readRoom(trx, ctx));
  const crmIds = [
    ...records.flatMap((record) => [record.id, ...record.formerIds, record.convertedTo?.id ?? record.id]),
    ...page.gone,
    ...page.moved.flatMap((move) => [move.from, move.to ?? move.from]),
  ];
  const state = await readPageState(trx, ctx.connection.id, {
    crmIds: [...new Set(crmIds)],
    emailKeys: [...new Set(records.flatMap((record) => emailKeys(record.emails)))],
    now: ctx.deps.clock.now(),
    consents: carriesConsent(ctx.lines),
    linkBacks: records.flatMap((record) => contactIdOf(record.linkBack) ?? []),
    runId: ctx.run.id,
  });
  for (const record of records) state.incoming.set(record.id, emailKeys(record.emails)[0] ?? '');
  const conflictsBefore = ctx.counts.conflicts;
  followMoves(ctx, state, effects, page);
  for (const record of inOrderOfPreference(records)) {
    const result = decideRecord(ctx, state, effects, record);
    // The directory remembers who was counted (R43), and of erased people it keeps nothing.
    if (result.reason === 'erased') {
      if (ctx.seen.has(record.id) || seen.has(record.id)) continue;
      seen.add(record.id);
    }
    countOnce({ state, effects, added }, record.id, result.outcome);
  }
  markGone(ctx, state, effects, { gone: page.gone, added });
  await followCompanies(trx, ctx.connection.id, page.companies ?? [], ctx.deps.clock.now());
  await forgetCompanies(trx, ctx.connection.id, page.companiesGone ?? [], ctx.deps.clock.now());
  added.conflicts += ctx.counts.conflicts - conflictsBefore;
  ctx.counts.conflicts = conflictsBefore;
  await joinItems(trx, effects, ctx.run.id);
  await writeEffects(trx, effects, {
    connectionId: ctx.connection.id,
    runId: ctx.run.id,
    direction: 'toHub',
    at: ctx.deps.clock.now(),
    ids: ctx.deps.ids,
    rescore: ctx.hasFieldRules,
  });
  return effects;
}

/** Records of one page are merged by id, the newest stays. */
export function newestById(records: readonly RemoteRecord[]): RemoteRecord[] {
  const newest = new Map<string, RemoteRecord>();
  for (const record of records)
    if ((newest.get(record.id)?.modifiedAt ?? -1) <= record.modifiedAt) newest.set(record.id, record);
  return [...newest.values()];
}

/** R14 within a page: of several with one address the preferred one comes first and is the one in step. */
const inOrderOfPreference = (records: readonly RemoteRecord[]): RemoteRecord[] =>
  [...records].sort(
    (a, b) =>
      Number(b.kind === 'contact') - Number(a.kind === 'contact') ||
      b.modifiedAt - a.modifiedAt ||
      (a.id < b.id ? -1 : 1),
  );

const WHY = { merged: 'records_merged', converted: 'converted' } as const;

/** R18b: links follow their records; the moved record itself comes with this page or with a look at it. */
function followMoves(ctx: RunContext, state: PageState, effects: Effects, page: ChangePage): void {
  for (const move of page.moved) {
    const link = state.byCrmId.get(move.from);
    if (link === undefined || move.to === null || move.to === move.from) continue;
    const holder = state.byCrmId.get(move.to);
    if (holder !== undefined && holder !== link) {
      // A record names those that were merged into it whenever it is read: once is enough.
      if (link.role === 'merged_away') continue;
      proposeMerge(state, effects, { links: [holder, link], why: WHY[move.why] });
      effects.mass.push({ effect: 'unlinked', subject: move.from, field: null });
      link.role = 'merged_away';
      link.state = 'deleted';
      link.stateWhy = 'merged_away';
      link.stateSince = ctx.deps.clock.now();
      if (link.contactId !== null && state.primaryOf.get(link.contactId) === link)
        state.primaryOf.delete(link.contactId);
    } else {
      state.byCrmId.delete(move.from);
      link.formerIds = [...new Set([...link.formerIds, move.from])];
      link.crmId = move.to;
      if (move.toKind !== undefined) link.kind = move.toKind;
      state.byCrmId.set(move.to, link);
      if (!page.changed.some((record) => record.id === move.to)) effects.dueHub.set(move.to, move.why);
    }
    effects.links.set(link.id, link);
  }
}

/** R18: deleted in the CRM: the contact stays, marked. */
function markGone(
  ctx: RunContext,
  state: PageState,
  effects: Effects,
  { gone, added }: { readonly gone: readonly string[]; readonly added: Counts },
): void {
  for (const id of new Set(gone)) {
    effects.goneIds.push(id);
    const link = state.byCrmId.get(id);
    if (link === undefined || link.state === 'deleted') continue;
    effects.mass.push({ effect: 'deleted', subject: id, field: null });
    link.state = 'deleted';
    link.stateWhy = 'deleted_in_crm';
    link.stateSince = ctx.deps.clock.now();
    effects.links.set(link.id, link);
    countOnce({ state, effects, added }, id, 'updated');
    const contact = link.contactId === null ? undefined : state.contacts.get(link.contactId);
    effects.items.push({
      contactId: link.contactId,
      email: contact?.email ?? null,
      name: null,
      kind: link.kind,
      crmId: id,
      crmUrl: link.crmUrl,
      outcome: 'updated',
      reason: 'deleted_in_crm',
      params: {},
      changes: [],
      conflicts: 0,
    });
  }
}

/** R35, R36: each commit checks that this worker still has the connection, and under which settings it decided. */
export async function checkLease(trx: Trx, ctx: RunContext): Promise<void> {
  const row = await trx
    .selectFrom('connections')
    .select(['lease_number', 'settings_version'])
    .where('id', '=', ctx.connection.id)
    .forShare()
    .executeTakeFirst();
  if (row?.lease_number !== ctx.leaseNumber) throw new LeaseLost();
  if (row.settings_version !== ctx.connection.settingsVersion) throw new SettingsChanged();
}

async function moveCursor(trx: Trx, ctx: RunContext, place: PagePlace): Promise<void> {
  if (place.mode === 'due' || place.next === null) return;
  const at = ctx.deps.clock.now();
  const moved = await sql<{ feed: string }>`
    insert into cursors (connection_id, feed, mode, cursor, done, updated_at) values (${ctx.connection.id}, ${place.feed}, ${place.mode}, ${place.next}, ${place.done}, ${at})
    on conflict (connection_id, feed, mode) do update set cursor = excluded.cursor, done = excluded.done, version = cursors.version + 1, updated_at = excluded.updated_at
      where cursors.cursor is not distinct from ${place.from}::text
    returning feed`.execute(trx);
  if (moved.rows.length === 0) throw new LeaseLost();
}

/** The run's line in the history moves with the page. */
export async function storeCounts(trx: Trx, ctx: RunContext, counts: Counts): Promise<void> {
  await sql`update runs set counts = ${JSON.stringify(counts)}::jsonb, api_calls = ${ctx.calls()} where id = ${ctx.run.id}`.execute(
    trx,
  );
}
