import type { Clock } from '../../../platform/clock.ts';
import { CREATED, ENTITIES, type EntityName, STATUS } from '../entities.ts';
import { CODE_LISTS } from './code-lists.ts';
import { type EmulatedProperty, propertiesOf } from './properties.ts';

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

/** Emulated C4C's memory: three entity sets, stamps finer than shown, deletions that leave no trace. */
export class C4cState {
  readonly clock: Clock;
  /** Code → description by list, as this tenant's administrator worded them. */
  readonly codes = new Map(Object.entries(CODE_LISTS).map(([list, { codes }]) => [list, new Map(codes)]));
  readonly sets: Readonly<Record<EntityName, Map<string, StoredEntity>>> = {
    Lead: new Map(),
    Contact: new Map(),
    IndividualCustomer: new Map(),
  };
  readonly properties: Readonly<Record<EntityName, Map<string, EmulatedProperty>>>;
  #last = 0;
  #tokens = 0;
  /** The token that goes with the session; each fetch makes the one before worthless. */
  csrf: string | null = null;

  constructor(clock: Clock, prepared: boolean) {
    this.clock = clock;
    const own = prepared ? EXTENSIONS : [];
    const of = (entity: EntityName): Map<string, EmulatedProperty> =>
      new Map([...propertiesOf(entity), ...own].map((property) => [property.name, property]));
    this.properties = { Lead: of('Lead'), Contact: of('Contact'), IndividualCustomer: of('IndividualCustomer') };
  }

  /** An extension field, as a key user would add it to the service. */
  plant(entity: EntityName, property: EmulatedProperty): void {
    this.properties[entity].set(property.name, property);
  }

  create(entity: EntityName, values: Readonly<Record<string, unknown>>): StoredEntity {
    this.#last += 1;
    const number = String(this.#last);
    const at = this.clock.now();
    const made: StoredEntity = {
      ObjectID: `00163E${this.#last.toString(16).toUpperCase().padStart(26, '0')}`,
      values:
        entity === 'Lead'
          ? // A new lead runs for a week from its first day.
            { ID: number, LifeCycleStatusCode: '1', StartDate: dateOf(at), EndDate: dateOf(at + 7 * 86_400_000) }
          : entity === 'Contact'
            ? { ContactID: number, StatusCode: '2' }
            : { CustomerID: number, LifeCycleStatusCode: '2' },
      createdAt: at,
      changedAt: at,
      ticks: 0,
    };
    if (entity !== 'Lead') made.values[entity === 'Contact' ? 'ContactUUID' : 'UUID'] = uuidOf(made.ObjectID);
    this.sets[entity].set(made.ObjectID, made);
    this.set(made, values);
    return made;
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
          AccountFormattedName: values['Company'],
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

export const stampsOf = (entity: EntityName, row: StoredEntity): Record<string, unknown> => ({
  ObjectID: row.ObjectID,
  EntityLastChangedOn: dateOf(row.changedAt),
  ...(entity === 'Lead'
    ? { ETag: dateOf(row.changedAt), LastChangeDateTime: dateOf(row.changedAt) }
    : { ChangedOn: dateOf(row.changedAt) }),
  [CREATED[entity]]: dateOf(row.createdAt),
});
const dateOf = (ms: number): string => `/Date(${ms})/`;

export const uuidOf = (id: string): string => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
/** Seven digits and encoded colons, as the guide shows them. */
export const etagOf = (entity: StoredEntity): string => {
  const stamp = new Date(entity.changedAt).toISOString().replace('Z', `${String(entity.ticks).padStart(4, '0')}Z`);
  return `W/"datetimeoffset'${encodeURIComponent(stamp)}'"`;
};
