import { type Counts, noCounts } from './counts.ts';
import type { Planned, PlannedWrite } from './export-plan.ts';
import type { Batch } from './export-read.ts';
import { type Effects, type ItemEffect, itemChanges } from './page-effects.ts';
import { LAZY_FIELDS, nameOf } from './settle-hub.ts';

/** What a decided batch would come to if the CRM took all of it: for previews, and for runs that wait for a person. */
export function foreseeBatch(
  batch: Batch,
  planned: Planned,
  effects: Effects,
): { readonly counts: Counts; readonly items: readonly ItemEffect[] } {
  const counts = noCounts();
  counts.seen = batch.owed.length;
  for (const one of planned.settled) counts[one.outcome] += 1;
  const items = planned.writes.map((one): ItemEffect => {
    const outcome = one.write.op === 'create' ? 'created' : 'updated';
    counts[outcome] += 1;
    return {
      contactId: one.owed.contact.id,
      email: one.owed.contact.email,
      name: nameOf(one.owed.contact),
      kind: one.kind,
      crmId: one.write.id ?? null,
      crmUrl: one.link?.crmUrl ?? null,
      outcome,
      reason: null,
      params: {},
      changes: itemChanges(one.fields),
      conflicts: one.conflicts,
    };
  });
  return { counts, items: [...effects.items, ...items] };
}

/** R23: nothing but score, status, source and the address of the page. */
export const isCalculatedOnly = (planned: PlannedWrite): boolean =>
  planned.write.op === 'update' && planned.fields.length > 0 && planned.fields.every(isCalculated);

/** Score, status, source or the address of the page. */
export const isCalculated = (write: { readonly key: string }): boolean => LAZY_FIELDS.includes(hubFieldOf(write.key));

/** A line's key is `kind:hub:crm`. */
const hubFieldOf = (key: string): string => key.split(':')[1] ?? '';
