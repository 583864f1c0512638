import type { DescribedField, ObjectName } from '../codec.ts';
import { describedField, type SalesforceState } from './state.ts';

const picklist = (...pairs: (readonly [value: string, label: string])[]): Partial<DescribedField> => ({
  picklistValues: pairs.map(([value, label]) => ({ active: true, value, label })),
});
const branches = picklist(
  ['Retail', 'Retail'],
  ['Construction', 'Gros œuvre 🏗️'],
  ['He', 'שלום'],
  ['0012', '0012'],
  ['Food, fresh', 'Food & Drink'],
  ['retail_trade', 'retail trade'],
);

/** Types as the vendor's page on `describe` lists them, with what an administrator may choose for each. */
const TYPES: readonly (readonly [type: string, name: string, extra: Partial<DescribedField>])[] = [
  ['string', 'Text', {}],
  ['textarea', 'LongText', { length: 32_768 }],
  ['encryptedstring', 'Secret', { length: 175 }],
  ['email', 'SecondEmail', { length: 80 }],
  ['phone', 'OtherPhone', { length: 40 }],
  ['url', 'Page', {}],
  ['boolean', 'Box', { defaultedOnCreate: true }],
  ['int', 'Whole', {}],
  ['double', 'Number', { scale: 2 }],
  ['currency', 'Money', { scale: 2 }],
  ['percent', 'Share', { scale: 1 }],
  ['date', 'Day', {}],
  ['datetime', 'Moment', {}],
  ['picklist', 'Branch', { ...branches, restrictedPicklist: true }],
  ['picklist', 'OpenBranch', branches],
  ['multipicklist', 'Branches', { ...branches, restrictedPicklist: true }],
  ['combobox', 'Combo', { ...branches, length: 40 }],
];
export const VENDOR_TYPES = [...new Set(TYPES.map(([type]) => type))];
/** Read and never written by us. */
const READ: typeof TYPES = [['time', 'Hour', {}]];

/** A field of every type on leads and contacts. */
export function plantEveryType(state: SalesforceState): void {
  for (const object of ['Lead', 'Contact'] satisfies ObjectName[])
    for (const [type, name, extra] of [...TYPES, ...READ]) {
      const field = describedField(`Every_${name}__c`, type, extra);
      state.fields[object].set(field.name, field);
    }
}
