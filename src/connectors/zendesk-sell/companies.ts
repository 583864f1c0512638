import type { Company, CompanyWish } from '../kit/companies.ts';
import type { WriteOutcome } from '../kit/connector.ts';
import { writeEach } from '../kit/outcomes.ts';
import { readObject, type SellClient } from './client.ts';
import type { SellObject } from './codec.ts';
import { faultsOf, refusalKind } from './faults.ts';

/**
 * The companies of persons: a person holds the id of a contact that is an organisation, people read and map its name.
 * Names are read 100 a call and remembered for the run.
 */
export class SellCompanies {
  readonly #client: SellClient;
  readonly #names = new Map<number, string>();

  constructor(client: SellClient) {
    this.#client = client;
  }

  get names(): ReadonlyMap<number, string> {
    return this.#names;
  }

  /** Names of these persons' companies, those known already left unread. */
  async learn(persons: readonly SellObject[]): Promise<void> {
    const wanted = persons.flatMap((person) =>
      typeof person['contact_id'] === 'number' ? [person['contact_id']] : [],
    );
    const unknown = [...new Set(wanted)].filter((id) => !this.#names.has(id));
    if (unknown.length > 0) this.keep(await this.#client.byIds('contacts', unknown));
  }

  /** What is known of them now; persons among them are passed over. @returns them as companies. */
  keep(objects: readonly SellObject[]): readonly Company[] {
    return objects
      .filter((object) => object['is_organization'] === true)
      .map((object) => {
        const name = String(object['name'] ?? '');
        this.#names.set(object.id, name);
        return { id: String(object.id), name };
      });
  }

  /** Many names a search, then the records themselves: an index answers with what it last heard (BEHAVIOR.md, "Companies"). */
  async find(names: readonly string[]): Promise<readonly (readonly Company[])[]> {
    if (names.length === 0) return [];
    const found = this.keep(await this.#client.organizationsNamed(names));
    return names.map((name) => found.filter((one) => normalised(one.name) === normalised(name)));
  }

  /** Deleted and merged ones are in no list any more. */
  async gone(ids: readonly string[]): Promise<readonly string[]> {
    const there = new Set(this.keep(await this.#client.byIds('contacts', ids.map(Number))).map(({ id }) => id));
    return ids.filter((id) => !there.has(id));
  }

  /** One call a company. */
  create(wishes: readonly CompanyWish[]): Promise<readonly WriteOutcome[]> {
    return writeEach(wishes, 1, async ({ name }) => {
      const answer = await this.#client.write('contacts', null, { name, is_organization: true });
      const kind = refusalKind(answer);
      if (kind === 'all' || kind === 'gone') throw this.#client.failure(answer);
      if (kind === 'row') return { kind: 'refused', faults: faultsOf(answer, () => null) };
      const [made] = this.keep([readObject(answer)]);
      if (made === undefined) return { kind: 'unknown' };
      return { kind: 'stored', id: made.id, record: null, certain: true };
    });
  }
}

const normalised = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();
