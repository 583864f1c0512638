import { roundTo } from '../../../core/numbers.ts';
import type { Clock } from '../../../platform/clock.ts';
import { TimelineBook } from '../../kit/testing/timeline-book.ts';
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
  /** Out of the bin, for ever. */
  purged: boolean;
  convertedTo: string | null;
}

export const OUR_USER = '3652397000000186017';
const REP = '3652397000000186099';
/** So long a deleted record lies in the recycle bin. */
const BIN_MS = 60 * 86_400_000;
export const OUR_PROFILE = { id: '3652397000000026014', name: 'Integration' };
export const USERS = [
  { id: OUR_USER, full_name: 'Integration', email: 'crm@example.com', status: 'active' },
  { id: REP, full_name: 'Rita Rep', email: 'rita@example.com', status: 'active' },
  { id: '3652397000000186100', full_name: 'Gone Gustav', email: 'gustav@example.com', status: 'deleted' },
];

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

/** A company. Contacts hold this very object, so that its new name is theirs at once, and their own times stay. */
export interface StoredAccount {
  readonly id: string;
  name: string;
  readonly createdAt: number;
  modifiedAt: number;
}

/** What Zoho does that no document settles, or only some organisations do; tests choose. */
export interface ZohoHabits {
  /** How far `page` reaches in the list of deletions. */
  deletedReach: number;
  /** Get Records says that more follows, and gives no token. */
  withoutTokens: boolean;
  /** One such record and the whole call is answered 400, with or without its place. */
  refusesWhole: {
    readonly poison: (values: Readonly<Record<string, unknown>>) => boolean;
    readonly names: boolean;
  } | null;
  /** Paths for which the token lacks a scope. */
  scopeMissing: RegExp | null;
}

/** Emulated Zoho's memory: two modules and their companies, a bin, converted leads that leave the lists. */
export class ZohoState {
  readonly timeline = new TimelineBook();
  readonly clock: Clock;
  readonly rows: Readonly<Record<ModuleName, Map<string, StoredRow>>> = { Leads: new Map(), Contacts: new Map() };
  readonly fields: Readonly<Record<ModuleName, ZohoField[]>>;
  /** By id. */
  readonly accounts = new Map<string, StoredAccount>();
  /** Those in the bin, and when they came there. */
  readonly accountsDeleted = new Map<string, number>();
  /** Of the user whose token it is, and what the profile takes away: permissions by name, fields by what is left of them. */
  userStatus = 'active';
  readonly forbidden = new Set<string>();
  readonly fieldPermissions = new Map<string, 'read_only' | 'hidden'>();
  /** What Zoho answers to the deletion of these records: code and message. */
  readonly undeletable = new Map<string, readonly [code: string, message: string]>();
  /** `wf_trigger` of each deletion, as it was sent. */
  readonly deletionTriggers: (string | undefined)[] = [];
  readonly habits: ZohoHabits = { deletedReach: 2_000, withoutTokens: false, refusesWhole: null, scopeMissing: null };
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
        field('Secondary_Email', 'email'),
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
      purged: false,
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
  #account(value: unknown): StoredAccount | null {
    if (value === null || value === '' || value === undefined) return null;
    if (typeof value === 'object' && 'id' in value) return this.accounts.get(String(value.id)) ?? null;
    const name = typeof value === 'object' && 'name' in value ? String(value.name) : String(value);
    return [...this.accounts.values()].find((one) => one.name === name) ?? this.createAccount(name);
  }

  createAccount(name: string): StoredAccount {
    const at = this.now();
    const id = `36523970001${String(this.accounts.size + this.accountsDeleted.size).padStart(8, '0')}`;
    const account = { id, name, createdAt: at, modifiedAt: at };
    this.accounts.set(id, account);
    return account;
  }

  /** As somebody would in Zoho: the people of the company are not touched. */
  renameAccount(id: string, name: string): void {
    const account = this.accounts.get(id);
    if (account === undefined) throw new Error(`emulated Zoho has no account ${id}`);
    account.name = name;
    account.modifiedAt = this.now();
  }

  /** Into the bin; its people belong to no account, and are not touched. */
  removeAccount(id: string): void {
    const account = this.accounts.get(id);
    if (account === undefined) throw new Error(`emulated Zoho has no account ${id}`);
    this.accounts.delete(id);
    this.accountsDeleted.set(id, this.now());
    for (const { values } of this.rows.Contacts.values())
      if (values['Account_Name'] === account) values['Account_Name'] = null;
  }

  remove(row: StoredRow): void {
    row.deletedAt = this.now();
    row.modifiedAt = row.deletedAt;
    this.onEvent({ module: this.rows.Leads.has(row.id) ? 'Leads' : 'Contacts', operation: 'delete', id: row.id });
  }

  isInBin(row: StoredRow): boolean {
    return row.deletedAt !== null && !row.purged && this.now() - row.deletedAt <= BIN_MS;
  }

  /** As somebody would from the bin's own page. @returns whether it came back */
  restore(row: StoredRow): boolean {
    if (!this.isInBin(row)) return false;
    row.deletedAt = null;
    row.modifiedAt = this.now();
    this.onEvent({ module: this.rows.Leads.has(row.id) ? 'Leads' : 'Contacts', operation: 'update', id: row.id });
    return true;
  }

  convert(lead: StoredRow): StoredRow {
    const { City, Company, ...values } = lead.values;
    const contact = this.create('Contacts', { ...values, Mailing_City: City, Account_Name: Company ?? null });
    lead.convertedTo = contact.id;
    this.timeline.move(lead.id, contact.id);
    lead.modifiedAt = this.now();
    this.onEvent({ module: 'Leads', operation: 'update', id: lead.id });
    return contact;
  }
}
