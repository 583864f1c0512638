import type { Clock } from '../../../platform/clock.ts';
import { TimelineBook } from '../../kit/testing/timeline-book.ts';
import type { Resource } from '../client.ts';
import { type CustomField, recordId } from '../codec.ts';

export interface StoredObject {
  readonly id: number;
  readonly values: Record<string, unknown>;
  readonly custom: Record<string, unknown>;
  readonly createdAt: number;
  /** Whole seconds. */
  updatedAt: number;
  deleted: boolean;
  /** Grows with every change; a device has seen up to one of them. */
  revision: number;
}

export interface Conversion {
  readonly id: number;
  readonly lead_id: number;
  readonly individual_id: number;
}

/** Emulated Sell's memory: two tables whose ids overlap, conversions, and what each device has acknowledged. */
export class SellState {
  readonly timeline = new TimelineBook();
  readonly clock: Clock;
  /** How late the search is, ms. */
  indexLagMs = 0;
  readonly objects: Readonly<Record<Resource, Map<number, StoredObject>>> = { leads: new Map(), contacts: new Map() };
  readonly conversions: Conversion[] = [];
  custom: CustomField[] = [];
  /** Ids as text, which some programs of the vendor have sent. */
  idsAsText = false;
  /** What every search answers in place of its hits; null: the hits. */
  searchAnswers: unknown = null;
  /** Why Sell refuses a record with this address as a whole: status and code. */
  readonly refusals = new Map<string, readonly [number, string]>();
  /** Ids, as the outside names them, of records that our user may not delete. */
  readonly undeletable = new Set<string>();
  /** Of the user whose token it is. */
  userStatus: 'active' | 'inactive' = 'active';
  scopes = ['read', 'write', 'profile', 'sync'];
  readonly statuses = ['New', 'Working', 'Unqualified'];
  /** Device → record → revision acknowledged. */
  readonly acknowledged = new Map<string, Map<string, number>>();
  readonly sessions = new Map<string, { readonly device: string; readonly waiting: string[] }>();
  readonly #lastId = { leads: 0, contacts: 0 };
  readonly #companies: StoredObject[] = [];
  #revision = 0;

  constructor(clock: Clock, prepared: boolean) {
    this.clock = clock;
    this.custom.push({ id: 900, name: 'Budget', type: 'list', choices: [{ name: 'small' }, { name: 'large' }] });
    if (!prepared) return;
    const ours: [string, string][] = [
      ['Tandem URL', 'string'],
      ['Tandem score', 'number'],
      ['Tandem status', 'string'],
      ['Tandem source', 'string'],
      ['Sync to Tandem', 'bool'],
    ];
    ours.forEach(([name, type], index) => this.custom.push({ id: 901 + index, name, type }));
  }

  create(resource: Resource, values: Readonly<Record<string, unknown>>): StoredObject {
    this.#lastId[resource] += 1;
    const at = this.#now();
    const object: StoredObject = {
      id: this.#lastId[resource],
      // A new lead has the first status.
      values: resource === 'contacts' ? { is_organization: false } : { status: this.statuses[0] },
      custom: {},
      createdAt: at,
      updatedAt: at,
      deleted: false,
      revision: 0,
    };
    this.objects[resource].set(object.id, object);
    if (values['is_organization'] === true) this.#companies.push(object);
    this.set(object, values);
    return object;
  }

  set(object: StoredObject, values: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(values)) {
      if (key === 'custom_fields') Object.assign(object.custom, value);
      else object.values[key] = value === '' ? null : value;
    }
    this.#touch(object);
  }

  remove(object: StoredObject): void {
    object.deleted = true;
    this.#touch(object);
  }

  /** A company is a contact, too. */
  companyNamed(name: string): StoredObject {
    const known = this.companies().find((company) => company.values['name'] === name);
    return known ?? this.create('contacts', { name, is_organization: true });
  }

  companies(): readonly StoredObject[] {
    return [...this.#companies].filter((company) => !company.deleted);
  }

  /** The lead disappears; only the list of conversions tells what it became. */
  convert(lead: StoredObject): StoredObject {
    const { organization_name: name, is_organization: _none, status: _status, ...values } = lead.values;
    const company = typeof name === 'string' ? this.companyNamed(name) : null;
    const contact = this.create('contacts', { ...values, is_organization: false, contact_id: company?.id ?? null });
    this.conversions.push({ id: this.conversions.length + 1, lead_id: lead.id, individual_id: contact.id });
    this.remove(lead);
    return contact;
  }

  /** As an administrator would: the id stays, records show the new name, and no record counts as changed. */
  renameField(id: number, name: string): void {
    const before = this.custom.find((field) => field.id === id)?.name;
    if (before === undefined) throw new Error(`emulated Sell has no field ${id}`);
    this.custom = this.custom.map((field) => (field.id === id ? { ...field, name } : field));
    for (const objects of Object.values(this.objects))
      for (const { custom } of objects.values()) {
        if (before in custom) custom[name] = custom[before];
        delete custom[before];
      }
  }

  /** What this device has not acknowledged in its newest state. */
  waitingFor(device: string): string[] {
    const seen = this.acknowledged.get(device) ?? new Map<string, number>();
    const waiting: string[] = [];
    for (const resource of ['leads', 'contacts'] as const)
      for (const object of this.objects[resource].values()) {
        const key = `${resource}-${object.id}`;
        const known = seen.get(key);
        // A device that never saw a record does not hear of its deletion.
        if (known === object.revision || (known === undefined && object.deleted)) continue;
        waiting.push(key);
      }
    return waiting;
  }

  find(key: string): { readonly resource: Resource; readonly object: StoredObject } | undefined {
    const [resource, id] = key.split('-');
    if (resource !== 'leads' && resource !== 'contacts') return undefined;
    const object = this.objects[resource].get(Number(id));
    return object === undefined ? undefined : { resource, object };
  }

  #now(): number {
    return Math.floor(this.clock.now() / 1000) * 1000;
  }

  #touch(object: StoredObject): void {
    this.#revision += 1;
    object.revision = this.#revision;
    object.updatedAt = this.#now();
  }
}

/** How the outside names a record of emulated Sell. */
export const idOf = (resource: Resource, object: StoredObject): string =>
  recordId(resource === 'leads' ? 'lead' : 'contact', object.id);
