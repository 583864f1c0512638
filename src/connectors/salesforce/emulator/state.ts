import { emailKey } from '../../../core/email.ts';
import { roundTo } from '../../../core/numbers.ts';
import type { Clock } from '../../../platform/clock.ts';
import { TimelineBook } from '../../kit/testing/timeline-book.ts';
import type { DescribedField } from '../codec.ts';
import { STORED, type StoredObject } from './answers.ts';
import { FieldSecurity } from './field-security.ts';
import type { RowChange } from './streaming.ts';

export interface Row {
  [field: string]: unknown;
  Id: string;
  IsDeleted: boolean;
  SystemModstamp: string;
}

export interface SalesforceFault {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** `2026-05-01T07:25:37.000+0000`: one second's precision, no colon in the offset. */
export const stamp = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('Z', '+0000');

/** A field as `describe` answers it, with what it says of that type unless told otherwise. */
export const describedField = (name: string, type: string, extra: Partial<DescribedField> = {}): DescribedField => ({
  name,
  label: name.replace(/__c$/, '').replace(/_/g, ' '),
  type,
  length: ['string', 'email', 'phone', 'url', 'textarea'].includes(type) ? 255 : /^(id|reference)$/.test(type) ? 18 : 0,
  scale: 0,
  // A yes/no is never empty and starts as no.
  nillable: type !== 'boolean',
  createable: true,
  updateable: true,
  defaultedOnCreate: type === 'boolean',
  calculated: false,
  custom: name.endsWith('__c'),
  unique: false,
  restrictedPicklist: false,
  picklistValues: [],
  ...extra,
});
const field = describedField;
const system = (name: string, type: string): DescribedField =>
  field(name, type, { createable: false, updateable: false, nillable: false, defaultedOnCreate: true });

const everywhere = (): DescribedField[] => [
  system('Id', 'id'),
  field('IsDeleted', 'boolean', { createable: false, updateable: false }),
  field('MasterRecordId', 'reference', { createable: false, updateable: false }),
  system('CreatedDate', 'datetime'),
  system('LastModifiedDate', 'datetime'),
  system('LastModifiedById', 'reference'),
  system('SystemModstamp', 'datetime'),
  field('OwnerId', 'reference', { defaultedOnCreate: true, nillable: false }),
];
const shared = (): DescribedField[] => [
  ...everywhere(),
  field('FirstName', 'string', { length: 40 }),
  field('LastName', 'string', { length: 80, nillable: false }),
  field('Name', 'string', { createable: false, updateable: false, length: 121, nillable: false }),
  field('Email', 'email', { length: 80 }),
  field('Phone', 'phone', { length: 40 }),
  field('MobilePhone', 'phone', { length: 40 }),
  field('Title', 'string', { length: 128 }),
  field('LeadSource', 'picklist', {
    picklistValues: ['Web', 'Phone Inquiry', 'Partner Referral', 'Other'].map((value) => ({
      active: true,
      label: value,
      value,
    })),
  }),
  field('HasOptedOutOfEmail', 'boolean'),
];
const own = (): DescribedField[] => [
  field('Tandem_Url__c', 'string'),
  field('Tandem_Score__c', 'double', { scale: 0 }),
  field('Tandem_Status__c', 'string'),
  field('Tandem_Source__c', 'string'),
  field('Sync_To_Tandem__c', 'boolean'),
];
const address = (prefix: string): DescribedField[] => [
  field(`${prefix}Street`, 'textarea'),
  field(`${prefix}City`, 'string', { length: 40 }),
  field(`${prefix}PostalCode`, 'string', { length: 20 }),
  field(`${prefix}State`, 'string', { length: 80 }),
  field(`${prefix}Country`, 'string', { length: 80 }),
];

export const PREFIX: Readonly<Record<StoredObject, string>> = { Lead: '00Q', Contact: '003', Account: '001' };
export const USER_ID = '005EM0000000001AAA';
export const REP_ID = '005EM0000000002AAA';
/** So long a deleted record lies in the recycle bin. */
export const BIN_MS = 15 * 86_400_000;
export const ORG_ID = '00DEM0000000001EAM';

/** Emulated Salesforce's memory: rows by id, by object, by address. */
export class SalesforceState {
  readonly timeline = new TimelineBook();
  readonly security = new FieldSecurity();
  readonly clock: Clock;
  readonly rows = new Map<string, Row>();
  readonly objects: Record<StoredObject, Row[]> = { Lead: [], Contact: [], Account: [] };
  readonly fields: Record<StoredObject, Map<string, DescribedField>>;
  /** Rules that an administrator made: a message where the row is refused. */
  validation: ((object: StoredObject, row: Row) => string | null) | null = null;
  /** Of an org whose countries and states are lists. */
  addresses: ((object: StoredObject, row: Readonly<Record<string, unknown>>) => SalesforceFault | null) | null = null;
  /** Whom the org's active assignment rule gives leads to that are made or changed over the API; null: no rule is active. */
  assignTo: string | null = REP_ID;
  readonly locked = new Set<string>();
  /** Numbers of the cases that hang on a record. */
  readonly cases = new Map<string, string>();
  /** Users beside the four that every emulated org has. */
  readonly moreUsers: Readonly<Record<string, string | boolean>>[] = [];
  /** Told of everything that happens to rows. */
  onChange: (change: RowChange) => void = () => undefined;
  #last = 0;

  constructor(clock: Clock, prepared: boolean) {
    this.clock = clock;
    const lead = [
      ...shared(),
      ...address(''),
      field('Company', 'string', { nillable: false }),
      field('Website', 'url'),
      field('Status', 'picklist', {
        nillable: false,
        defaultedOnCreate: true,
        picklistValues: ['Open', 'Contacted', 'Qualified', 'Unqualified'].map((value) => ({
          active: true,
          label: value,
          value,
        })),
      }),
      ...['IsConverted'].map((name) => field(name, 'boolean', { updateable: false })),
      ...['ConvertedContactId', 'ConvertedAccountId'].map((name) =>
        field(name, 'reference', { createable: false, updateable: false }),
      ),
      ...(prepared ? own() : []),
    ];
    const contact = [
      ...shared(),
      ...address('Mailing'),
      field('AccountId', 'reference', { referenceTo: ['Account'] }),
      ...(prepared ? own() : []),
    ];
    const account = [
      ...everywhere(),
      field('Name', 'string', { nillable: false }),
      field('Phone', 'phone', { length: 40 }),
      field('Website', 'url'),
    ];
    this.fields = {
      Lead: new Map(lead.map((one) => [one.name, one])),
      Contact: new Map(contact.map((one) => [one.name, one])),
      Account: new Map(account.map((one) => [one.name, one])),
    };
  }

  create(object: StoredObject, values: Readonly<Record<string, unknown>>, by = USER_ID, at = this.clock.now()): Row {
    this.#last += 1;
    const id = `${PREFIX[object]}EM${String(this.#last).padStart(10, '0')}AAA`;
    const row: Row = { Id: id, IsDeleted: false, SystemModstamp: stamp(at), CreatedDate: stamp(at), OwnerId: USER_ID };
    for (const one of this.fields[object].values()) if (one.type === 'boolean') row[one.name] = false;
    if (object === 'Lead') row['Status'] = 'Open';
    this.rows.set(id, row);
    this.objects[object].push(row);
    this.#change(object, row, values, { by, at });
    this.onChange({ object, type: 'CREATE', ids: [id] });
    return row;
  }

  /** Text is trimmed, empty text is null, e-mails are stored in lower case. */
  set(
    object: StoredObject,
    row: Row,
    values: Readonly<Record<string, unknown>>,
    by = USER_ID,
    at = this.clock.now(),
  ): void {
    this.#change(object, row, values, { by, at });
    this.onChange({ object, type: 'UPDATE', ids: [row.Id] });
  }

  #change(
    object: StoredObject,
    row: Row,
    values: Readonly<Record<string, unknown>>,
    { by, at }: { readonly by: string; readonly at: number },
  ): void {
    for (const [name, value] of Object.entries(values)) row[name] = this.#stored(object, name, value);
    if (object !== 'Account')
      row['Name'] = [row['FirstName'], row['LastName']].filter((part) => typeof part === 'string').join(' ');
    row.SystemModstamp = stamp(at);
    row['LastModifiedDate'] = stamp(at);
    row['LastModifiedById'] = by;
  }

  #stored(object: StoredObject, name: string, value: unknown): unknown {
    const described = this.fields[object].get(name);
    if (described?.type === 'boolean') return value === true;
    // The database keeps whole seconds.
    if (described?.type === 'datetime' && typeof value === 'string' && value !== '')
      return stamp(Date.parse(value.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')));
    if (typeof value === 'number' && described !== undefined) return roundTo(value, described.scale);
    if (typeof value !== 'string') return value ?? null;
    const text = value.trim();
    if (text === '') return null;
    if (described?.type === 'multipicklist') return this.#inOrder(described, text);
    return described?.type === 'email' ? text.toLowerCase() : text;
  }

  /** Multi-select values come back in the picklist's own order. */
  #inOrder(described: DescribedField, text: string): string {
    const chosen = new Set(text.split(';'));
    return (described.picklistValues ?? [])
      .filter((option) => chosen.has(option.value))
      .map((option) => option.value)
      .join(';');
  }

  /** Customers paste the 15-character form; answers have 18. */
  find(id: string): Row | undefined {
    return this.rows.get(id) ?? (id.length === 15 ? this.rows.get(`${id}AAA`) : undefined);
  }

  objectOf(id: string): StoredObject {
    return STORED.find((object) => id.startsWith(PREFIX[object])) ?? 'Lead';
  }

  /** Salesforce's own refusals of a row, in its own codes. */
  refuse(
    object: StoredObject,
    values: Readonly<Record<string, unknown>>,
    existing: Row | null,
  ): SalesforceFault | null {
    const say = (statusCode: string, message: string, fields: string[] = []): SalesforceFault => ({
      statusCode,
      message,
      fields,
    });
    if (existing?.['IsConverted'] === true)
      return say('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
    if (existing !== null && this.locked.has(existing.Id))
      return say('ENTITY_IS_LOCKED', 'the entity is locked for editing');
    for (const [name, value] of Object.entries(values)) {
      const described = this.fields[object].get(name);
      if (described === undefined)
        return say('INVALID_FIELD', `No such column '${name}' on sobject of type ${object}`, [name]);
      if (existing === null ? !described.createable : !described.updateable)
        return say('INVALID_FIELD_FOR_INSERT_UPDATE', `Unable to create/update fields: ${name}`, [name]);
      const wrong = wrongValue(described, value);
      if (wrong !== null) return say(wrong.code, wrong.message, [name]);
    }
    const account = values['AccountId'];
    if (typeof account === 'string' && account !== '' && this.rows.get(account)?.IsDeleted !== false)
      return say('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', ['AccountId']);
    const after = { ...existing, ...values };
    const misplaced = this.addresses?.(object, after) ?? null;
    if (misplaced !== null) return misplaced;
    const missing = [...this.fields[object].values()].filter(
      (one) =>
        !one.nillable &&
        one.createable &&
        !one.defaultedOnCreate &&
        one.type !== 'boolean' &&
        String(after[one.name] ?? '').trim() === '',
    );
    if (missing.length > 0)
      return say(
        'REQUIRED_FIELD_MISSING',
        `Required fields are missing: [${missing.map((one) => one.name).join(', ')}]`,
        missing.map((one) => one.name),
      );
    const complaint =
      this.validation?.(object, { ...after, Id: existing?.Id ?? '', IsDeleted: false, SystemModstamp: '' }) ?? null;
    return complaint === null ? null : say('FIELD_CUSTOM_VALIDATION_EXCEPTION', complaint);
  }

  /** What undoes everything from here on: an `allOrNone` call that fails leaves nothing behind. */
  remember(): () => void {
    const rows = new Map([...this.rows].map(([id, row]) => [id, { ...row }]));
    return () => {
      for (const [id, row] of this.rows) {
        const before = rows.get(id);
        if (before === undefined) this.rows.delete(id);
        else Object.assign(row, before);
      }
      for (const object of STORED) this.objects[object] = this.objects[object].filter((row) => this.rows.has(row.Id));
    };
  }

  /** The people of an account go with it into the bin, unless it was merged away. */
  remove(row: Row, master: string | null = null): void {
    row.IsDeleted = true;
    row['MasterRecordId'] = master;
    row.SystemModstamp = stamp(this.clock.now());
    this.onChange({ object: this.objectOf(row.Id), type: 'DELETE', ids: [row.Id] });
    if (this.objectOf(row.Id) === 'Account' && master === null) for (const one of this.#peopleOf(row)) this.remove(one);
  }

  /** From the bin, as its owner would. A record that lost a merge does not come back. @returns whether it did */
  restore(row: Row): boolean {
    if (!row.IsDeleted || typeof row['MasterRecordId'] === 'string') return false;
    if (this.clock.now() - Date.parse(row.SystemModstamp.replace('+0000', 'Z')) > BIN_MS) return false;
    row.IsDeleted = false;
    row.SystemModstamp = stamp(this.clock.now());
    this.onChange({ object: this.objectOf(row.Id), type: 'UNDELETE', ids: [row.Id] });
    return true;
  }

  #peopleOf(account: Row): Row[] {
    return this.objects.Contact.filter((row) => !row.IsDeleted && row['AccountId'] === account.Id);
  }

  /** The account of a name, the first one where there are several; made where there is none. */
  accountOf(name: string): Row {
    const isMeant = (row: Row): boolean => !row.IsDeleted && String(row['Name']).toLowerCase() === name.toLowerCase();
    return this.objects.Account.find(isMeant) ?? this.create('Account', { Name: name }, REP_ID);
  }

  /** The loser is deleted with the winner's id; the winner is touched. */
  merge(loser: Row, winner: Row): void {
    this.remove(loser, winner.Id);
    if (this.objectOf(loser.Id) === 'Account')
      for (const one of this.#peopleOf(loser)) this.set('Contact', one, { AccountId: winner.Id }, REP_ID);
    this.timeline.move(loser.Id, winner.Id);
    this.set(this.objectOf(winner.Id), winner, {}, REP_ID);
  }

  /** The lead's row stays, read-only, and names the contact it became, and the account that its company became. */
  convert(lead: Row): Row {
    const values = Object.fromEntries(
      ['FirstName', 'LastName', 'Email', 'Phone', 'MobilePhone', 'Title', 'Tandem_Url__c']
        .filter((name) => this.fields.Contact.has(name))
        .map((name) => [name, lead[name]]),
    );
    const account = this.accountOf(String(lead['Company']));
    const contact = this.create(
      'Contact',
      { ...values, AccountId: account.Id, MailingCity: lead['City'], MailingCountry: lead['Country'] },
      REP_ID,
    );
    this.timeline.move(lead.Id, contact.Id);
    this.set(
      'Lead',
      lead,
      {
        IsConverted: true,
        ConvertedContactId: contact.Id,
        ConvertedAccountId: account.Id,
        Status: 'Qualified',
      },
      REP_ID,
    );
    return contact;
  }
}

const FORMS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  datetime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:?\d{2})$/,
};

function wrongValue(described: DescribedField, value: unknown): { code: string; message: string } | null {
  if (value === null || value === '') return null;
  const { type, length, label } = described;
  if (type === 'email' && (typeof value !== 'string' || emailKey(value) === null))
    return { code: 'INVALID_EMAIL_ADDRESS', message: `${label}: invalid email address: ${String(value)}` };
  if (typeof value === 'string' && length > 0 && value.trim().length > length)
    return { code: 'STRING_TOO_LONG', message: `${label}: data value too large: ${value} (max length=${length})` };
  const form = FORMS[type];
  if (form !== undefined && (typeof value !== 'string' || !form.test(value)))
    return { code: 'JSON_PARSER_ERROR', message: `Cannot deserialize instance of ${type} from ${String(value)}` };
  if (type === 'boolean' && typeof value !== 'boolean')
    return { code: 'JSON_PARSER_ERROR', message: `Cannot deserialize instance of boolean from ${String(value)}` };
  if (['double', 'int', 'currency', 'percent'].includes(type) && typeof value !== 'number')
    return {
      code: 'JSON_PARSER_ERROR',
      message: `Cannot deserialize instance of ${type} from VALUE_STRING value ${String(value)}`,
    };
  const chosen = type === 'picklist' ? [value] : type === 'multipicklist' ? String(value).split(';') : [];
  const known = new Set<unknown>((described.picklistValues ?? []).map((option) => option.value));
  if (described.restrictedPicklist === true && chosen.some((one) => !known.has(one))) {
    return {
      code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      message: `${label}: bad value for restricted picklist field: ${String(value)}`,
    };
  }
  return null;
}
