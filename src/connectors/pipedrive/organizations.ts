import type { Company, CompanyWish } from '../kit/companies.ts';
import type { ChangePage, Cursor, WriteOutcome } from '../kit/connector.ts';
import { writeEach } from '../kit/outcomes.ts';
import type { PipedriveClient } from './client.ts';
import type { Person } from './codec.ts';
import { nextWalk, parseWalk } from './read-changes.ts';

/**
 * The companies of persons: a person holds an organization's id, people read and map its name. Names are read 100 ids a
 * call and remembered for the run.
 */
export class Organizations {
  readonly #client: PipedriveClient;
  readonly #names = new Map<number, string>();

  constructor(client: PipedriveClient) {
    this.#client = client;
  }

  /** Names of these persons' companies, those known already left unread. */
  async namesFor(persons: readonly Person[]): Promise<ReadonlyMap<number, string>> {
    const wanted = new Set(persons.flatMap((person) => person.org_id ?? []));
    const unknown = [...wanted].filter((id) => !this.#names.has(id));
    if (unknown.length > 0) {
      const read = await this.#client.organizationNames(unknown);
      // An organization that is not shown any more has no name.
      for (const id of unknown) this.#names.set(id, read.get(id) ?? '');
    }
    return this.#names;
  }

  /** One search a name: there is no other look-up (BEHAVIOR.md, "Companies"). Answers are compared again. */
  async find(names: readonly string[]): Promise<readonly (readonly Company[])[]> {
    const found: Company[][] = [];
    for (const name of names) {
      // As it is searched for: the search knows no blanks of ours.
      const plain = name.trim().replace(/\s+/gu, ' ');
      const hits = (await this.#client.findOrganizations(plain)).filter((one) => isSameName(one.name, name));
      for (const one of hits) this.#names.set(one.id, one.name);
      found.push(hits.map((one) => ({ id: String(one.id), name: one.name })));
    }
    return found;
  }

  /** Deleted and merged ones are in no list any more, or are shown as deleted. */
  async gone(ids: readonly string[]): Promise<readonly string[]> {
    const there = await this.#client.organizationNames(ids.map(Number));
    const gone = ids.filter((id) => !there.has(Number(id)));
    for (const id of gone) this.#names.set(Number(id), '');
    return gone;
  }

  /** One call a company. */
  create(wishes: readonly CompanyWish[]): Promise<readonly WriteOutcome[]> {
    return writeEach(wishes, 1, async ({ name }) => {
      const id = await this.#client.createOrganization(name);
      if (id === null) return { kind: 'refused', faults: [{ reason: 'rejected_by_crm', field: null, params: {} }] };
      this.#names.set(id, name);
      return { kind: 'stored', id: String(id), record: null, certain: true };
    });
  }

  /** Organizations that changed: from the moment of the first look on, because persons bring the names they have now. */
  async readChanges(after: Cursor | null, limit: number, now: number): Promise<ChangePage> {
    const walk = parseWalk(after);
    const page = await this.#client.organizations({
      since: walk.since,
      cursor: walk.cursor,
      limit: after === null ? 1 : limit,
    });
    const first = after === null;
    const next = nextWalk(walk, { next: first ? null : page.next, startedAt: page.serverTime ?? now });
    const companies = first ? [] : page.organizations.filter((one) => !one.isDeleted);
    const gone = first ? [] : page.organizations.filter((one) => one.isDeleted);
    for (const one of companies) this.#names.set(one.id, one.name);
    return {
      changed: [],
      gone: [],
      moved: [],
      companies: companies.map((one) => ({ id: String(one.id), name: one.name })),
      companiesGone: gone.map((one) => String(one.id)),
      next: JSON.stringify(next),
      more: next.cursor !== null,
    };
  }
}

const isSameName = (a: string, b: string): boolean => normalised(a) === normalised(b);
const normalised = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();
