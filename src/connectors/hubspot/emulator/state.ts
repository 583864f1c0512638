import type { Clock } from '../../../platform/clock.ts';
import { TimelineBook } from '../../kit/testing/timeline-book.ts';
import type { Property } from '../codec.ts';
import type { ContactEvent } from './hooks.ts';

export interface StoredContact {
  id: string;
  properties: Record<string, string | null>;
  createdAt: number;
  updatedAt: number;
  /** When the search index shows the present state. */
  indexedAt: number;
  archivedAt: number | null;
  mergedInto: string | null;
}

export interface StoredCompany {
  readonly id: string;
  name: string;
  readonly createdAt: number;
  indexedAt: number;
}

/** So long an archived contact can be restored. */
const BIN_MS = 90 * 86_400_000;

const text = (name: string, label: string, extra: Partial<Property> = {}): Property => ({
  name,
  label,
  type: 'string',
  fieldType: 'text',
  hubspotDefined: true,
  ...extra,
});
const readOnly = { modificationMetadata: { readOnlyValue: true } } as const;

/** The default properties that matter here, as a fresh account has them, and the account's own ones. */
export const defaultProperties = (): Property[] => [
  text('email', 'Email'),
  text('firstname', 'First Name'),
  text('lastname', 'Last Name'),
  text('company', 'Company Name'),
  text('jobtitle', 'Job Title'),
  text('phone', 'Phone Number', { fieldType: 'phonenumber' }),
  text('mobilephone', 'Mobile Phone Number', { fieldType: 'phonenumber' }),
  text('address', 'Street Address'),
  text('city', 'City'),
  text('zip', 'Postal Code'),
  text('state', 'State/Region'),
  text('country', 'Country/Region'),
  text('website', 'Website URL'),
  text('message', 'Message', { fieldType: 'textarea' }),
  text('associatedcompanyid', 'Primary Associated Company ID', { ...readOnly, type: 'number', fieldType: 'number' }),
  text('hs_additional_emails', 'Additional email addresses', readOnly),
  text('hs_merged_object_ids', 'Merged record IDs', readOnly),
  text('hs_object_id', 'Record ID', { ...readOnly, type: 'number', fieldType: 'number' }),
  { ...text('createdate', 'Create Date', readOnly), type: 'datetime', fieldType: 'date' },
  { ...text('lastmodifieddate', 'Last Modified Date', readOnly), type: 'datetime', fieldType: 'date' },
  { ...text('hubspot_owner_id', 'Contact owner'), type: 'enumeration', fieldType: 'select', externalOptions: true },
  {
    ...text('lifecyclestage', 'Lifecycle Stage'),
    type: 'enumeration',
    fieldType: 'radio',
    options: [
      'subscriber',
      'lead',
      'marketingqualifiedlead',
      'salesqualifiedlead',
      'opportunity',
      'customer',
      'evangelist',
      'other',
    ].map((value) => ({ label: value, value, hidden: false })),
  },
];

/** Emulated HubSpot's memory: contacts by id, by address, and in id order (ids only grow). */
export class HubSpotState {
  readonly contacts = new Map<string, StoredContact>();
  readonly byEmail = new Map<string, string>();
  /** Nothing keeps two of one name apart. */
  readonly companies = new Map<string, StoredCompany>();
  /** Deleted ones that the search still finds, and until when. */
  readonly companiesInIndex = new Map<StoredCompany, number>();
  readonly inOrder: StoredContact[] = [];
  readonly properties = new Map<string, Property>();
  readonly timeline = new TimelineBook();
  readonly clock: Clock;
  /** How late the search index is, ms. */
  indexLagMs: number;
  /** Longest text of a property, as a validation rule of the account. */
  readonly maxLengths = new Map<string, number>();
  /** Properties that the account demands on creation (enforced from 2026-09 on). */
  readonly required = new Set<string>();
  /** What the key, or the app's token, may do. */
  /** Contacts that HubSpot refuses to delete, for whatever reason. */
  readonly kept = new Set<string>();
  readonly scopes = new Set([
    'crm.objects.contacts.read',
    'crm.objects.contacts.write',
    'crm.objects.owners.read',
    'crm.schemas.contacts.read',
    'crm.schemas.contacts.write',
    'crm.objects.companies.read',
    'crm.objects.companies.write',
  ]);
  /** Told of everything that happens to contacts. */
  onEvent: (event: ContactEvent) => void = () => undefined;
  #isQuiet = false;
  #lastId = 1_000;

  constructor(clock: Clock, indexLagMs: number) {
    this.clock = clock;
    this.indexLagMs = indexLagMs;
    for (const property of defaultProperties()) this.properties.set(property.name, property);
  }

  create(properties: Record<string, string | null>, at = this.clock.now()): StoredContact {
    this.#lastId += 1;
    const contact: StoredContact = {
      id: String(this.#lastId),
      properties: {},
      createdAt: at,
      updatedAt: at - 1,
      indexedAt: at + this.indexLagMs,
      archivedAt: null,
      mergedInto: null,
    };
    this.contacts.set(contact.id, contact);
    this.inOrder.push(contact);
    this.#quietly(() => this.set(contact, { lifecyclestage: null, ...properties }, at));
    this.#say({ type: 'creation', id: contact.id });
    return contact;
  }

  createCompany(name: string): StoredCompany {
    this.#lastId += 1;
    const at = this.clock.now();
    const company = { id: String(this.#lastId), name, createdAt: at, indexedAt: at + this.indexLagMs };
    this.companies.set(company.id, company);
    return company;
  }

  /** Nobody belongs to it any more; the index hears of it later. */
  removeCompany(id: string): void {
    const company = this.companies.get(id);
    if (company === undefined) throw new Error(`emulated HubSpot has no company ${id}`);
    this.companies.delete(id);
    this.companiesInIndex.set(company, this.clock.now() + this.indexLagMs);
    for (const contact of this.contacts.values())
      if (contact.properties['associatedcompanyid'] === id) contact.properties['associatedcompanyid'] = null;
  }

  /** The contact's primary company, shown by a property that nobody writes; its text stays what it is. */
  associate(contact: StoredContact, company: StoredCompany): void {
    this.set(contact, { associatedcompanyid: company.id });
  }

  #say(event: ContactEvent): void {
    if (!this.#isQuiet) this.onEvent(event);
  }

  /** What happens inside is part of something that is told as a whole. */
  #quietly<T>(work: () => T): T {
    const before = this.#isQuiet;
    this.#isQuiet = true;
    const done = work();
    this.#isQuiet = before;
    return done;
  }

  /** E-mails are stored in lower case and are unique, further ones included. */
  set(contact: StoredContact, properties: Record<string, string | null>, at = this.clock.now()): void {
    const before = { ...contact.properties };
    for (const [name, value] of Object.entries(properties)) {
      if (name === 'email') this.#moveEmail(contact, value);
      else if (name === 'lifecyclestage') this.#moveStage(contact, value);
      else contact.properties[name] = value === '' ? null : value;
    }
    contact.updatedAt = Math.max(at, contact.updatedAt + 1);
    contact.indexedAt = at + this.indexLagMs;
    for (const name of Object.keys(properties)) {
      const value = contact.properties[name] ?? null;
      if (value !== (before[name] ?? null))
        this.#say({ type: 'propertyChange', id: contact.id, property: name, value });
    }
  }

  #moveEmail(contact: StoredContact, value: string | null): void {
    const before = contact.properties['email'];
    if (before && this.byEmail.get(before) === contact.id) this.byEmail.delete(before);
    const email = value === null || value === '' ? null : value.trim().toLowerCase();
    contact.properties['email'] = email;
    if (email !== null) this.byEmail.set(email, contact.id);
  }

  /** The stage moves forward only: a backward write is accepted and ignored; "" clears. */
  #moveStage(contact: StoredContact, value: string | null): void {
    const order = (this.properties.get('lifecyclestage')?.options ?? []).map((option) => option.value);
    const before = contact.properties['lifecyclestage'] ?? null;
    const isBackward =
      value !== null && value !== '' && before !== null && order.indexOf(value) < order.indexOf(before);
    if (!isBackward) contact.properties['lifecyclestage'] = value === '' ? null : value;
  }

  holderOf(email: string): StoredContact | undefined {
    const id = this.byEmail.get(email.trim().toLowerCase());
    return id === undefined ? undefined : this.contacts.get(id);
  }

  archive(contact: StoredContact): void {
    contact.archivedAt = this.clock.now();
    const own = [contact.properties['email'], ...(contact.properties['hs_additional_emails'] ?? '').split(';')];
    for (const email of own) if (email && this.byEmail.get(email) === contact.id) this.byEmail.delete(email);
    this.#say({ type: 'deletion', id: contact.id });
  }

  /** From the bin, as a person would. @returns false: it is not in the bin any more, or its address is somebody else's by now */
  restore(contact: StoredContact): boolean {
    const own = [contact.properties['email'], ...(contact.properties['hs_additional_emails'] ?? '').split(';')];
    const emails = own.filter((email) => email);
    const isInBin =
      contact.archivedAt !== null && contact.mergedInto === null && this.clock.now() - contact.archivedAt <= BIN_MS;
    if (!isInBin || emails.some((email) => email && this.byEmail.has(email))) return false;
    contact.archivedAt = null;
    contact.updatedAt = Math.max(this.clock.now(), contact.updatedAt + 1);
    contact.indexedAt = this.clock.now() + this.indexLagMs;
    for (const email of emails) if (email) this.byEmail.set(email, contact.id);
    this.#say({ type: 'restore', id: contact.id });
    return true;
  }

  /** Erased for privacy: it is in no list any more, not even in that of archived ones. */
  erase(contact: StoredContact): void {
    this.#quietly(() => this.archive(contact));
    this.#say({ type: 'privacyDeletion', id: contact.id });
    this.contacts.delete(contact.id);
    this.inOrder.splice(this.inOrder.indexOf(contact), 1);
  }

  /** A merge makes a new record; both old ids lead to it. */
  merge(loser: StoredContact, winner: StoredContact): StoredContact {
    const merged = this.#quietly(() => this.#join(loser, winner));
    this.#say({ type: 'merge', id: winner.id, merged: [loser.id, winner.id], into: merged.id });
    return merged;
  }

  #join(loser: StoredContact, winner: StoredContact): StoredContact {
    const emails = [loser, winner]
      .flatMap((one) => [one.properties['email'], ...(one.properties['hs_additional_emails'] ?? '').split(';')])
      .filter((email) => email);
    const former = [winner, loser]
      .flatMap((one) => [one.id, ...(one.properties['hs_merged_object_ids'] ?? '').split(';')])
      .filter((id) => id !== '');
    const main = winner.properties['email'] ?? loser.properties['email'] ?? null;
    for (const old of [loser, winner]) this.archive(old);
    const merged = this.create({
      ...withoutEmpty(loser.properties),
      ...withoutEmpty(winner.properties),
      email: main,
      hs_merged_object_ids: former.join(';'),
      hs_additional_emails: emails.filter((email) => email !== main).join(';'),
    });
    for (const old of [loser, winner]) {
      old.mergedInto = merged.id;
      this.timeline.move(old.id, merged.id);
    }
    for (const email of emails) if (email) this.byEmail.set(email, merged.id);
    return merged;
  }

  /** By id, or by a former id: as GET does. */
  follow(id: string): StoredContact | undefined {
    const contact = this.contacts.get(id);
    return contact?.mergedInto ? this.follow(contact.mergedInto) : contact;
  }
}

const withoutEmpty = (properties: Record<string, string | null>): Record<string, string | null> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null && value !== ''));

export const UI_DOMAIN = 'app-eu1.hubspot.com';
export const PORTAL_ID = 62515;

/** A record as the API answers it: asked properties only, all values text or null. */
export function present(contact: StoredContact, asked: readonly string[] | undefined): Record<string, unknown> {
  const all: Record<string, string | null> = {
    ...contact.properties,
    hs_object_id: contact.id,
    createdate: new Date(contact.createdAt).toISOString(),
    lastmodifieddate: new Date(contact.updatedAt).toISOString(),
  };
  const names = new Set([
    'createdate',
    'email',
    'firstname',
    'hs_object_id',
    'lastmodifieddate',
    'lastname',
    ...(asked ?? []),
  ]);
  return {
    id: contact.id,
    properties: Object.fromEntries([...names].map((name) => [name, all[name] ?? null])),
    createdAt: all['createdate'],
    updatedAt: all['lastmodifieddate'],
    archived: contact.archivedAt !== null,
    ...(contact.archivedAt === null ? {} : { archivedAt: new Date(contact.archivedAt).toISOString() }),
    url: `https://${UI_DOMAIN}/contacts/${PORTAL_ID}/record/0-1/${contact.id}`,
  };
}
