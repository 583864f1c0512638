import { fingerprint } from '../core/fingerprint.ts';
import type { Fault, Kind, LineKey, Outcome, Value } from '../core/model.ts';
import type { Owed } from './export-read.ts';
import type { Effects } from './page-effects.ts';
import type { RunContext } from './run-context.ts';
import { nameOf } from './settle-hub.ts';

export function rejectWhole(
  effects: Effects,
  input: {
    readonly owed: Owed;
    readonly kind: Kind;
    readonly crmId: string | null;
    readonly fault: Fault;
    readonly print?: string;
  },
): void {
  const { owed, kind, crmId, fault } = input;
  const { contact } = owed;
  effects.rejections.push({
    contactId: contact.id,
    crmId,
    email: contact.email,
    name: nameOf(contact),
    kind,
    line: '',
    fault,
    fingerprint: input.print ?? fingerprint([crmId]),
  });
  addItem(effects, { owed, kind, crmId, crmUrl: owed.link?.crmUrl ?? null, outcome: 'rejected', fault, changes: [] });
}

/** R15b: by field; the good fields are written all the same. */
export function rejectFields(
  ctx: RunContext,
  effects: Effects,
  input: {
    readonly owed: Owed;
    readonly kind: Kind;
    readonly crmId: string | null;
    readonly faults: readonly { readonly key: LineKey; readonly fault: Fault; readonly value: Value }[];
    readonly kept?: readonly LineKey[];
    readonly lines?: readonly LineKey[];
  },
): void {
  const { contact } = input.owed;
  const { kept, lines } = input;
  effects.cleared.push({
    contactId: contact.id,
    crmId: input.crmId,
    ...(kept === undefined ? {} : { kept }),
    ...(lines === undefined ? {} : { lines }),
  });
  for (const { key, fault, value } of input.faults) {
    const bound = (ctx.lines[input.kind] ?? []).find((line) => line.key === key);
    const print = bound === undefined ? fingerprint([value]) : fingerprint([value], bound.line, bound.crmField);
    effects.rejections.push({
      contactId: contact.id,
      crmId: input.crmId,
      email: contact.email,
      name: nameOf(contact),
      kind: input.kind,
      line: key,
      fault,
      fingerprint: print,
    });
  }
}

export function addItem(
  effects: Effects,
  input: {
    readonly owed: Owed;
    readonly kind: Kind;
    readonly crmId: string | null;
    readonly crmUrl: string | null;
    readonly outcome: Outcome;
    readonly fault: Fault | null;
    readonly changes: Effects['items'][number]['changes'];
    readonly conflicts?: number;
  },
): void {
  const { contact } = input.owed;
  effects.items.push({
    contactId: contact.id,
    email: contact.email,
    name: nameOf(contact),
    kind: input.kind,
    crmId: input.crmId,
    crmUrl: input.crmUrl,
    outcome: input.outcome,
    reason: input.fault?.reason ?? null,
    params: {
      ...input.fault?.params,
      ...(input.fault?.field === null || input.fault === null ? {} : { field: input.fault.field }),
    },
    changes: input.changes,
    conflicts: input.conflicts ?? 0,
  });
}
