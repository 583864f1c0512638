import type { ZohoField } from '../codec.ts';
import { type ZohoState, zohoField } from './state.ts';

const picks = (...labels: string[]): Partial<ZohoField> => ({
  pick_list_values: ['-None-', ...labels].map((label, index) => ({
    display_value: label,
    // A renamed choice keeps the value under which records hold it.
    actual_value: index === 1 ? 'Handel' : label,
    type: 'used',
  })),
});
const branches = picks('Retail', 'Gros œuvre 🏗️', 'שלום', '0012', 'Food & Drink; fresh', 'retail trade');

/** Types as the vendor's page on fields lists them, with what an administrator may choose for each. */
const TYPES: readonly (readonly [type: string, extra: Partial<ZohoField>])[] = [
  ['text', { length: 120 }],
  ['textarea', { length: 2_000 }],
  ['email', { length: 100 }],
  ['phone', { length: 30 }],
  ['website', { length: 450 }],
  ['picklist', branches],
  ['multiselectpicklist', branches],
  ['boolean', {}],
  ['date', {}],
  ['datetime', {}],
  ['integer', { length: 9 }],
  ['bigint', { length: 18 }],
  ['double', { length: 16, decimal_place: 2 }],
  ['currency', { length: 16, decimal_place: 2 }],
  ['percent', { length: 5, decimal_place: 1 }],
];
export const VENDOR_TYPES = TYPES.map(([type]) => type);

/** A custom field of every type in both modules. */
export function plantEveryType(state: ZohoState): void {
  for (const module of ['Leads', 'Contacts'] as const)
    for (const [type, extra] of TYPES)
      state.fields[module].push(zohoField(`Every_${type}`, type, { custom_field: true, ...extra }));
}
