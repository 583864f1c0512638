import type { Clock } from '../../../platform/clock.ts';
import { TimelineBook } from '../../kit/testing/timeline-book.ts';
import type { Listed, PersonField } from '../codec.ts';
import type { PersonEvent } from './hooks.ts';

export interface StoredPerson {
  id: number;
  name: string;
  org_id: number | null;
  owner_id: number;
  emails: Listed[];
  phones: Listed[];
  job_title: string | null;
  notes: string | null;
  marketing_status: string;
  label_ids: number[];
  open_deals_count: number;
  custom: Record<string, unknown>;
  addedAt: number;
  /** Whole seconds. */
  updatedAt: number;
  deletedAt: number | null;
}

/** The account's own fields have keys of 40 hex digits, different in every account. */
export const hashOf = (name: string): string => {
  let text = '';
  let seed = 7;
  for (let index = 0; index < 40; index += 1) {
    seed = (Math.imul(seed, 31) + (name.charCodeAt(index % name.length) ?? 0) + index) >>> 0;
    text += (seed % 16).toString(16);
  }
  return text;
};

const own = (field_name: string, field_type: string, options?: PersonField['options']): PersonField => ({
  field_name,
  field_code: hashOf(field_name),
  field_type,
  options: options ?? null,
  is_custom_field: true,
});
const system = (field_code: string, field_name: string, field_type: string, is_writable = true): PersonField => ({
  field_name,
  field_code,
  field_type,
  options: null,
  is_custom_field: false,
  is_writable,
});

const LABELS = [
  { id: 11, label: 'Hot lead' },
  { id: 12, label: 'Customer' },
];

/** So long a deleted person can be brought back. */
const BIN_MS = 30 * 86_400_000;

/** Emulated Pipedrive's memory. Ids only grow; times have whole seconds. */
export class PipedriveState {
  readonly timeline = new TimelineBook();
  readonly clock: Clock;
  /** How late the search index is, ms. */
  indexLagMs = 0;
  /** false: the user whose token it is is deactivated. */
  isUserActive = true;
  readonly persons = new Map<number, StoredPerson>();
  readonly organizations = new Map<number, string>();
  /** Whole seconds. */
  readonly organizationsUpdated = new Map<number, number>();
  /** Deleted ones, and when, whole seconds. Persons go on naming them. */
  readonly organizationsDeleted = new Map<number, number>();
  readonly fields: PersonField[] = [
    system('name', 'Name', 'varchar'),
    system('first_name', 'First name', 'varchar'),
    system('last_name', 'Last name', 'varchar'),
    system('email', 'Email', 'varchar'),
    system('phone', 'Phone', 'phone'),
    system('org_id', 'Organization', 'org'),
    system('owner_id', 'Owner', 'user'),
    system('job_title', 'Job title', 'varchar'),
    system('notes', 'Notes', 'text'),
    system('marketing_status', 'Marketing status', 'enum'),
    { ...system('label_ids', 'Labels', 'set', false), options: LABELS },
    system('open_deals_count', 'Open deals', 'int', false),
    system('add_time', 'Person created', 'date', false),
    system('update_time', 'Update time', 'date', false),
    own('City', 'varchar'),
    own('Country', 'varchar'),
    own('Industry', 'enum', [
      { id: 41, label: 'Retail' },
      { id: 42, label: 'Steel' },
    ]),
  ];
  /** false: the permission set of the user whose token it is does not let them delete people. */
  mayDelete = true;
  /** Persons who may not be deleted, for whatever reason. */
  readonly kept = new Set<number>();
  /** Those who lost a merge. */
  readonly #merged = new Set<number>();
  /** Told of everything that happens to persons. */
  onEvent: (event: PersonEvent) => void = () => undefined;
  readonly #byEmail = new Map<string, Set<number>>();
  #lastPerson = 0;
  #lastOrganization = 0;

  constructor(clock: Clock, prepared: boolean) {
    this.clock = clock;
    if (!prepared) return;
    this.fields.push(own('Tandem URL', 'varchar'), own('Tandem score', 'double'), own('Tandem status', 'varchar'));
    this.fields.push(own('Tandem source', 'varchar'), own('Sync to Tandem', 'varchar'));
  }

  /** @returns whole seconds, as the vendor stamps. */
  #now(): number {
    return Math.floor(this.clock.now() / 1000) * 1000;
  }

  create(values: Partial<StoredPerson>): StoredPerson {
    this.#lastPerson += 1;
    const at = this.#now();
    const person: StoredPerson = {
      id: this.#lastPerson,
      name: '',
      org_id: null,
      owner_id: 1,
      emails: [],
      phones: [],
      job_title: null,
      notes: null,
      marketing_status: 'no_consent',
      label_ids: [],
      open_deals_count: 0,
      custom: {},
      addedAt: at,
      updatedAt: at,
      deletedAt: null,
    };
    this.persons.set(person.id, person);
    this.#change(person, values);
    this.onEvent({ action: 'create', id: person.id });
    return person;
  }

  set(person: StoredPerson, values: Partial<StoredPerson>): void {
    this.#change(person, values);
    this.onEvent({ action: 'change', id: person.id });
  }

  #change(person: StoredPerson, values: Partial<StoredPerson>): void {
    this.#index(person, false);
    Object.assign(person, values, { custom: { ...person.custom, ...values.custom } });
    person.updatedAt = this.#now();
    this.#index(person, true);
  }

  remove(person: StoredPerson, mergedInto?: number): void {
    person.deletedAt = this.#now();
    person.updatedAt = person.deletedAt;
    this.#index(person, false);
    this.onEvent({ action: 'delete', id: person.id, ...(mergedInto === undefined ? {} : { mergedInto }) });
  }

  /** The bin is emptied of whoever lies in it for 30 days: no call shows them any more. */
  isInSight({ deletedAt }: StoredPerson): boolean {
    return deletedAt === null || this.clock.now() - deletedAt <= BIN_MS;
  }

  /** From the list of deleted people, as an administrator would. @returns false: not there any more, or lost in a merge */
  restore(person: StoredPerson): boolean {
    if (person.deletedAt === null || !this.isInSight(person) || this.#merged.has(person.id)) return false;
    person.deletedAt = null;
    this.set(person, {});
    return true;
  }

  /** `merge_with_id` survives and gets the other's addresses. */
  merge(loser: StoredPerson, winner: StoredPerson): void {
    const emails = [...winner.emails, ...loser.emails.map((one) => ({ ...one, primary: winner.emails.length === 0 }))];
    this.remove(loser, winner.id);
    this.#merged.add(loser.id);
    this.timeline.move(String(loser.id), String(winner.id));
    this.set(winner, { emails });
  }

  organizationNamed(name: string): number {
    for (const [id, present] of this.organizations) if (present.toLowerCase() === name.toLowerCase()) return id;
    return this.createOrganization(name);
  }

  /** Nothing keeps two organizations from having one name. */
  createOrganization(name: string): number {
    this.#lastOrganization += 1;
    this.renameOrganization(this.#lastOrganization, name);
    return this.#lastOrganization;
  }

  removeOrganization(id: number): void {
    this.organizationsDeleted.set(id, this.#now());
    this.organizations.delete(id);
    this.organizationsUpdated.delete(id);
  }

  renameOrganization(id: number, name: string): void {
    this.organizations.set(id, name);
    this.organizationsUpdated.set(id, this.#now());
  }

  holders(email: string): StoredPerson[] {
    return [...(this.#byEmail.get(email.toLowerCase()) ?? [])].flatMap((id) => this.persons.get(id) ?? []);
  }

  /** What a search that is not exact finds. */
  holdersLike(term: string): StoredPerson[] {
    return [...this.#byEmail].flatMap(([email, ids]) =>
      email.includes(term) ? [...ids].flatMap((id) => this.persons.get(id) ?? []) : [],
    );
  }

  #index(person: StoredPerson, present: boolean): void {
    for (const { value } of person.emails) {
      if (!value) continue;
      const ids = this.#byEmail.get(value.toLowerCase()) ?? new Set<number>();
      if (present) ids.add(person.id);
      else ids.delete(person.id);
      this.#byEmail.set(value.toLowerCase(), ids);
    }
  }
}
