import type { SellState } from './state.ts';

const choices = ['Retail', 'Gros œuvre 🏗️', 'שלום', '0012', 'Food & Drink, fresh', 'retail trade'].map((name) => ({
  name,
}));

/** Types as the vendor's page on custom fields lists them; an address is only read. */
export const VENDOR_TYPES = [
  'string',
  'text',
  'number',
  'bool',
  'date',
  'datetime',
  'email',
  'phone',
  'url',
  'list',
  'multi_select_list',
] as const;

/** A custom field of every type. */
export function plantEveryType(state: SellState): void {
  for (const [index, type] of [...VENDOR_TYPES, 'address'].entries())
    state.custom.push({ id: 980 + index, name: `Every ${type}`, type, ...(type.includes('list') ? { choices } : {}) });
}
