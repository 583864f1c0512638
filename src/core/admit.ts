import type { Fields, Kind, Value } from './model.ts';
import { isEmpty } from './value.ts';

/** Who comes in (R11), as settings hold it. */
export interface ImportSettings {
  readonly leads: boolean;
  readonly contacts: boolean;
  readonly contactFilter: {
    readonly enabled: boolean;
    readonly field: string;
    readonly value: string | number | boolean;
  };
}

export type Admission = { readonly in: true } | { readonly in: false; readonly why: 'box_off' | 'not_ticked' };

const TICKED = new Set(['true', 'yes', 'y', '1', 'on', 'oui', 'vrai']);

/**
 * Does a record of this kind take part? In a CRM without the split, `leads` is the box *people* and the filter applies.
 * @param label the option label of the sync field's value, where it has one.
 */
export function admits(
  record: { readonly kind: Kind; readonly fields: Fields; readonly syncLabel?: string },
  settings: ImportSettings,
): Admission {
  const box = record.kind === 'contact' ? settings.contacts : settings.leads;
  if (!box) return { in: false, why: 'box_off' };
  if (record.kind === 'lead' || !settings.contactFilter.enabled) return { in: true };
  const value = record.fields[settings.contactFilter.field];
  return matches(value, settings.contactFilter.value, record.syncLabel)
    ? { in: true }
    : { in: false, why: 'not_ticked' };
}

/** yes, true, 1 and the option's label all count as ticked where a yes/no is expected (R11). */
function matches(value: Value | undefined, expected: string | number | boolean, label: string | undefined): boolean {
  if (isEmpty(value)) return false;
  const spellings = [value, label].flatMap((one) =>
    one === undefined || one === null ? [] : [String(one).trim().toLowerCase()],
  );
  const wanted = String(expected).trim().toLowerCase();
  if (spellings.includes(wanted)) return true;
  return TICKED.has(wanted) && spellings.some((spelling) => TICKED.has(spelling));
}
