import { sql } from 'kysely';
import { manifests } from '../../src/connectors/index.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { approveRun } from '../../src/engine/held-runs.ts';
import { LeaseLost } from '../../src/engine/interruptions.ts';
import { goOnAfterUndo } from '../../src/engine/pause.ts';
import { readRun, requestRuns } from '../../src/engine/runs.ts';
import { requestUndo } from '../../src/engine/undo.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { CRMS, type EmulatedCrm, fetchOf, openCrm } from '../support/crms.ts';
import { START, type TestClock, testDeps } from '../support/engine.ts';
import { type Edit, emailOf, FIELDS, newPerson, VALUES } from './person.ts';
import { createRng, type Rng } from './random.ts';

/** The process died here; what was committed is all that is left. As with a lost lease, nothing tidies up behind it. */
class Crash extends LeaseLost {}

const PEOPLE = 14;
/** People whom a rep puts into each CRM at the start. */
const SEEDED = 6;

export interface Tally {
  hubEdits: number;
  crmEdits: number;
  optOuts: number;
  faults: number;
  crashes: number;
  deletions: number;
  merges: number;
  conversions: number;
  newRecords: number;
  runs: number;
  /** Runs that were taken back (R38). */
  undone: number;
  /** Last edits that were looked for at the end, and found. */
  found: number;
}
export const emptyTally = (): Tally => ({
  hubEdits: 0,
  crmEdits: 0,
  optOuts: 0,
  faults: 0,
  crashes: 0,
  deletions: 0,
  merges: 0,
  conversions: 0,
  newRecords: 0,
  runs: 0,
  undone: 0,
  found: 0,
});

/** A CRM of this world: what differs between CRMs is data here, read from its manifest and its connection. */
export interface Place extends EmulatedCrm {
  readonly connection: string;
  /** Hub fields that its connection keeps in step both ways on a lead. */
  readonly fields: ReadonlySet<string>;
  readonly hasContacts: boolean;
}

/** Hub, every registered CRM emulated, a clock that we move, a seed that decides everything. */
export class World {
  readonly rng: Rng;
  readonly clock: TestClock;
  readonly deps: EngineDeps;
  readonly tally: Tally = emptyTally();
  readonly edits: Edit[] = [];
  /** People about whom a rep decided something else (deleted, merged, converted): their values are not looked for. */
  readonly touched = new Set<string>();
  places: readonly Place[] = [];
  readonly #crms: readonly EmulatedCrm[];
  #crashIn = -1;
  readonly #undoes: boolean;

  /** @param more.undoes people take runs back, too; without it the same seed is the same history as ever */
  constructor(store: Store, seed: number, more: { readonly undoes?: boolean } = {}) {
    this.#undoes = more.undoes === true;
    this.rng = createRng(seed);
    this.clock = manualClock(START);
    const lag = this.rng.chance(0.5) ? 20_000 : 0;
    this.#crms = CRMS.map((crm) => openCrm(crm, { clock: this.clock, indexLagMs: lag }));
    this.deps = testDeps(store, this.clock, fetchOf(this.#crms), { checkpoint: () => this.#mayCrash() });
  }

  #mayCrash(): void {
    if (this.#crashIn < 0) return;
    this.#crashIn -= 1;
    if (this.#crashIn >= 0) return;
    this.tally.crashes += 1;
    throw new Crash();
  }

  async open({ seeded = SEEDED }: { readonly seeded?: number } = {}): Promise<void> {
    const places: Place[] = [];
    for (const crm of this.#crms) {
      const kinds = manifests.get(crm.crm)?.kinds ?? [];
      const hasContacts = kinds.includes('contact');
      const connection = await createConnection(
        this.deps,
        {
          name: crm.crm,
          crm: crm.crm,
          enabled: true,
          import: { leads: true, contacts: hasContacts },
          export: { enabled: true, minimumScore: 0 },
          quota: { dailyShare: 1 },
          ...crm.settings,
        },
        'api',
      );
      const lines = connection.mappings.filter((line) => line.direction === 'both' && line.kind !== 'contact');
      places.push({ ...crm, hasContacts, connection: connection.id, fields: new Set(lines.map((line) => line.hub)) });
      crm.emulator.world.seed(
        Array.from({ length: seeded }, (_, index) => newPerson(index)),
        'lead',
      );
    }
    this.places = places;
  }

  /** One thing that happens: an edit on a side, a decision of a rep, a fault, time, a run with or without a crash. */
  async step(): Promise<void> {
    const { rng } = this;
    this.clock.advance(rng.int(40_000) + 1_000);
    const place = rng.pick(this.places);
    if (this.#undoes && rng.chance(0.12)) return this.#undo(place);
    const roll = rng.next();
    if (roll < 0.2) await this.#editHub();
    else if (roll < 0.42) await this.#editCrm(place);
    else if (roll < 0.44) await this.#optOut(place);
    else if (roll < 0.47) this.#remove(place);
    else if (roll < 0.49) this.#merge(place);
    else if (roll < 0.51) this.#convert(place);
    else if (roll < 0.54) this.#create(place);
    else if (roll < 0.62) this.#fault(place);
    else await this.run(place.connection, rng.chance(0.35) ? rng.int(9) : -1);
  }

  async editHub(email: string, fields: Readonly<Record<string, string | boolean | null>>): Promise<void> {
    await this.deps.store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: this.clock.now(), newId: () => this.deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  }

  async #editHub(): Promise<void> {
    const { rng } = this;
    const email = emailOf(rng.int(PEOPLE));
    const field = rng.pick(FIELDS);
    await this.enterInHub(email, field, rng.pick(VALUES[field] ?? []) ?? null);
  }

  /** A person's edit in the hub, to be found again at the end. */
  async enterInHub(email: string, field: string, value: string | null): Promise<void> {
    this.tally.hubEdits += 1;
    const putBack = await this.#isPutBack({ email, field, value });
    this.edits.push({ email, field, value, where: 'hub', at: this.clock.now(), putBack });
    await this.editHub(email, { [field]: value, last_name: 'de la Fin', company: 'Acme' });
  }

  alive(place: Place) {
    return place.emulator.world.all().filter((record) => !record.deleted);
  }

  async #editCrm(place: Place): Promise<void> {
    const alive = this.alive(place);
    if (alive.length === 0) return;
    const record = this.rng.pick(alive);
    const field = this.rng.pick(FIELDS.filter((one) => place.fields.has(one)));
    await this.enterInCrm(place, record, field, this.rng.pick(VALUES[field] ?? []) ?? null);
  }

  /** A rep's edit in a CRM, to be found again at the end. */
  async enterInCrm(
    place: Place,
    record: { readonly id: string; readonly fields: Readonly<Record<string, unknown>> },
    field: string,
    value: string | null,
  ): Promise<void> {
    this.tally.crmEdits += 1;
    const email = String(record.fields['email'] ?? '');
    const link = { connection: place.connection, crmId: record.id };
    const putBack = await this.#isPutBack({ email, field, value, link });
    this.edits.push({ email, field, value, where: place.crm, at: this.clock.now(), putBack });
    place.emulator.world.edit(record.id, { [field]: value });
  }

  /** R1: the value is what this person's link (in the hub: one of the links) says that both sides last agreed on. */
  async #isPutBack(entered: {
    readonly email: string;
    readonly field: string;
    readonly value: string | null;
    readonly link?: { readonly connection: string; readonly crmId: string };
  }): Promise<boolean> {
    const { email, field, value, link } = entered;
    let links = this.deps.store.db
      .selectFrom('links')
      .innerJoin('contacts', 'contacts.id', 'links.contact_id')
      .select('links.shadow')
      .where('contacts.email', '=', email)
      .where('links.role', '=', 'primary');
    if (link !== undefined)
      links = links.where('links.connection_id', '=', link.connection).where('links.crm_id', '=', link.crmId);
    const lines = (await links.execute()).flatMap(({ shadow }) => Object.entries(shadow));
    return lines.some(([line, agreed]) => line.split(':')[1] === field && agreed.hub === value);
  }

  /** Said on one side, where that side can say it. */
  async #optOut(place: Place): Promise<void> {
    this.tally.optOuts += 1;
    if (!place.fields.has('opt_out')) return this.editHub(emailOf(this.rng.int(PEOPLE)), { opt_out: true });
    const leads = this.alive(place).filter((record) => record.kind !== 'contact');
    if (leads.length > 0) place.emulator.world.edit(this.rng.pick(leads).id, { opt_out: true });
    return undefined;
  }

  #remove(place: Place): void {
    const alive = this.alive(place);
    if (alive.length < 4) return;
    const record = this.rng.pick(alive);
    this.tally.deletions += 1;
    this.touched.add(String(record.fields['email'] ?? ''));
    place.emulator.world.remove(record.id);
  }

  #merge(place: Place): void {
    const leads = this.alive(place).filter((record) => record.kind !== 'contact');
    if (leads.length < 4) return;
    const [a, b] = [this.rng.pick(leads), this.rng.pick(leads)];
    if (a.id === b.id) return;
    this.tally.merges += 1;
    for (const record of [a, b]) this.touched.add(String(record.fields['email'] ?? ''));
    place.emulator.world.merge(a.id, b.id);
  }

  #convert(place: Place): void {
    const leads = this.alive(place).filter((record) => record.kind === 'lead');
    if (!place.hasContacts || leads.length < 3) return;
    const lead = this.rng.pick(leads);
    this.tally.conversions += 1;
    this.touched.add(String(lead.fields['email'] ?? ''));
    place.emulator.world.convert(lead.id);
  }

  /** A rep enters somebody whom this CRM does not have, and perhaps the hub or another CRM has. */
  #create(place: Place): void {
    const present = new Set(place.emulator.world.all().map((record) => record.fields['email']));
    const missing = Array.from({ length: PEOPLE }, (_, index) => index).filter((index) => !present.has(emailOf(index)));
    if (missing.length === 0) return;
    this.tally.newRecords += 1;
    place.emulator.world.seed([newPerson(this.rng.pick(missing))], 'lead');
  }

  #fault(place: Place): void {
    this.tally.faults += 1;
    place.emulator.faults.add({
      kind: this.rng.pick(['throttle', 'error', 'drop', 'expire', 'slow'] as const),
      times: 1 + this.rng.int(2),
    });
  }

  /** @param crashIn how many checkpoints the process still lives; -1: it lives on. */
  async run(connection: string, crashIn = -1): Promise<void> {
    this.tally.runs += 1;
    await sql`update connections set paused_reason = null`.execute(this.deps.store.db);
    await requestRuns(this.deps, connection, { mode: 'changes', trigger: 'schedule' });
    await this.#drain(connection, crashIn);
  }

  /** Somebody takes back what a run of this connection wrote, the process may die of it, and says go on. */
  async #undo(place: Place): Promise<void> {
    const { db } = this.deps.store;
    const runs = await sql<{ id: string }>`
      select id from runs where connection_id = ${place.connection} and not dry_run and undo is null and status in ('succeeded', 'cancelled', 'failed')
         and (counts ->> 'created')::int + (counts ->> 'updated')::int > 0 order by created_at desc, id limit 6`.execute(
      db,
    );
    if (runs.rows.length === 0) return;
    const plan = await requestUndo(this.deps, this.rng.pick(runs.rows).id, 'person');
    await this.#drain(place.connection, -1);
    const seen = await readRun(db, plan.id);
    if (seen.status !== 'succeeded') return;
    this.tally.undone += 1;
    await approveRun(this.deps, plan.id, [], { deleteCreated: this.rng.chance(0.5) });
    await this.#drain(place.connection, this.rng.chance(0.35) ? this.rng.int(7) : -1);
    await goOnAfterUndo(this.deps, place.connection);
  }

  async #drain(connection: string, crashIn: number): Promise<void> {
    this.#crashIn = crashIn;
    await drainConnection(this.deps, connection, 'sim');
    this.#crashIn = -1;
    // A dead worker's lease runs out.
    await sql`update connections set lease_owner = null, last_error = null`.execute(this.deps.store.db);
  }

  /** With no fault waiting no run may fail: a failure that repeats is a stuck connection. */
  async failuresSince(at: number): Promise<readonly unknown[]> {
    const rows = await sql<{ error: unknown }>`
      select error from runs where status in ('failed', 'paused') and created_at >= ${at}`.execute(this.deps.store.db);
    return rows.rows.map((row) => row.error);
  }

  /** Faults over, and the day over after which even deletions that no CRM lists are looked for. */
  calm(): void {
    for (const { emulator } of this.places) emulator.faults.clear();
    this.clock.advance(25 * 3_600_000);
  }

  /** Each connection runs once a round, each run begun after every stated lag. */
  async round(): Promise<void> {
    for (const { connection } of this.places) {
      this.clock.advance(400_000);
      await this.run(connection);
    }
  }
}
