import type { Kind } from '../../core/model.ts';

/** The entity sets that hold persons. */
export const ENTITIES = ['Lead', 'Contact', 'IndividualCustomer'] as const;
export type EntityName = (typeof ENTITIES)[number];
export const isEntityName = (name: unknown): name is EntityName => ENTITIES.some((one) => one === name);
/** The set of companies: a contact belongs to one, by its number (R25). */
export const ACCOUNT = 'CorporateAccount';
export type SetName = EntityName | typeof ACCOUNT;
export const collectionOf = (set: SetName): string => `${set}Collection`;
/** What a contact shows of its account, and what it holds of it. */
export const ACCOUNT_NAME = 'AccountFormattedName';
export const ACCOUNT_ID = 'AccountID';

/** Which object plays lead, and which play contact, on this connection (BEHAVIOR.md, "Objects"). */
export interface Roles {
  readonly lead: EntityName;
  readonly contacts: readonly EntityName[];
}
export const kindOf = (entity: EntityName, roles: Roles): Kind => (entity === roles.lead ? 'lead' : 'contact');
export const entitiesOf = (kind: Kind, roles: Roles): readonly EntityName[] =>
  kind === 'contact' ? roles.contacts : [roles.lead];

/** Persons of two sets may be contacts here; a private customer's id says which set it is in. */
const INDIVIDUAL = 'individual-';
export const recordId = (entity: EntityName, objectId: string): string =>
  entity === 'IndividualCustomer' ? `${INDIVIDUAL}${objectId}` : objectId;
export const objectId = (id: string): string => (id.startsWith(INDIVIDUAL) ? id.slice(INDIVIDUAL.length) : id);
/** Of a record that is there. */
export const entityOf = (kind: Kind, id: string, roles: Roles): EntityName => {
  if (id.startsWith(INDIVIDUAL)) return 'IndividualCustomer';
  return kind === 'lead' ? roles.lead : 'Contact';
};

/** A UUID with dashes is the ObjectID without. */
export const fromUuid = (uuid: string): string => uuid.replaceAll('-', '').toUpperCase();

/** A private customer's names for a contact's properties; the same name otherwise. */
const OF_INDIVIDUALS: Readonly<Record<string, string>> = {
  BusinessAddressStreet: 'Street',
  BusinessAddressHouseNumber: 'HouseNumber',
  BusinessAddressStreetPostalCode: 'StreetPostalCode',
  BusinessAddressCity: 'City',
  BusinessAddressCountryCode: 'CountryCode',
  BusinessAddressCountryCodeText: 'CountryCodeText',
  BusinessAddressStateCode: 'StateCode',
  BusinessAddressStateCodeText: 'StateCodeText',
};
const AS_CONTACTS = new Map(Object.entries(OF_INDIVIDUALS).map(([key, name]) => [name, key]));
/** A lead keeps a private person's values in properties of their own. */
export const OF_PRIVATE_LEADS: Readonly<Record<string, string>> = {
  ContactFirstName: 'IndividualCustomerGivenName',
  ContactLastName: 'IndividualCustomerFamilyName',
  ContactEMail: 'IndividualCustomerEMail',
  ContactPhone: 'IndividualCustomerPhone',
  ContactMobile: 'IndividualCustomerMobile',
  ContactAllowedCode: 'IndividualCustomerContactAllowedCode',
  AccountPostalAddressElementsStreetName: 'IndividualCustomerAddressStreetName',
  AccountPostalAddressElementsHouseID: 'IndividualCustomerAddressHouseID',
  AccountPostalAddressElementsStreetPostalCode: 'IndividualCustomerAddressPostalCode',
  AccountCity: 'IndividualCustomerAddressCity',
  AccountCountry: 'IndividualCustomerAddressCountry',
  AccountState: 'IndividualCustomerAddressState',
};

/** Where a field of ours lives in this set. */
export interface Place {
  readonly entity: EntityName;
  readonly kind: Kind;
  /** A lead that holds a private person. */
  readonly isPrivate: boolean;
}
/** How this set, or a private person's lead, names a field of ours. */
export function propertyName(key: string, { entity, kind, isPrivate }: Place): string {
  if (entity === 'IndividualCustomer' && kind === 'contact') return OF_INDIVIDUALS[key] ?? key;
  return entity === 'Lead' && isPrivate ? (OF_PRIVATE_LEADS[key] ?? key) : key;
}
/** The field of ours that a property of this set is. */
export const keyOf = (property: string, entity: EntityName, kind: Kind): string =>
  entity === 'IndividualCustomer' && kind === 'contact' ? (AS_CONTACTS.get(property) ?? property) : property;

export const EMAIL: Readonly<Record<EntityName, string>> = {
  Lead: 'ContactEMail',
  Contact: 'Email',
  IndividualCustomer: 'Email',
};
export const PRIVATE_EMAIL = 'IndividualCustomerEMail';
export const DELTA = 'EntityLastChangedOn';
export const STATUS: Readonly<Record<EntityName, string>> = {
  Lead: 'LifeCycleStatusCode',
  Contact: 'StatusCode',
  IndividualCustomer: 'LifeCycleStatusCode',
};
/** The marketing permission of each set. */
export const PERMISSION: Readonly<Record<EntityName, string>> = {
  Lead: 'ContactAllowedCode',
  Contact: 'ContactPermissionCode',
  IndividualCustomer: 'ContactPermissionCode',
};
export const CREATED: Readonly<Record<EntityName, string>> = {
  Lead: 'CreationDateTime',
  Contact: 'CreationOn',
  IndividualCustomer: 'CreationOn',
};
export const OWNER: Readonly<Record<EntityName, string>> = {
  Lead: 'OwnerPartyID',
  Contact: 'ContactOwnerID',
  IndividualCustomer: 'OwnerID',
};
export const READABLE_ID: Readonly<Record<EntityName, string>> = {
  Lead: 'ID',
  Contact: 'ContactID',
  IndividualCustomer: 'CustomerID',
};

/** What every read needs, whatever is mapped. */
export const systemProperties = (entity: EntityName): readonly string[] => [
  'ObjectID',
  READABLE_ID[entity],
  DELTA,
  CREATED[entity],
  STATUS[entity],
  OWNER[entity],
  EMAIL[entity],
  ...(entity === 'Lead'
    ? ['ContactUUID', 'AccountPartyUUID', 'ContactFirstName', 'ContactLastName', ...Object.values(OF_PRIVATE_LEADS)]
    : ['FirstName', 'LastName']),
  ...(entity === 'Contact' ? [ACCOUNT_ID] : []),
];
export const CONVERTED = '6';
/** The usual "deleted" of contacts and customers. */
export const OBSOLETE = '4';
