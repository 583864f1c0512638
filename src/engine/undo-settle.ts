import type { RemoteRecord, WriteOutcome } from '../connectors/kit/connector.ts';
import type { FieldWrite } from '../core/decide.ts';
import type { Fault, LineKey } from '../core/model.ts';
import { type LeftField, type LeftWhy, UNDO_RULE } from '../core/undo.ts';
import { isSame, normalise } from '../core/value.ts';
import type { PlannedWrite } from './export-plan.ts';
import { addItem } from './export-reject.ts';
import type { SettledWrite } from './export-settle.ts';
import { type Effects, itemChanges } from './page-effects.ts';
import type { LinkState } from './page-state.ts';
import type { RunContext } from './run-context.ts';
import { nameOf } from './settle-hub.ts';

/** Whether a write takes back what a run wrote (R38): it leaves holds, never a shadow. */
export const isUndo = (planned: Pick<PlannedWrite, 'fields'>): boolean =>
  planned.fields.some((write) => write.rule === UNDO_RULE);

const PAUSE_MS = 60_000;
const over = (outcome: SettledWrite['outcome']): SettledWrite => ({
  outcome,
  later: null,
  open: false,
  retryWithout: [],
});
const later = (at: number, open: boolean): SettledWrite => ({ outcome: 'deferred', later: at, open, retryWithout: [] });

/** Turns what the CRM said of a value that was put back into holds and items. What it does not take is left alone, with why. */
export function settleUndo(
  ctx: RunContext,
  effects: Effects,
  planned: PlannedWrite,
  outcome: WriteOutcome,
): SettledWrite {
  const now = ctx.deps.clock.now();
  const { link } = planned;
  switch (outcome.kind) {
    case 'stored':
      return stored(ctx, effects, planned, { record: outcome.record, certain: outcome.certain });
    case 'unknown':
    case 'later':
      // It may stand there: what is held stays held, and a later run finds out (R31).
      return later(now + ctx.manifest.lookupLagMs + 5_000, true);
    case 'stale':
    case 'throttled':
      release(effects, link, planned.fields);
      return later(outcome.kind === 'stale' ? now : (outcome.retryAt ?? now + PAUSE_MS), false);
    case 'gone':
    case 'moved':
      if (link !== null) effects.dueHub.set(link.crmId, outcome.kind);
      return leave(effects, planned, 'record_gone');
    case 'exists':
      return leave(effects, planned, 'address_taken');
    case 'refused':
      return refused(effects, planned, outcome.faults);
  }
}

function stored(
  ctx: RunContext,
  effects: Effects,
  planned: PlannedWrite,
  { record, certain }: { readonly record: RemoteRecord | null; readonly certain: boolean },
): SettledWrite {
  const { link } = planned;
  const isOurs = record !== null && certain && record.byUs !== false;
  const written: FieldWrite[] = [];
  const left: LeftField[] = [...(planned.left ?? [])];
  const holds = { ...link?.holds };
  for (const write of planned.fields) {
    const value = isOurs ? record.fields[write.field] : undefined;
    if (value !== undefined && isSame(value, write.before)) {
      left.push({ field: write.field, now: write.before, old: write.value, why: 'refused' });
      delete holds[write.key];
      continue;
    }
    written.push(write);
    if (link !== null && write.key in link.shadow)
      holds[write.key] = {
        why: 'undone',
        hub: write.source,
        crm: normalise(value === undefined ? write.value : value),
        // Of an answer that came late: the undo's, not the run's that heard it.
        run: holds[write.key]?.run ?? ctx.run.id,
      };
  }
  if (link !== null) {
    link.holds = holds;
    if (record !== null) {
      link.crmModifiedAt = record.byUs === false ? link.crmModifiedAt : record.modifiedAt;
      link.crmVersion = record.version;
      link.crmUrl = record.url;
    }
    effects.links.set(link.id, link);
  }
  if (written.length > 0)
    addItem(effects, {
      owed: planned.owed,
      kind: planned.kind,
      crmId: link?.crmId ?? null,
      crmUrl: link?.crmUrl ?? null,
      outcome: 'updated',
      fault: null,
      changes: itemChanges(written),
    });
  tellLeft(effects, planned, left);
  return over(written.length > 0 ? 'updated' : 'filtered');
}

/** By field where the CRM says so: the others go back all the same. */
function refused(effects: Effects, planned: PlannedWrite, faults: readonly Fault[]): SettledWrite {
  const fields = new Set(faults.flatMap((fault) => fault.field ?? []));
  const named = planned.fields.filter((write) => fields.has(write.field));
  const isSeparable = faults.every((fault) => fault.field !== null && fault.field in planned.write.fields);
  if (!isSeparable || named.length === planned.fields.length) return leave(effects, planned, 'refused');
  release(effects, planned.link, named);
  tellLeft(effects, planned, asLeft(named, 'refused'));
  return { outcome: 'filtered', later: null, open: false, retryWithout: [...fields] };
}

/** None of its values goes back. */
function leave(effects: Effects, planned: PlannedWrite, why: LeftWhy): SettledWrite {
  release(effects, planned.link, planned.fields);
  leaveAlone(effects, planned, why);
  return over('filtered');
}

/** Of whom nothing goes back after all: told, with why. */
export const leaveAlone = (effects: Effects, planned: PlannedWrite, why: LeftWhy): void =>
  tellLeft(effects, planned, [...(planned.left ?? []), ...asLeft(planned.fields, why)]);

/** The write with what of the plan it does not hold any more among what is left alone, and not held. */
export function withoutFieldsLeft(planned: PlannedWrite, write: PlannedWrite): PlannedWrite {
  const out = planned.fields.filter((one) => !write.fields.some((kept) => kept.field === one.field));
  if (out.length === 0) return write;
  release(null, write.link, out);
  return { ...write, left: [...(write.left ?? []), ...asLeft(out, 'refused')] };
}

const asLeft = (writes: readonly FieldWrite[], why: LeftWhy): readonly LeftField[] =>
  writes.map((write) => ({ field: write.field, now: write.before, old: write.value, why }));

/** What was not put back is not held. */
function release(effects: Effects | null, link: LinkState | null, writes: readonly FieldWrite[]): void {
  if (link === null) return;
  const keys = new Set<LineKey>(writes.map((write) => write.key));
  link.holds = Object.fromEntries(
    Object.entries(link.holds).filter(([key, hold]) => !(keys.has(key) && hold.why === 'undone')),
  );
  effects?.links.set(link.id, link);
}

/** What is left alone stands as one item, whatever stood in the way. */
function tellLeft(effects: Effects, planned: PlannedWrite, left: readonly LeftField[]): void {
  const [first] = left;
  if (first === undefined) return;
  const { contact } = planned.owed;
  effects.items.push({
    contactId: contact.id,
    email: contact.email,
    name: nameOf(contact),
    kind: planned.kind,
    crmId: planned.link?.crmId ?? null,
    crmUrl: planned.link?.crmUrl ?? null,
    outcome: 'filtered',
    reason: first.why,
    params: {},
    changes: left.map(({ field, now, old, why }) => ({ field, from: now, to: old, rule: why })),
    conflicts: 0,
  });
}
