import type { RemoteRecord, WriteOutcome } from '../connectors/kit/connector.ts';
import { emailKey } from '../core/email.ts';
import { fingerprint } from '../core/fingerprint.ts';
import type { Fault, LineShadow, Outcome } from '../core/model.ts';
import { applyShadow, settleCrm } from '../core/settle.ts';

import { completeFault } from './complete-fault.ts';
import type { PlannedWrite } from './export-plan.ts';
import { addItem, rejectFields, rejectWhole } from './export-reject.ts';
import { newLink } from './new-link.ts';
import { type Effects, itemChanges } from './page-effects.ts';
import { contactIdOf, emailKeys } from './page-state.ts';
import { recordName } from './record-case.ts';
import type { RunContext } from './run-context.ts';
import { isUndo, settleUndo } from './undo-settle.ts';

export interface SettledWrite {
  readonly outcome: Outcome;
  /** Deferred: not before this, ms. */
  readonly later: number | null;
  /** The intent stays open until the answer is known. */
  readonly open: boolean;
  /** Fields that were refused one by one: write the others now. */
  readonly retryWithout: readonly string[];
}

export const done = (outcome: Outcome): SettledWrite => ({ outcome, later: null, open: false, retryWithout: [] });
/** Not written, to be tried after `later`, ms. `open`: it may have happened all the same. */
export const postponed = (later: number, open = false): SettledWrite => ({
  outcome: 'deferred',
  later,
  open,
  retryWithout: [],
});

const PAUSE_MS = 60_000;

/** Turns what the CRM said about one write into shadow, link, item and rejections. */
export function settleWrite(
  ctx: RunContext,
  effects: Effects,
  planned: PlannedWrite,
  outcome: WriteOutcome,
): SettledWrite {
  if (isUndo(planned)) return settleUndo(ctx, effects, planned, outcome);
  const now = ctx.deps.clock.now();
  const { owed, kind, link } = planned;
  switch (outcome.kind) {
    case 'stored':
      return stored(ctx, effects, planned, { id: outcome.id, record: outcome.record, certain: outcome.certain });
    case 'refused':
      return refused(ctx, effects, planned, outcome.faults);
    case 'exists':
      return exists(ctx, effects, planned, outcome.id);
    case 'gone':
    case 'moved':
      if (link !== null) effects.dueHub.set(link.crmId, outcome.kind);
      if (outcome.kind === 'moved' && outcome.to !== null) effects.dueHub.set(outcome.to, 'moved');
      rejectWhole(effects, {
        owed,
        kind,
        crmId: link?.crmId ?? null,
        fault:
          outcome.kind === 'gone'
            ? { reason: 'gone', field: null, params: {} }
            : { reason: 'converted_lead', field: null, params: { became: outcome.to ?? '' } },
      });
      if (outcome.kind === 'gone' && link !== null) {
        Object.assign(link, { state: 'deleted', stateWhy: 'deleted_in_crm', stateSince: now });
        effects.links.set(link.id, link);
      }
      return done('rejected');
    case 'stale':
      return postponed(now);
    case 'throttled':
      return postponed(outcome.retryAt ?? now + PAUSE_MS);
    case 'unknown':
    case 'later':
      // Not believed absent for as long as the CRM's index may lag (R31).
      return postponed(now + ctx.manifest.lookupLagMs + 5_000, true);
  }
}

function stored(
  ctx: RunContext,
  effects: Effects,
  planned: PlannedWrite,
  answer: { readonly id: string; readonly record: RemoteRecord | null; readonly certain: boolean },
): SettledWrite {
  const { owed, kind } = planned;
  const { record } = answer;
  const link = planned.link ?? newLink(ctx, { record, crmId: answer.id, contactId: owed.contact.id, kind });
  const lines = ctx.lines[kind] ?? [];
  const moved: [string, LineShadow][] = [];
  const faults: { key: string; fault: Fault; value: string | null }[] = [];
  for (const write of planned.fields) {
    const bound = lines.find((line) => line.key === write.key);
    if (bound === undefined) continue;
    // R2c: values count as ours only if nobody wrote after us.
    const value = record !== null && answer.certain && record.byUs !== false ? record.fields[write.field] : undefined;
    const settled = settleCrm(write, value, bound);
    if (planned.link !== null && write.key in link.shadow)
      effects.flips.push({ linkId: link.id, line: write.key, side: 'crm' });
    if (settled.shadow !== null) moved.push([write.key, settled.shadow]);
    if (settled.fault !== undefined) faults.push({ key: write.key, fault: settled.fault, value: null });
  }
  link.shadow = applyShadow(link.shadow, moved);
  if (record !== null) {
    link.crmModifiedAt = record.byUs === false ? link.crmModifiedAt : record.modifiedAt;
    link.crmVersion = record.version;
    link.crmUrl = record.url;
  }
  effects.links.set(link.id, link);
  rejectFields(ctx, effects, {
    owed,
    kind,
    crmId: answer.id,
    faults,
    lines: ['', ...planned.fields.map((write) => write.key)],
  });
  if (planned.link === null) rememberCreated(ctx, effects, planned, { id: answer.id, record });
  const outcome: Outcome = planned.link === null ? 'created' : 'updated';
  addItem(effects, {
    owed,
    kind,
    crmId: answer.id,
    crmUrl: link.crmUrl,
    outcome,
    fault: null,
    changes: itemChanges(planned.fields),
    conflicts: planned.conflicts,
  });
  return done(outcome);
}

/** R33: the directory knows what we made, before any feed shows it. */
function rememberCreated(
  ctx: RunContext,
  effects: Effects,
  planned: PlannedWrite,
  answer: { readonly id: string; readonly record: RemoteRecord | null },
): void {
  const { record } = answer;
  effects.directory.push({
    crm_id: answer.id,
    kind: planned.kind,
    emails: record === null ? [planned.owed.contact.emailKey] : emailKeys(record.emails),
    link_back: contactIdOf(record?.linkBack ?? null) ?? planned.owed.contact.id,
    converted_to: null,
    name: record === null ? '' : recordName(ctx, record),
    modified_at: record?.modifiedAt ?? ctx.deps.clock.now(),
    filtered: null,
    company_id: record?.companyId ?? Object.values(planned.write.companyIds ?? {})[0] ?? null,
  });
}

/** R15b: good fields are written and bad ones rejected by field; a record refused as a whole is rejected. */
function refused(ctx: RunContext, effects: Effects, planned: PlannedWrite, said: readonly Fault[]): SettledWrite {
  const { owed, kind, write } = planned;
  const faults = said.map((fault) => completeFault(ctx, planned, fault));
  const schema = ctx.schema.kinds[kind] ?? [];
  const byField = faults.filter((fault) => fault.field !== null && fault.field in write.fields);
  const required = new Set(schema.filter((field) => field.required).map((field) => field.key));
  const separable =
    byField.length === faults.length &&
    byField.every((fault) => write.op === 'update' || (fault.field !== null && !required.has(fault.field)));
  const remaining = Object.keys(write.fields).length - byField.length;
  if (separable && byField.length > 0) {
    const left = byField.flatMap((fault) => {
      const made = planned.fields.find((one) => one.field === fault.field);
      return made === undefined ? [] : [{ key: made.key, fault, value: made.source }];
    });
    rejectFields(ctx, effects, { owed, kind, crmId: planned.link?.crmId ?? null, faults: left, lines: [] });
    if (remaining > 0)
      return {
        outcome: 'rejected',
        later: null,
        open: false,
        retryWithout: byField.flatMap((fault) => fault.field ?? []),
      };
    addItem(effects, {
      owed,
      kind,
      crmId: planned.link?.crmId ?? null,
      crmUrl: planned.link?.crmUrl ?? null,
      outcome: 'rejected',
      fault: byField[0] ?? null,
      changes: [],
    });
    return done('rejected');
  }
  const [first] = faults;
  const fault: Fault = first ?? { reason: 'rejected_by_crm', field: null, params: {} };
  rejectWhole(effects, {
    owed,
    kind,
    crmId: planned.link?.crmId ?? null,
    fault,
    print: fingerprint(
      Object.values(planned.write.fields),
      undefined,
      schema.find((field) => field.key === fault.field),
    ),
  });
  return done('rejected');
}

/** R10: the CRM has that address already. A record that nobody holds is linked by the next look; else both are named. */
function exists(ctx: RunContext, effects: Effects, planned: PlannedWrite, id: string | null): SettledWrite {
  const { owed, kind } = planned;
  const tried = owed.mark.tries;
  if (planned.link === null && tried < 3) {
    if (id !== null) {
      effects.directory.push({
        crm_id: id,
        kind,
        emails: [emailKey(owed.contact.email) ?? owed.contact.emailKey],
        link_back: null,
        converted_to: null,
        name: '',
        modified_at: ctx.deps.clock.now(),
        filtered: null,
        company_id: null,
      });
    }
    return postponed(ctx.deps.clock.now() + (id === null ? ctx.manifest.lookupLagMs : 0));
  }
  rejectWhole(effects, {
    owed,
    kind,
    crmId: planned.link?.crmId ?? id,
    fault: { reason: 'address_taken', field: 'email', params: { other: '', otherId: id ?? '' } },
  });
  return done('rejected');
}
