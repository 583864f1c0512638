import type { Property } from '../codec.ts';
import type { HubSpotState } from './state.ts';

const choices = (...labels: string[]): Property['options'] =>
  labels.map((label, index) => ({ label, value: `v${index + 1}`, hidden: false }));
const branches = choices('Retail', 'Gros œuvre 🏗️', 'שלום', '0012', 'Food & Drink, fresh', 'retail trade');

/** `type` and `fieldType` as the vendor's page on properties lists them; each once. */
const TYPES: readonly (readonly [type: string, fieldType: string, options?: Property['options']])[] = [
  ['string', 'text'],
  ['string', 'textarea'],
  ['string', 'html'],
  ['string', 'phonenumber'],
  ['number', 'number'],
  ['date', 'date'],
  ['datetime', 'date'],
  ['phone_number', 'phonenumber'],
  ['enumeration', 'select', branches],
  ['enumeration', 'radio', branches],
  ['enumeration', 'checkbox', branches],
  [
    'bool',
    'booleancheckbox',
    [
      { label: 'Yes', value: 'true' },
      { label: 'No', value: 'false' },
    ],
  ],
];
export const VENDOR_TYPES = TYPES.map(([type, fieldType]) => `${type}/${fieldType}`);

/** A property of every type, as an administrator would make them. */
export function plantEveryType(state: HubSpotState): void {
  for (const [type, fieldType, options] of TYPES) {
    const name = `every_${type}_${fieldType}`;
    const property: Property = { name, label: `Every ${type} ${fieldType}`, type, fieldType, hubspotDefined: false };
    state.properties.set(name, options === undefined ? property : { ...property, options });
  }
}
