import type { RemoteRecord, RemoteWrite } from '../connectors/kit/connector.ts';
import { checkWrite } from '../core/check-write.ts';
import type { Decision, FieldWrite } from '../core/decide.ts';
import { decide } from '../core/decide-link.ts';
import { fingerprint } from '../core/fingerprint.ts';
import type { Kind, LineKey, Outcome } from '../core/model.ts';
import { applyShadow } from '../core/settle.ts';
import { owedBecause } from '../store/backlog.ts';
import type { OwedCase } from './export-plan.ts';
import type { Batch } from './export-read.ts';
import { addItem, rejectFields } from './export-reject.ts';
import { massOfWrites } from './mass-guard.ts';
import type { Effects } from './page-effects.ts';
import type { ContactState, LinkState } from './page-state.ts';
import type { RunContext } from './run-context.ts';
import { LAZY_FIELDS, meetingOf, takeHolds, withoutLeftOut } from './settle-hub.ts';

/** The three-way decision between a person and their record in the CRM, and the write that follows from it. */
export function planMeeting(
  ctx: RunContext,
  input: OwedCase & { readonly link: LinkState; readonly record: RemoteRecord },
): void {
  const { owed, effects, planned, link, record } = input;
  const { contact } = owed;
  const base = meetingOf(ctx, link, contact, record);
  const lazyDue =
    ctx.run.mode === 'full' ||
    owed.mark.reason === 'link_back' ||
    owed.mark.backlog === 'calculated' ||
    ctx.calculatedDue.has(contact.id);
  const decision = withoutLeftOut(ctx, decide({ ...base, lazy: { keys: LAZY_FIELDS, due: lazyDue } }), { link });
  takeDecision(ctx, { effects, link, record, decision, backlog: owed.mark.backlog });
  // R8 goes out for contacts too; everything else of theirs belongs to sales (R12).
  const { open, kept } = withoutRejected(ctx, input.batch, { contact, kind: record.kind, writes: decision.toCrm });
  const checked = checkWrite({
    op: 'update',
    writes: open,
    lines: ctx.lines[record.kind] ?? [],
    schema: ctx.schema.kinds[record.kind] ?? [],
  });
  const faults = [...decision.faults.filter((fault) => fault.to === 'crm'), ...checked.left];
  rejectFields(ctx, effects, { owed, kind: record.kind, crmId: record.id, faults, kept });
  if (checked.writes.length === 0) {
    const outcome: Outcome =
      faults.length + kept.length > 0
        ? 'rejected'
        : record.kind === 'contact' || link.state === 'frozen'
          ? 'filtered'
          : 'unchanged';
    if (faults.length > 0)
      addItem(effects, {
        owed,
        kind: record.kind,
        crmId: record.id,
        crmUrl: record.url,
        outcome,
        fault: faults[0]?.fault ?? null,
        changes: [],
      });
    return void planned.settled.push({ owed, outcome });
  }
  effects.mass.push(...massOfWrites(ctx, contact.id, checked.writes));
  const key = ctx.deps.ids.next('int');
  const write: RemoteWrite = {
    op: 'update',
    kind: record.kind,
    id: record.id,
    key,
    fields: checked.fields,
    ...(record.version === null ? {} : { ifVersion: record.version }),
  };
  planned.writes.push({
    owed,
    kind: record.kind,
    write,
    fields: checked.writes,
    link,
    conflicts: decision.conflicts.filter((one) => one.winner === 'hub').length,
  });
}

/** R15b: a value that was refused is not tried again until it, its line or the CRM's field changes. */
function withoutRejected(
  ctx: RunContext,
  batch: Batch,
  input: { readonly contact: ContactState; readonly kind: Kind; readonly writes: readonly FieldWrite[] },
): { readonly open: readonly FieldWrite[]; readonly kept: readonly LineKey[] } {
  const refused = batch.rejected.get(input.contact.id);
  if (refused === undefined) return { open: input.writes, kept: [] };
  const isRefused = (write: FieldWrite): boolean => {
    const bound = (ctx.lines[input.kind] ?? []).find((line) => line.key === write.key);
    return bound !== undefined && refused.get(write.key) === fingerprint([write.source], bound.line, bound.crmField);
  };
  return {
    open: input.writes.filter((write) => !isRefused(write)),
    kept: input.writes.filter(isRefused).map((write) => write.key),
  };
}

/** What a decision means beside its writes to the CRM: shadows of agreement, holds, conflicts that the hub wins. */
function takeDecision(
  ctx: RunContext,
  input: {
    readonly effects: Effects;
    readonly link: LinkState;
    readonly record: RemoteRecord;
    readonly decision: Decision;
    readonly backlog: string | null | undefined;
  },
): void {
  const { effects, link, record, decision } = input;
  if (decision.agreed.length > 0) {
    link.shadow = applyShadow(
      link.shadow,
      decision.agreed.map((one) => [one.key, { hub: one.hub, crm: one.crm }]),
    );
    effects.links.set(link.id, link);
  }
  const held = link.holds;
  if (link.dirty) effects.links.set(link.id, link);
  takeHolds(ctx, effects, link, decision);
  // What goes the other way is the other run's: it reads the record itself (R30b).
  if (decision.toHub.length > 0) effects.dueHub.set(record.id, owedBecause(input.backlog));
  for (const found of decision.conflicts) {
    // What the CRM wins, the run towards the hub keeps; what is held is kept by whoever finds it first.
    if (found.winner === 'crm' || (found.winner === null && found.key in held)) continue;
    ctx.counts.conflicts += 1;
    effects.conflicts.push({ link, found });
  }
}
