import { sql } from 'kysely';
import type { DeleteOutcome } from '../connectors/kit/deletion.ts';
import { noCounts } from './counts.ts';
import { commitCounts, effectOptions } from './export-write.ts';
import { Effects, writeEffects } from './page-effects.ts';
import { hubValues, type LinkState } from './page-state.ts';
import { rebaseLinks } from './rebase-links.ts';
import type { RunContext } from './run-context.ts';
import { writeItemRows } from './samples.ts';
import { checkLease } from './sync-page.ts';
import type { DecidedInCrm } from './undo-crm-decide.ts';
import { hubFieldOf } from './undo-lines.ts';
import { itemsOf, type Undone } from './undo-progress.ts';

interface Going {
  readonly undone: Undone;
  readonly link: LinkState;
  readonly before: Pick<LinkState, 'state' | 'stateWhy' | 'stateSince' | 'holds'>;
}

/**
 * R38: deletes records that the run made, as a person would on the CRM's screen. The link says so before the call: the record
 * is then not missed (R18), and is not made again until the contact is changed here, or a person releases it. Without an
 * answer it is asked for again, which does no harm.
 */
export async function deleteMade(ctx: RunContext, decided: readonly DecidedInCrm[]): Promise<void> {
  const { deletion } = ctx.connector;
  const going = decided.flatMap(({ undone, goes }) => (goes === null ? [] : [goingOf(undone, goes)]));
  if (going.length === 0 || deletion === undefined) return;
  const hubOf = new Map(
    decided.flatMap((one) => (one.contact === null ? [] : [[one.contact.id, one.contact] as const])),
  );
  for (const { link } of going) {
    const contact = hubOf.get(link.contactId ?? '');
    if (contact === undefined) continue;
    const hub = hubValues(contact, ctx.deps.baseUrl);
    link.holds = Object.fromEntries(
      Object.entries(link.shadow).map(([line, agreed]) => [
        line,
        { why: 'undone', hub: hub[hubFieldOf(line)] ?? null, crm: agreed.crm, run: ctx.run.id },
      ]),
    );
    Object.assign(link, { state: 'deleted', stateWhy: 'undone', stateSince: ctx.deps.clock.now() });
  }
  await keepLinks(ctx, going);
  ctx.deps.checkpoint?.('undo:deletions-announced');
  const outcomes = await deletion.delete(
    going.map(({ link }) => ({ kind: link.kind, id: link.crmId })),
    'bin',
  );
  ctx.deps.checkpoint?.('undo:deleted');
  await settle(ctx, going, outcomes);
}

const goingOf = (undone: Undone, link: LinkState): Going => ({
  undone,
  link,
  before: { state: 'active', stateWhy: null, stateSince: null, holds: link.state === 'deleted' ? {} : link.holds },
});

async function keepLinks(ctx: RunContext, going: readonly Going[]): Promise<void> {
  await ctx.deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    const effects = new Effects();
    for (const { link } of going) effects.links.set(link.id, link);
    await rebaseLinks(trx, effects.links.values());
    await writeEffects(trx, effects, effectOptions(ctx));
  });
}

async function settle(ctx: RunContext, going: readonly Going[], outcomes: readonly DeleteOutcome[]): Promise<void> {
  const effects = new Effects();
  const added = noCounts();
  const told: Undone[] = [];
  for (const [index, { undone, link, before }] of going.entries()) {
    const outcome = outcomes[index] ?? { kind: 'unknown' };
    if (outcome.kind === 'deleted') {
      added.seen += 1;
      added.created += 1;
      effects.goneIds.push(link.crmId);
      told.push(undone);
      continue;
    }
    if (outcome.kind === 'unknown') {
      added.seen += 1;
      added.deferred += 1;
      continue;
    }
    Object.assign(link, before);
    effects.links.set(link.id, link);
    added.seen += 1;
    if (outcome.kind === 'throttled') added.deferred += 1;
    else {
      added.filtered += 1;
      told.push({ ...undone, made: outcome.kind === 'moved' ? 'record_gone' : 'refused' });
    }
    if (outcome.kind === 'moved') effects.dueHub.set(link.crmId, 'moved');
  }
  await ctx.deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await rebaseLinks(trx, effects.links.values());
    await writeEffects(trx, effects, effectOptions(ctx));
    await writeItemRows(trx, ctx.run, told.flatMap(itemsOf), ctx.deps.clock.now(), true);
    await commitCounts(trx, ctx, added);
    await sql`update rejections set resolved_at = ${ctx.deps.clock.now()} where connection_id = ${ctx.connection.id} and resolved_at is null
                 and crm_id = any(${effects.goneIds}::text[])`.execute(trx);
  });
}
