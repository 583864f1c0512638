import { sql } from 'kysely';
import type { ChangePage } from '../connectors/kit/connector.ts';
import type { Trx } from '../store/db.ts';
import { takeDue } from '../store/due.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { planBatch } from './export-decide.ts';
import { readBatch } from './export-read.ts';
import { feedsInUse } from './import-run.ts';
import { Effects, type ItemEffect } from './page-effects.ts';
import { noCounts, type RunContext } from './run-context.ts';
import { applyPage, newestById, sum } from './sync-page.ts';

/** The same run with writing switched off (R37): it reads the CRM as the run would and decides; nothing is kept but the plan. */
export async function previewRun(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void> },
): Promise<void> {
  await ensurePartitions(ctx.deps.store.db, 'items', [ctx.deps.clock.now()]);
  const items = ctx.run.direction === 'toHub' ? await previewImport(ctx, hooks) : await previewExport(ctx, hooks);
  await keepPlan(ctx, items);
}

class Rollback extends Error {}

/** Every page is decided inside one transaction that is rolled back, so that later pages see what earlier ones would do. */
async function previewImport(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void> },
): Promise<readonly ItemEffect[]> {
  const pages = await readAllPages(ctx, hooks);
  const items: ItemEffect[] = [];
  await ctx.deps.store
    .transaction(async (trx) => {
      for (const page of pages) await previewPage(trx, ctx, page, items);
      throw new Rollback();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Rollback)) throw error;
    });
  return items;
}

async function previewPage(trx: Trx, ctx: RunContext, page: ChangePage, items: ItemEffect[]): Promise<void> {
  const added = noCounts();
  const seen = new Set<string>();
  const effects = await applyPage(trx, ctx, { page, records: newestById(page.changed), added, seen });
  for (const id of seen) ctx.seen.add(id);
  Object.assign(ctx.counts, sum(ctx.counts, added));
  items.push(...effects.items);
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
      });
      pages.push(page);
      cursor = page.next;
      if (!page.more) break;
    }
  }
  return pages;
}

async function previewExport(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void> },
): Promise<readonly ItemEffect[]> {
  if (!ctx.connection.settings.export.enabled) return [];
  const marks = await owedNow(ctx);
  const items: ItemEffect[] = [];
  for (let start = 0; start < marks.length; start += 1_000) {
    await hooks.betweenPages();
    const effects = new Effects();
    const batch = await readBatch(ctx, marks.slice(start, start + 1_000));
    const planned = planBatch(ctx, batch, effects);
    const added = noCounts();
    for (const one of planned.settled) added[one.outcome] += 1;
    for (const one of planned.writes) {
      const outcome = one.write.op === 'create' ? 'created' : 'updated';
      added[outcome] += 1;
      effects.items.push({
        contactId: one.owed.contact.id,
        email: one.owed.contact.email,
        name: null,
        kind: one.kind,
        crmId: one.write.id ?? null,
        crmUrl: one.link?.crmUrl ?? null,
        outcome,
        reason: null,
        params: {},
        changes: one.fields.map((write) => ({
          field: write.field,
          from: write.before,
          to: write.value,
          rule: write.rule,
        })),
        conflicts: one.conflicts,
      });
    }
    added.seen = batch.owed.length;
    Object.assign(ctx.counts, sum(ctx.counts, added));
    items.push(...effects.items);
  }
  return items;
}

async function owedNow(ctx: RunContext) {
  const { connection, deps, run } = ctx;
  if (run.mode === 'changes')
    return takeDue(deps.store.db, {
      connectionId: connection.id,
      side: 'crm',
      now: deps.clock.now(),
      limit: 1_000_000,
    });
  const rows = await sql<{ id: string }>`
    select c.id from contacts c where c.archived_at is null
       and (c.score >= ${connection.settings.export.minimumScore ?? 51} or exists (select 1 from links l where l.connection_id = ${connection.id} and l.contact_id = c.id and l.role = 'primary'))`.execute(
    deps.store.db,
  );
  return rows.rows.map((row) => ({ subject: row.id, version: 0, reason: 'full', express: false, tries: 0 }));
}

/** At most so many samples of a plan are kept. */
const SAMPLES = 2_000;

async function keepPlan(ctx: RunContext, items: readonly ItemEffect[]): Promise<void> {
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
  };
  const at = deps.clock.now();
  const rows = items
    .slice(0, SAMPLES)
    .map((item) => ({ ...item, contact_id: item.contactId?.startsWith('ct_') === true ? item.contactId : null }));
  await deps.store.transaction(async (trx) => {
    await sql`
      insert into items (run_id, connection_id, contact_id, email, name, kind, crm_id, crm_url, outcome, reason, params, changes, conflicts, at)
      select ${run.id}::text, ${run.connectionId}::text, contact_id, email, name, kind, "crmId", "crmUrl", outcome, reason, params, changes, conflicts, ${at}::bigint
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(contact_id text, email text, name text, kind text, "crmId" text, "crmUrl" text, outcome text, reason text, params jsonb, changes jsonb, conflicts int)`.execute(
      trx,
    );
    await sql`update runs set plan = ${JSON.stringify(plan)}::jsonb, counts = ${JSON.stringify(counts)}::jsonb where id = ${run.id}`.execute(
      trx,
    );
  });
}
