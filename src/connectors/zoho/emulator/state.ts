import { roundTo } from '../../../core/numbers.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { ModuleName } from '../client.ts';
import type { ZohoField } from '../codec.ts';
import type { RowEvent } from './hooks.ts';

export interface StoredRow {
  readonly id: string;
  readonly values: Record<string, unknown>;
  readonly createdAt: number;
  /** Whole seconds. */
  modifiedAt: number;
  modifiedBy: string;
  deletedAt: number | null;
  convertedTo: string | null;
}

export const OUR_USER = '3652397000000186017';
const REP = '3652397000000186099';

/** A field as the settings answer it. */
export const zohoField = (api_name: string, data_type: string, extra: Partial<ZohoField> = {}): ZohoField => ({
  api_name,
  // Zoho's ids are numbers as text; they stay when somebody renames the field.
  id: `36523970${[...api_name].reduce((hash, char) => (hash * 31 + (char.codePointAt(0) ?? 0)) % 1_000_000_007, 7)}`,
  field_label: api_name.replaceAll('_', ' '),
  display_label: api_name.replaceAll('_', ' '),
  data_type,
  length: data_type === 'text' ? 120 : data_type === 'textarea' ? 32_000 : data_type === 'phone' ? 30 : 100,
  operation_type: { api_create: true, api_update: true },
  custom_field: false,
  unique: {},
  pick_list_values: [],
  ...extra,
});
const field = zohoField;
const readOnly = { read_only: true, operation_type: { api_create: false, api_update: false } };
const picks = (...values: string[]) => ({
  pick_list_values: values.map((value) => ({ display_value: value, actual_value: value, type: 'used' })),
});

const system = (): ZohoField[] => [
  field('First_Name', 'text', { length: 40 }),
  field('Last_Name', 'text', { length: 80, system_mandatory: true }),
  field('Email', 'email'),
  field('Phone', 'phone'),
  field('Mobile', 'phone'),
  field('Email_Opt_Out', 'boolean'),
  field('Description', 'textarea'),
  field('Owner', 'ownerlookup'),
  field('Created_Time', 'datetime', readOnly),
  field('Modified_Time', 'datetime', readOnly),
  field('Modified_By', 'ownerlookup', readOnly),
];
const ours = (): ZohoField[] => [
  field('Tandem_URL', 'text', { custom_field: true, length: 255 }),
  field('Tandem_score', 'integer', { custom_field: true }),
  field('Tandem_status', 'text', { custom_field: true, length: 255 }),
  field('Tandem_source', 'text', { custom_field: true, length: 255 }),
  field('Sync_to_Tandem', 'boolean', { custom_field: true }),
];

/** Decimals are rounded, times kept to the second. */
function stored({ data_type, decimal_place }: ZohoField, value: unknown): unknown {
  if (value === '') return null;
  if (typeof value === 'number' && decimal_place != null) return roundTo(value, decimal_place);
  return data_type === 'datetime' && typeof value === 'string' ? value.replace(/\.\d+/, '') : value;
}

/** Emulated Zoho's memory: two modules, a bin, converted leads that leave the lists. */
export class ZohoState {
  readonly clock: Clock;
  readonly rows: Readonly<Record<ModuleName, Map<string, StoredRow>>> = { Leads: new Map(), Contacts: new Map() };
  readonly fields: Readonly<Record<ModuleName, ZohoField[]>>;
  readonly accounts = new Map<string, string>();
  /** Told of everything that happens to rows. */
  onEvent: (event: RowEvent) => void = () => undefined;
  #last = 0;

  constructor(clock: Clock, prepared: boolean) {
    this.clock = clock;
    const address = (prefix: string): ZohoField[] =>
      ['Street', 'City', 'State', 'Country'].map((name) => field(`${prefix}${name}`, 'text', { length: 250 }));
    this.fields = {
      Leads: [
        ...system(),
        field('Company', 'text', { length: 200 }),
        field('Designation', 'text'),
        field('Website', 'website', { length: 450 }),
        field('Lead_Source', 'picklist', picks('-None-', 'Web', 'Trade Show')),
        field('Converted__s', 'boolean', readOnly),
        field('Converted_Contact', 'lookup', readOnly),
        ...address(''),
        field('Zip_Code', 'text', { length: 30 }),
        ...(prepared ? ours() : []),
      ],
      Contacts: [
        ...system(),
        field('Secondary_Email', 'email'),
        field('Account_Name', 'lookup'),
        field('Title', 'text'),
        ...address('Mailing_'),
        field('Mailing_Zip', 'text', { length: 30 }),
        ...(prepared ? ours() : []),
      ],
    };
  }

  /** @returns whole seconds, as the vendor stamps. */
  now(): number {
    return Math.floor(this.clock.now() / 1000) * 1000;
  }

  create(module: ModuleName, values: Readonly<Record<string, unknown>>, by = REP): StoredRow {
    this.#last += 1;
    const id = `36523970000${String(this.#last).padStart(8, '0')}`;
    const at = this.now();
    const row: StoredRow = {
      id,
      values: {},
      createdAt: at,
      modifiedAt: at,
      modifiedBy: by,
      deletedAt: null,
      convertedTo: null,
    };
    this.rows[module].set(id, row);
    this.#change(module, row, values, by);
    this.onEvent({ module, operation: 'insert', id });
    return row;
  }

  /** Unknown and read-only keys are silently ignored. */
  set(module: ModuleName, row: StoredRow, values: Readonly<Record<string, unknown>>, by = REP): void {
    this.#change(module, row, values, by);
    this.onEvent({ module, operation: 'update', id: row.id });
  }

  #change(module: ModuleName, row: StoredRow, values: Readonly<Record<string, unknown>>, by: string): void {
    for (const [key, value] of Object.entries(values)) {
      const known = this.fields[module].find((one) => one.api_name === key);
      if (known === undefined || known.read_only === true) continue;
      row.values[key] = key === 'Account_Name' ? this.#account(value) : stored(known, value);
    }
    row.modifiedAt = this.now();
    row.modifiedBy = by;
  }

  /** A company by id or name; a name that is not there is made. */
  #account(value: unknown): { id: string; name: string } | null {
    if (value === null || value === '') return null;
    const name = typeof value === 'object' && 'name' in value ? String(value.name) : String(value);
    const id = this.accounts.get(name) ?? `36523970001${String(this.accounts.size).padStart(8, '0')}`;
    this.accounts.set(name, id);
    return { id, name };
  }

  remove(row: StoredRow): void {
    row.deletedAt = this.now();
    row.modifiedAt = row.deletedAt;
    this.onEvent({ module: this.rows.Leads.has(row.id) ? 'Leads' : 'Contacts', operation: 'delete', id: row.id });
  }

  convert(lead: StoredRow): StoredRow {
    const { City, Company, ...values } = lead.values;
    const contact = this.create('Contacts', { ...values, Mailing_City: City, Account_Name: Company ?? null });
    lead.convertedTo = contact.id;
    lead.modifiedAt = this.now();
    this.onEvent({ module: 'Leads', operation: 'update', id: lead.id });
    return contact;
  }
}
