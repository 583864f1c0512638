import type { BoundLine, FieldWrite } from './decide.ts';
import type { Fault, LineKey, LineShadow, Shadow, Value } from './model.ts';
import { isSame, normalise } from './value.ts';

/** The hub stores what it is given: both sides agree on exactly these values (R2). */
export const settleHub = (write: FieldWrite): LineShadow => ({ hub: write.value, crm: write.source });

export interface SettledLine {
  /** null: the shadow does not move. */
  readonly shadow: LineShadow | null;
  readonly fault?: Fault;
  /** The CRM keeps its own spelling; it is not sent back (R2b). */
  readonly storedDifferently?: boolean;
}

/**
 * What a write to the CRM leaves behind on one line (R2, R2b, R2c).
 * @param stored the value as the CRM holds it after the write; undefined: its answer carries none.
 */
export function settleCrm(write: FieldWrite, stored: Value | undefined, bound: BoundLine): SettledLine {
  if (stored === undefined || bound.codec.sameCrm(stored, write.value)) {
    return { shadow: { hub: write.source, crm: normalise(stored === undefined ? write.value : stored) } };
  }
  const back = bound.codec.toHub(stored);
  if (back.ok && bound.codec.sameHub(back.value, bound.codec.roundTrip(write.source))) {
    return { shadow: { hub: write.source, crm: normalise(stored) } };
  }
  if (isSame(stored, write.before)) {
    return {
      shadow: null,
      fault: { reason: 'not_stored', field: write.field, params: { label: bound.crmField.label } },
    };
  }
  return { shadow: { hub: write.source, crm: normalise(stored) }, storedDifferently: true };
}

/** The shadow moves line by line; everything else stays as it was. */
export const applyShadow = (shadow: Shadow, entries: Iterable<readonly [LineKey, LineShadow]>): Shadow => ({
  ...shadow,
  ...Object.fromEntries(entries),
});
