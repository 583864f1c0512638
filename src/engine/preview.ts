import { sql } from 'kysely';
import type { ChangePage } from '../connectors/kit/connector.ts';
import { addMass, type MassCounts, noMass } from '../core/mass-change.ts';
import type { Trx } from '../store/db.ts';
import type { DueMark } from '../store/due.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { gateCalculated } from './calculated-gate.ts';
import { noCounts, sumCounts } from './counts.ts';
import { planBatch } from './export-decide.ts';
import { PAGE } from './export-marks.ts';
import { readBatch } from './export-read.ts';
import { foreseeBatch, isCalculatedOnly } from './foresee.ts';
import { feedsInUse, sinceOf } from './import-run.ts';
import { tally } from './mass-guard.ts';
import { Effects, type ItemEffect, type MassFound } from './page-effects.ts';
import type { RunContext } from './run-context.ts';
import { SAMPLES, writeSamples } from './samples.ts';
import { applyPage, newestById } from './sync-page.ts';

/** The same run with writing switched off (R37): it reads the CRM as the run would and decides; nothing is kept but the plan. */
export async function previewRun(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void> },
): Promise<void> {
  await ensurePartitions(ctx.deps.store.db, 'items', [ctx.deps.clock.now()]);
  const found = ctx.run.direction === 'toHub' ? await previewImport(ctx, hooks) : await previewExport(ctx, hooks);
  await keepPlan(ctx, found);
}

/** What a preview has gathered. */
interface Foreseen {
  items: ItemEffect[];
  /** Each record or person once. */
  mass: MassCounts;
  /** R23: writes that carry nothing but what we calculate. */
  calculated: number;
}
const nothingForeseen = (): Foreseen => ({ items: [], mass: noMass(), calculated: 0 });

class Rollback extends Error {}

/** Every page is decided inside one transaction that is rolled back, so that later pages see what earlier ones would do. */
async function previewImport(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void> },
): Promise<Foreseen> {
  const pages = await readAllPages(ctx, hooks);
  const foreseen = nothingForeseen();
  // A later page may bring somebody again (R22).
  const mass: MassFound[] = [];
  await ctx.deps.store
    .transaction(async (trx) => {
      for (const page of pages) mass.push(...(await previewPage(trx, ctx, page, foreseen)));
      throw new Rollback();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Rollback)) throw error;
    });
  return { ...foreseen, mass: tally(mass) };
}

async function previewPage(
  trx: Trx,
  ctx: RunContext,
  page: ChangePage,
  foreseen: Foreseen,
): Promise<readonly MassFound[]> {
  const added = noCounts();
  const seen = new Set<string>();
  const effects = await applyPage(trx, ctx, { page, records: newestById(page.changed), added, seen });
  for (const id of seen) ctx.seen.add(id);
  Object.assign(ctx.counts, sumCounts(ctx.counts, added));
  // Who is met again is told once, with what came before (R43).
  const told = new Set(
    effects.items.flatMap(({ crmId }) => (crmId !== null && effects.again.has(crmId) ? [crmId] : [])),
  );
  if (told.size > 0) foreseen.items = foreseen.items.filter(({ crmId }) => crmId === null || !told.has(crmId));
  foreseen.items.push(...effects.items);
  return effects.mass;
}

async function readAllPages(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void> },
): Promise<ChangePage[]> {
  const pages: ChangePage[] = [];
  for (const feed of feedsInUse(ctx)) {
    const mode = ctx.run.mode === 'full' && feed.carries === 'changes' ? 'full' : 'changes';
    const stored =
      mode === 'full'
        ? undefined
        : await ctx.deps.store.db
            .selectFrom('cursors')
            .select('cursor')
            .where('connection_id', '=', ctx.connection.id)
            .where('feed', '=', feed.name)
            .where('mode', '=', mode)
            .executeTakeFirst();
    let cursor = stored?.cursor ?? null;
    for (;;) {
      await hooks.betweenPages();
      const page = await ctx.connector.readChanges(feed.name, cursor, {
        limit: ctx.manifest.batch.readPage.value,
        fields: ctx.asked,
        mode,
        ...sinceOf(ctx, feed),
      });
      pages.push(page);
      cursor = page.next;
      if (!page.more) break;
    }
  }
  return pages;
}

/** A page at a time: everybody stands in one of them, so that what they add up to is all that is kept, and some samples. */
async function previewExport(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void> },
): Promise<Foreseen> {
  const foreseen = nothingForeseen();
  if (!ctx.connection.settings.export.enabled) return foreseen;
  for (let after = ''; ; ) {
    await hooks.betweenPages();
    const marks = await owedNow(ctx, after);
    const last = marks.at(-1);
    if (last === undefined) return foreseen;
    after = last.subject;
    const effects = new Effects();
    const { open } = await gateCalculated(ctx, marks);
    const batch = await readBatch(ctx, open);
    const planned = planBatch(ctx, batch, effects);
    ctx.calculatedDue.clear();
    const { counts, items } = foreseeBatch(batch, planned, effects);
    Object.assign(ctx.counts, sumCounts(ctx.counts, counts));
    foreseen.items.push(...items.slice(0, SAMPLES - foreseen.items.length));
    foreseen.mass = addMass(foreseen.mass, tally(effects.mass));
    foreseen.calculated += planned.writes.filter(isCalculatedOnly).length;
  }
}

/** Whom a run would look at, by id: nothing is settled here that would make room for those behind. */
async function owedNow(ctx: RunContext, after: string): Promise<readonly DueMark[]> {
  const { connection, deps, run } = ctx;
  if (run.mode === 'changes') {
    const rows = await sql<DueMark>`
      select subject, version, reason, express, tries, kind, backlog from due
       where connection_id = ${connection.id} and side = 'crm' and subject > ${after} and not_before <= ${deps.clock.now()}
       order by subject limit ${PAGE}`.execute(deps.store.db);
    return rows.rows;
  }
  const rows = await sql<{ id: string }>`
    select c.id from contacts c where c.archived_at is null and c.id > ${after}
       and (c.score >= ${connection.settings.export.minimumScore ?? 51} or exists (select 1 from links l where l.connection_id = ${connection.id} and l.contact_id = c.id and l.role = 'primary'))
     order by c.id limit ${PAGE}`.execute(deps.store.db);
  return rows.rows.map((row) => ({ subject: row.id, version: 0, reason: 'full', express: false, tries: 0 }));
}

async function keepPlan(ctx: RunContext, { items, mass, calculated }: Foreseen): Promise<void> {
  const { deps, run, manifest, counts } = ctx;
  const writes =
    ctx.run.direction === 'toCrm'
      ? Math.ceil(counts.created / manifest.batch.create.value) +
        Math.ceil(counts.updated / manifest.batch.update.value)
      : 0;
  const daily = manifest.limits.find((limit) => limit.name === 'daily')?.limit.value;
  const calls = ctx.calls() + writes;
  const plan = {
    calls,
    ofDailyQuota: daily === undefined ? null : calls / daily,
    seconds: Math.ceil((calls * 400) / 1000),
    calculated,
    mass,
  };
  const at = deps.clock.now();
  await deps.store.transaction(async (trx) => {
    await writeSamples(trx, run, items, { at, held: false });
    await sql`update runs set plan = ${JSON.stringify(plan)}::jsonb, counts = ${JSON.stringify(counts)}::jsonb where id = ${run.id}`.execute(
      trx,
    );
  });
}
