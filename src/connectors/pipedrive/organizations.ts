import type { PipedriveClient } from './client.ts';
import type { Person } from './codec.ts';

/**
 * The companies of persons, by name: a person holds an organization's id, people read and map its name. Names are read
 * 100 ids a call and remembered for the run; a company that is not there is made once per normalised name (R25).
 */
export class Organizations {
  readonly #client: PipedriveClient;
  readonly #names = new Map<number, string>();
  readonly #ids = new Map<string, Promise<number>>();

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

  /** The organization of this name, found or made; two persons of one company ask once. */
  idOf(name: string): Promise<number> {
    const key = normalised(name);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const asked = this.#find(name, key);
    this.#ids.set(key, asked);
    asked.catch(() => this.#ids.delete(key));
    return asked;
  }

  async #find(name: string, key: string): Promise<number> {
    const found = (await this.#client.findOrganizations(name)).find((one) => normalised(one.name) === key);
    const id = found?.id ?? (await this.#client.createOrganization(name.trim()));
    this.#names.set(id, found?.name ?? name.trim());
    return id;
  }
}

const normalised = (name: string): string => name.trim().replace(/\s+/g, ' ').toLowerCase();
