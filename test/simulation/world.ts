import { sql } from 'kysely';
import { createHubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import type { Emulator } from '../../src/connectors/kit/testing/emulator.ts';
import { createSalesforceEmulator } from '../../src/connectors/salesforce/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { LeaseLost } from '../../src/engine/interruptions.ts';
import { requestRuns } from '../../src/engine/runs.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { START, type TestClock, testDeps } from '../support/engine.ts';
import { createRng, type Rng } from './random.ts';

/** The process died here; what was committed is all that is left. As with a lost lease, nothing tidies up behind it. */
class Crash extends LeaseLost {}

const PEOPLE = 14;
const FIELDS = ['first_name', 'job_title', 'phone', 'city', 'country'] as const;
const VALUES = ['Ada', 'Bob', 'Cleo', '+43 1 222', 'Wien', 'Oslo', 'Þór', '😀 smile', null] as const;

export interface Tally {
  edits: number;
  faults: number;
  crashes: number;
  deletions: number;
  merges: number;
  conversions: number;
  runs: number;
}

/** Hub, two emulated CRMs, a clock that we move, a seed that decides everything. */
export class World {
  readonly rng: Rng;
  readonly clock: TestClock;
  readonly deps: EngineDeps;
  readonly crms: readonly Emulator[];
  readonly tally: Tally = { edits: 0, faults: 0, crashes: 0, deletions: 0, merges: 0, conversions: 0, runs: 0 };
  connections: string[] = [];
  #crashIn = -1;

  constructor(store: Store, seed: number) {
    this.rng = createRng(seed);
    this.clock = manualClock(START);
    const [salesforce, hubspot] = [
      createSalesforceEmulator({ clock: this.clock, url: () => 'https://sf.test' }),
      createHubSpotEmulator({ clock: this.clock, indexLagMs: this.rng.chance(0.5) ? 20_000 : 0 }),
    ];
    this.crms = [salesforce, hubspot];
    const fetch = (url: string, init: RequestInit): Promise<Response> =>
      (url.startsWith('https://sf.test') ? salesforce : hubspot).request(url, init);
    this.deps = testDeps(store, this.clock, fetch, { checkpoint: () => this.#mayCrash() });
  }

  #mayCrash(): void {
    if (this.#crashIn < 0) return;
    this.#crashIn -= 1;
    if (this.#crashIn >= 0) return;
    this.tally.crashes += 1;
    throw new Crash();
  }

  async open(): Promise<void> {
    const base = {
      enabled: true,
      import: { leads: true, contacts: true },
      export: { enabled: true, minimumScore: 0 },
      quota: { dailyShare: 1 },
    };
    const credentials = {
      method: 'client-credentials',
      clientId: 'emulated-client',
      clientSecret: 'emulated-secret',
      loginUrl: 'https://sf.test',
    };
    const salesforce = await createConnection(
      this.deps,
      { ...base, name: 'sf', crm: 'salesforce', credentials },
      'api',
    );
    const hubspot = await createConnection(
      this.deps,
      { ...base, name: 'hs', crm: 'hubspot', credentials: { method: 'token', accessToken: 'pat-eu1-emulated' } },
      'api',
    );
    this.connections = [salesforce.id, hubspot.id];
    for (const crm of this.crms)
      crm.world.seed(
        Array.from({ length: PEOPLE / 2 }, (_, index) => this.#person(index)),
        'lead',
      );
  }

  #person(index: number) {
    return { email: `p${index}@example.com`, first_name: 'First', last_name: `Last ${index}`, company: 'Acme' };
  }

  /** One thing that happens: an edit on a side, a deletion, a merge, a conversion, a fault, time, a run with or without a crash. */
  async step(): Promise<void> {
    const { rng } = this;
    this.clock.advance(rng.int(40_000) + 1_000);
    const crm = rng.pick(this.crms);
    const roll = rng.next();
    if (roll < 0.25) await this.#editHub();
    else if (roll < 0.5) this.#editCrm(crm);
    else if (roll < 0.54) this.#remove(crm);
    else if (roll < 0.57) this.#merge(crm);
    else if (roll < 0.59) this.#convert(crm);
    else if (roll < 0.7) this.#fault(crm);
    else await this.run(rng.pick(this.connections), rng.chance(0.4) ? rng.int(9) : -1);
  }

  async #editHub(): Promise<void> {
    const { rng } = this;
    this.tally.edits += 1;
    const email = `p${rng.int(PEOPLE)}@example.com`;
    const fields = { [rng.pick(FIELDS)]: rng.pick(VALUES), last_name: 'Last', company: 'Acme' };
    await this.deps.store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: this.clock.now(), newId: () => this.deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  }

  #alive(crm: Emulator) {
    return crm.world.all().filter((record) => !record.deleted);
  }

  #editCrm(crm: Emulator): void {
    const alive = this.#alive(crm);
    if (alive.length === 0) return;
    this.tally.edits += 1;
    crm.world.edit(this.rng.pick(alive).id, { [this.rng.pick(FIELDS)]: this.rng.pick(VALUES) });
  }

  #remove(crm: Emulator): void {
    const alive = this.#alive(crm);
    if (alive.length < 4) return;
    this.tally.deletions += 1;
    crm.world.remove(this.rng.pick(alive).id);
  }

  #merge(crm: Emulator): void {
    const leads = this.#alive(crm).filter((record) => record.kind === 'lead');
    if (leads.length < 4) return;
    const [a, b] = [this.rng.pick(leads), this.rng.pick(leads)];
    if (a.id === b.id) return;
    this.tally.merges += 1;
    crm.world.merge(a.id, b.id);
  }

  #convert(crm: Emulator): void {
    const leads = this.#alive(crm).filter((record) => record.kind === 'lead');
    if (leads.length < 3) return;
    this.tally.conversions += 1;
    crm.world.convert(this.rng.pick(leads).id);
  }

  #fault(crm: Emulator): void {
    this.tally.faults += 1;
    crm.faults.add({
      kind: this.rng.pick(['throttle', 'error', 'drop', 'expire', 'slow'] as const),
      times: 1 + this.rng.int(2),
    });
  }

  /** @param crashIn how many checkpoints the process still lives; -1: it lives on. */
  async run(connection: string, crashIn: number): Promise<void> {
    this.tally.runs += 1;
    await sql`update connections set paused_reason = null`.execute(this.deps.store.db);
    await requestRuns(this.deps, connection, { mode: 'changes', trigger: 'schedule' });
    this.#crashIn = crashIn;
    await drainConnection(this.deps, connection, 'sim');
    this.#crashIn = -1;
    // A dead worker's lease runs out.
    await sql`update connections set lease_owner = null, last_error = null`.execute(this.deps.store.db);
  }

  /** With no fault waiting no run may fail: a failure that repeats is a stuck connection. */
  async failures(): Promise<readonly unknown[]> {
    const rows = await sql<{
      error: unknown;
    }>`select error from runs where status = 'failed' and created_at >= ${this.clock.now() - 900_000}`.execute(
      this.deps.store.db,
    );
    return rows.rows.map((row) => row.error);
  }

  /** Faults over; each connection runs until all indexes have caught up. */
  async quiet(rounds: number): Promise<void> {
    for (const crm of this.crms) crm.faults.clear();
    for (let round = 0; round < rounds; round += 1) {
      for (const connection of this.connections) {
        this.clock.advance(400_000);
        await this.run(connection, -1);
      }
    }
  }
}
