import type { PersonField } from '../codec.ts';
import { hashOf, type PipedriveState } from './state.ts';

const options: PersonField['options'] = [
  'Retail',
  'Gros œuvre 🏗️',
  'שלום',
  '0012',
  'Food & Drink, fresh',
  'retail trade',
].map((label, index) => ({ id: 101 + index, label }));

/** Types as the vendor's page on fields lists them: those that a person can fill in, then those that we only read. */
const WRITTEN = [
  'varchar',
  'varchar_auto',
  'text',
  'double',
  'monetary',
  'enum',
  'set',
  'phone',
  'date',
  'time',
  'address',
];
const READ = ['user', 'org', 'people', 'daterange', 'timerange'];
export const VENDOR_TYPES: readonly string[] = WRITTEN;

/** A custom field of every type. */
export function plantEveryType(state: PipedriveState): void {
  for (const field_type of [...WRITTEN, ...READ]) {
    const field_name = `Every ${field_type}`;
    state.fields.push({
      field_name,
      field_code: hashOf(field_name),
      field_type,
      options: field_type === 'enum' || field_type === 'set' ? options : null,
      is_custom_field: true,
    });
  }
}
