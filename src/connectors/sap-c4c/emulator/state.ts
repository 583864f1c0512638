import type { Clock } from '../../../platform/clock.ts';
import { CREATED, ENTITIES, type EntityName, isEntityName, STATUS } from '../entities.ts';
import { CODE_LISTS } from './code-lists.ts';
import { type EmulatedProperty, propertiesOf } from './properties.ts';

/** The sets that hold persons, and that of companies. */
export const SETS = [...ENTITIES, 'CorporateAccount'] as const;
export type SetName = (typeof SETS)[number];
export const isSet = (name: string): name is SetName => SETS.some((one) => one === name);

export interface StoredEntity {
  readonly ObjectID: string;
  readonly values: Record<string, unknown>;
  readonly createdAt: number;
  /** ms; stored finer than shown: see `ticks`. */
  changedAt: number;
  /** Digits beyond the millisecond, so that "equal" to a shown stamp finds nothing. */
  ticks: number;
}

/** Extension fields, as a key user would make them and add them to the service. */
const EXTENSIONS: readonly EmulatedProperty[] = [
  { name: 'TandemURL_KUT', type: 'Edm.String', attributes: 'MaxLength="255" sap:label="Tandem URL"' },
  { name: 'Tandemscore_KUT', type: 'Edm.Decimal', attributes: 'Precision="28" Scale="0" sap:label="Tandem score"' },
  { name: 'Tandemstatus_KUT', type: 'Edm.String', attributes: 'MaxLength="255" sap:label="Tandem status"' },
  { name: 'Tandemsource_KUT', type: 'Edm.String', attributes: 'MaxLength="255" sap:label="Tandem source"' },
  { name: 'SynctoTandem_KUT', type: 'Edm.Boolean', attributes: 'sap:label="Sync to Tandem"' },
];

const EMPLOYEES = [
  {
    EmployeeID: '8000000001',
    BusinessPartnerFormattedName: 'Rita Rep',
    Email: 'rita@example.com',
    UserLockedIndicator: false,
  },
  {
    EmployeeID: '8000000002',
    BusinessPartnerFormattedName: 'Gone Gustav',
    Email: 'gustav@example.com',
    UserLockedIndicator: true,
  },
];

/** Emulated C4C's memory: persons in three entity sets and companies in one, stamps finer than shown, deletions that leave no trace. */
export class C4cState {
  readonly clock: Clock;
  /** Code → description by list, as this tenant's administrator worded them. */
  readonly codes = new Map(Object.entries(CODE_LISTS).map(([list, { codes }]) => [list, new Map(codes)]));
  readonly sets: Readonly<Record<SetName, Map<string, StoredEntity>>> = {
    Lead: new Map(),
    Contact: new Map(),
    IndividualCustomer: new Map(),
    CorporateAccount: new Map(),
  };
  readonly properties: Readonly<Record<SetName, Map<string, EmulatedProperty>>>;
  /** By the number that people see. */
  readonly #accounts = new Map<string, string>();
  #last = 0;
  #tokens = 0;
  /** As the service shows them; a tenant's may lack properties. */
  employees: readonly Readonly<Record<string, unknown>>[] = EMPLOYEES;
  /** Sets that the service takes no new rows for, or no changes of. */
  readonly notCreatable = new Set<SetName>();
  readonly notUpdatable = new Set<SetName>();
  /** Accounts, contacts and customers are master data, which stays (KBA 3760349). */
  readonly notDeletable = new Set<SetName>(['Contact', 'IndividualCustomer', 'CorporateAccount']);
  /** Rows that our user may not delete. */
  readonly undeletable = new Set<string>();
  /** Sets that our user may not read. */
  readonly hidden = new Set<SetName>();
  /** Rows that an answer has at most, whatever is asked for. */
  pageMax = Number.POSITIVE_INFINITY;
  /** The token that goes with the session; each fetch makes the one before worthless. */
  csrf: string | null = null;

  constructor(clock: Clock, prepared: boolean) {
    this.clock = clock;
    const own = prepared ? EXTENSIONS : [];
    const of = (set: SetName): Map<string, EmulatedProperty> =>
      new Map([...propertiesOf(set), ...(isEntityName(set) ? own : [])].map((property) => [property.name, property]));
    this.properties = {
      Lead: of('Lead'),
      Contact: of('Contact'),
      IndividualCustomer: of('IndividualCustomer'),
      CorporateAccount: of('CorporateAccount'),
    };
  }

  /** An extension field, as a key user would add it to the service. */
  plant(entity: SetName, property: EmulatedProperty): void {
    this.properties[entity].set(property.name, property);
  }

  create(set: SetName, values: Readonly<Record<string, unknown>>): StoredEntity {
    this.#last += 1;
    const at = this.clock.now();
    const made: StoredEntity = {
      ObjectID: `00163E${this.#last.toString(16).toUpperCase().padStart(26, '0')}`,
      values: initial(set, String(this.#last), at),
      createdAt: at,
      changedAt: at,
      ticks: 0,
    };
    if (set !== 'Lead') made.values[set === 'Contact' ? 'ContactUUID' : 'UUID'] = uuidOf(made.ObjectID);
    this.sets[set].set(made.ObjectID, made);
    if (set === 'CorporateAccount') this.#accounts.set(String(made.values['AccountID']), made.ObjectID);
    this.set(made, values);
    return made;
  }

  /** The company of this name, made where it is missing: several may have one name. */
  accountNamed(name: string): StoredEntity {
    const known = [...this.sets.CorporateAccount.values()].find((row) => row.values['Name'] === name);
    return known ?? this.create('CorporateAccount', { Name: name });
  }

  /** Without a trace: no list tells of it, and contacts go on naming its number. */
  erase(set: SetName, id: string): void {
    this.sets[set].delete(id);
  }

  /** By the number that people see and that contacts hold. */
  account(id: unknown): StoredEntity | undefined {
    return this.sets.CorporateAccount.get(this.#accounts.get(String(id)) ?? '');
  }

  /** What a row holds; a contact's company is the account's own name. */
  valueOf(set: SetName, row: StoredEntity, property: string): unknown {
    if (set === 'Contact' && (property === 'AccountFormattedName' || property === 'AccountUUID')) {
      const account = this.account(row.values['AccountID']);
      if (account === undefined) return '';
      return property === 'AccountUUID' ? uuidOf(account.ObjectID) : account.values['Name'];
    }
    if (set === 'CorporateAccount' && property === 'BusinessPartnerFormattedName') return row.values['Name'];
    return row.values[property];
  }

  /** Everything as it is now; the answer brings it back: a changeset is done whole or not at all. */
  snapshot(): () => void {
    const kept = SETS.map((set) => [set, structuredClone(this.sets[set])] as const);
    return () => {
      for (const [set, rows] of kept) {
        this.sets[set].clear();
        for (const [id, row] of rows) this.sets[set].set(id, row);
      }
    };
  }

  set(entity: StoredEntity, values: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(values)) entity.values[key] = value ?? '';
    this.#last += 1;
    entity.changedAt = this.clock.now();
    entity.ticks = 1 + (this.#last % 9_998);
  }

  /** A person at a company becomes a contact; a private person an individual customer. */
  convert(lead: StoredEntity): { readonly entity: EntityName; readonly row: StoredEntity } {
    const { values } = lead;
    const isPrivate = (values['ContactEMail'] ?? '') === '' && (values['IndividualCustomerEMail'] ?? '') !== '';
    const entity: EntityName = isPrivate ? 'IndividualCustomer' : 'Contact';
    const row = isPrivate
      ? this.create(entity, {
          FirstName: values['IndividualCustomerGivenName'],
          LastName: values['IndividualCustomerFamilyName'],
          Email: values['IndividualCustomerEMail'],
          City: values['IndividualCustomerAddressCity'],
        })
      : this.create(entity, {
          FirstName: values['ContactFirstName'],
          LastName: values['ContactLastName'],
          Email: values['ContactEMail'],
          AccountID:
            typeof values['Company'] === 'string' && values['Company'] !== ''
              ? this.accountNamed(values['Company']).values['AccountID']
              : '',
          BusinessAddressCity: values['AccountCity'],
        });
    const uuid = uuidOf(row.ObjectID);
    this.set(lead, {
      [STATUS.Lead]: '6',
      ...(isPrivate ? { AccountPartyUUID: uuid } : { ContactUUID: uuid, AccountPartyUUID: uuidOf(lead.ObjectID) }),
    });
    return { entity, row };
  }

  newCsrf(): string {
    this.#tokens += 1;
    this.csrf = `emulated-csrf-${this.#tokens}==`;
    return this.csrf;
  }

  /** The set that has this row. */
  entityOf(id: string): EntityName {
    return ENTITIES.find((entity) => this.sets[entity].has(id)) ?? 'Contact';
  }
}

export const stampsOf = (set: SetName, row: StoredEntity): Record<string, unknown> => ({
  ObjectID: row.ObjectID,
  EntityLastChangedOn: dateOf(row.changedAt),
  ...(set === 'Lead'
    ? { ETag: dateOf(row.changedAt), LastChangeDateTime: dateOf(row.changedAt) }
    : { ChangedOn: dateOf(row.changedAt) }),
  [isEntityName(set) ? CREATED[set] : 'CreationOn']: dateOf(row.createdAt),
});
const dateOf = (ms: number): string => `/Date(${ms})/`;

/** What the system gives every new row. */
function initial(set: SetName, number: string, at: number): Record<string, unknown> {
  switch (set) {
    case 'Lead':
      // A new lead runs for a week from its first day.
      return { ID: number, LifeCycleStatusCode: '1', StartDate: dateOf(at), EndDate: dateOf(at + 7 * 86_400_000) };
    case 'Contact':
      return { ContactID: number, StatusCode: '2' };
    case 'IndividualCustomer':
      return { CustomerID: number, LifeCycleStatusCode: '2' };
    default:
      return { AccountID: number, LifeCycleStatusCode: '2', RoleCode: 'CRM000' };
  }
}

export const uuidOf = (id: string): string => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
/** Seven digits and encoded colons, as the guide shows them. */
export const etagOf = (entity: StoredEntity): string => {
  const stamp = new Date(entity.changedAt).toISOString().replace('Z', `${String(entity.ticks).padStart(4, '0')}Z`);
  return `W/"datetimeoffset'${encodeURIComponent(stamp)}'"`;
};
