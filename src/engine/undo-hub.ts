import { sql } from 'kysely';
import { purposeOf } from '../core/consent-codec.ts';
import type { Hold } from '../core/decide.ts';
import { emailKey } from '../core/email.ts';
import type { LineKey, Origin, Value } from '../core/model.ts';
import { type LeftWhy, UNDO_RULE, undoFields } from '../core/undo.ts';
import { isSame } from '../core/value.ts';
import { hubFields } from '../hub/fields.ts';
import { rescore } from '../hub/score.ts';
import { type ContactWrite, writeContacts } from '../hub/write-contacts.ts';
import type { Trx } from '../store/db.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { type Connection, loadConnection } from './connection.ts';
import type { Counts } from './counts.ts';
import type { EngineDeps } from './deps.ts';
import { Cancelled, LeaseLost } from './interruptions.ts';
import { renewLease } from './lease.ts';
import { closeConflicts } from './page-effects.ts';
import { type ContactState, type LinkState, readContacts, readLinks } from './page-state.ts';
import type { Run } from './run-context.ts';
import type { UndoWork } from './undo.ts';
import { nextDeeds, type RunDeed } from './undo-items.ts';
import { hubFieldOf } from './undo-lines.ts';
import { type MadeVerdicts, removeMade, whoMayGo } from './undo-made-here.ts';
import { countUndone, itemsOf, keepProgress, progressOf, type Undone } from './undo-progress.ts';

interface Work {
  readonly deps: EngineDeps;
  readonly run: Run;
  readonly connection: Connection;
  readonly leaseNumber: number;
  /** The run that is taken back. */
  readonly of: string;
  readonly fieldKeys: ReadonlySet<string>;
  /** Fields that some connection keeps as an opt-out (R8). */
  readonly optOuts: ReadonlySet<string>;
}

/**
 * R38: takes back what a run brought into the hub, page by page, one transaction each; nothing is asked of the CRM. A plan
 * does the same and writes nothing but what it found. Goes on from where it was.
 * @throws LeaseLost, Cancelled
 */
export async function undoTowardsHub(
  deps: EngineDeps,
  run: Run & { readonly undo: UndoWork },
  { leaseNumber, counts }: { readonly leaseNumber: number; readonly counts: Partial<Counts> },
): Promise<void> {
  const { db } = deps.store;
  await ensurePartitions(db, 'items', [deps.clock.now()]);
  const connection = await loadConnection(db, run.connectionId);
  const work: Work = {
    deps,
    run,
    connection,
    leaseNumber,
    of: run.undo.of,
    fieldKeys: new Set((await hubFields(db)).map((field) => field.key)),
    optOuts: await optOutFields(deps),
  };
  let progress = progressOf(run.undo, counts);
  for (;;) {
    await mayGoOn(work);
    const page = await nextDeeds(db, work.of, progress.work.after);
    if (page === null) return;
    deps.checkpoint?.('undo:before-page');
    progress = await deps.store.transaction(async (trx) => {
      await checkLease(trx, work);
      const undone = await undoPage(trx, work, page.deeds);
      const next = undone.reduce(countUndone, progress);
      const kept = { ...next, work: { ...next.work, after: page.after } };
      await keepProgress(trx, run, kept, { items: undone.flatMap(itemsOf), at: deps.clock.now(), calls: 0 });
      deps.checkpoint?.('undo:before-commit');
      return kept;
    });
    deps.onProgress?.(run.id);
  }
}

async function optOutFields(deps: EngineDeps): Promise<ReadonlySet<string>> {
  const rows = await deps.store.db.selectFrom('connections').select('mappings').execute();
  const marked = rows.flatMap((row) => row.mappings.filter((line) => line.optOut === true).map((line) => line.hub));
  return new Set(['opt_out', ...marked]);
}

/** Between pages: another worker may have the connection, or a person may have stopped it. */
async function mayGoOn({ deps, run, leaseNumber }: Work): Promise<void> {
  if (!(await renewLease(deps, run.connectionId, leaseNumber))) throw new LeaseLost();
  const row = await deps.store.db.selectFrom('runs').select('status').where('id', '=', run.id).executeTakeFirst();
  if (row?.status === 'cancelled') throw new Cancelled();
}

async function checkLease(trx: Trx, { run, leaseNumber }: Work): Promise<void> {
  const row = await trx
    .selectFrom('connections')
    .select('lease_number')
    .where('id', '=', run.connectionId)
    .forShare()
    .executeTakeFirst();
  if (row?.lease_number !== leaseNumber) throw new LeaseLost();
}

/** Decides a page on locked rows, and, unless it is a plan, takes it back. */
async function undoPage(trx: Trx, work: Work, deeds: readonly RunDeed[]): Promise<readonly Undone[]> {
  const { connection, deps } = work;
  const now = deps.clock.now();
  const ids = deeds.flatMap((deed) => deed.contactId ?? []);
  const lock = !work.run.dryRun;
  const links = await readLinks(trx, connection.id, { crmIds: [], contactIds: ids, lock, now });
  const contacts = new Map(
    (await readContacts(trx, { ids, emailKeys: [], lock, consents: false })).map((one) => [one.id, one]),
  );
  const created = deeds.flatMap((deed) => (deed.isCreated && deed.contactId !== null ? [deed.contactId] : []));
  const verdicts = await whoMayGo(trx, { ...work, connectionId: connection.id, contactIds: created });
  const taken = await takenAddresses(trx, deeds);
  const undone = deeds.map((deed) => decide(work, deed, { contacts, verdicts, taken }));
  if (work.run.dryRun) return undone;
  await putBack(trx, work, undone, { contacts, links, now });
  const gone = undone.flatMap(({ made, deed }) => (made === 'goes' ? (deed.contactId ?? []) : []));
  await removeMade(trx, { connectionId: connection.id, contactIds: gone, at: now });
  const isGone = new Set(gone);
  const primary = new Map(
    links.flatMap((link) => (link.role === 'primary' ? [[link.contactId, link.crmId] as const] : [])),
  );
  return undone.map((one) => {
    const { deed } = one;
    if (!isGone.has(deed.contactId ?? '')) return one;
    // Nobody has this page any more; the record is the one that is not let in.
    return { ...one, deed: { ...deed, contactId: null, crmId: primary.get(deed.contactId) ?? deed.crmId } };
  });
}

interface Known {
  readonly contacts: ReadonlyMap<string, ContactState>;
  readonly verdicts: MadeVerdicts;
  /** Who has the addresses that would come back. */
  readonly taken: Holders;
}
type Holders = ReadonlyMap<string, readonly string[]>;

function decide(work: Work, deed: RunDeed, { contacts, verdicts, taken }: Known): Undone {
  const contact = deed.contactId === null ? undefined : contacts.get(deed.contactId);
  if (contact === undefined) return { deed, back: [], left: [], made: 'contact_gone' };
  if (deed.isCreated) return { deed, back: [], left: [], made: verdicts.get(contact.id) ?? 'goes' };
  const fields = undoFields(deed.changes, (field, change) => ({
    value: field === 'email' ? contact.email : (contact.fields[field] ?? null),
    isOurs: isOurs(work, contact, field) && isSame(valueOf(contact, field), change.to),
    stays: stays(work, field, change.from, { contact, taken }),
  }));
  return { deed, ...fields, made: null };
}

const valueOf = (contact: ContactState, field: string): Value =>
  field === 'email' ? contact.email : (contact.fields[field] ?? null);

/** The value is what that run put there, whatever came and went with it since (a merge, another undo). */
const isOurs = (work: Work, contact: ContactState, field: string): boolean =>
  contact.origins[field]?.run === work.of && contact.origins[field]?.by === 'sync';

function stays(
  { fieldKeys, optOuts }: Work,
  field: string,
  old: Value,
  { contact, taken }: { readonly contact: ContactState; readonly taken: Holders },
): LeftWhy | null {
  if (purposeOf(field) !== null) return 'consent';
  if (optOuts.has(field)) return 'opt_out';
  if (!fieldKeys.has(field)) return 'field_gone';
  if (field !== 'email') return null;
  const key = emailKey(String(old ?? ''));
  const isFree = key !== null && (taken.get(key) ?? []).every((holder) => holder === contact.id);
  return isFree ? null : 'address_taken';
}

/**
 * Who has the addresses that would come back, one that is given up in this very page too; what two would get back, neither gets.
 * Several may have one: as the main address, and beside it.
 */
async function takenAddresses(trx: Trx, deeds: readonly RunDeed[]): Promise<Holders> {
  const keys = deeds.flatMap((deed) =>
    deed.changes.flatMap((change) => (change.field === 'email' ? (emailKey(String(change.from ?? '')) ?? []) : [])),
  );
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ email_key: string; id: string }>`
    select email_key, id from contacts where email_key = any(${keys}::text[])
    union all select email_key, contact_id from contact_emails where email_key = any(${keys}::text[])`.execute(trx);
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  const holders = [...twice.map((key) => ({ email_key: key, id: '' })), ...rows];
  return new Map(
    [...Map.groupBy(holders, (row) => row.email_key)].map(([key, all]) => [key, all.map((row) => row.id)]),
  );
}

/** Values as they were, with who had entered them and when; and each line of the link held, so that neither side repeats it. */
async function putBack(
  trx: Trx,
  work: Work,
  undone: readonly Undone[],
  known: {
    readonly contacts: ReadonlyMap<string, ContactState>;
    readonly links: readonly LinkState[];
    readonly now: number;
  },
): Promise<void> {
  const changed = undone.filter((one) => one.back.length > 0);
  const before = await originsBefore(trx, work.of, changed);
  const writes = changed.map(({ deed, back }): ContactWrite => {
    const id = deed.contactId ?? '';
    return {
      id,
      create: false,
      fields: Object.fromEntries(back.map(({ field, old }) => [field, old])),
      origins: Object.fromEntries(
        back.map(({ field }) => [field, { ...(before.get(`${id} ${field}`) ?? UNKNOWN), rule: UNDO_RULE }]),
      ),
    };
  });
  // What the other CRMs have of it goes the way of every change (R44); this one is held.
  await writeContacts(trx, writes, { at: known.now, except: [work.connection.id], reason: 'undo' });
  await holdLines(trx, work, changed, known);
  await rescore(
    trx,
    writes.map((write) => write.id),
    known.now,
  );
}

const UNKNOWN: Origin = { by: 'system', at: null };

/** Whose value stood there before the run changed it. */
async function originsBefore(
  trx: Trx,
  of: string,
  changed: readonly Undone[],
): Promise<ReadonlyMap<string, Origin | null>> {
  const ids = changed.flatMap((one) => one.deed.contactId ?? []);
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ contact_id: string; field: string; from_origin: Origin | null }>`
    select distinct on (contact_id, field) contact_id, field, from_origin from contact_history
     where contact_id = any(${ids}::text[]) and origin ->> 'run' = ${of} and coalesce(origin ->> 'rule', '') <> ${UNDO_RULE}
     order by contact_id, field, at, id`.execute(trx);
  return new Map(rows.map((row) => [`${row.contact_id} ${row.field}`, row.from_origin]));
}

async function holdLines(
  trx: Trx,
  work: Work,
  changed: readonly Undone[],
  { links, now }: { readonly links: readonly LinkState[]; readonly now: number },
): Promise<void> {
  const byContact = Map.groupBy(links, (link) => link.contactId ?? '');
  const rows: { id: string; holds: Record<LineKey, Hold> }[] = [];
  const released: { linkId: string; line: LineKey }[] = [];
  for (const { deed, back } of changed) {
    const then = new Map(back.map((one) => [one.field, one.old]));
    for (const link of byContact.get(deed.contactId ?? '') ?? []) {
      const holds: Record<LineKey, Hold> = {};
      for (const [line, agreed] of Object.entries(link.shadow)) {
        const field = hubFieldOf(line);
        // A line that agreed on the old value (of a mapping of before, say) is in agreement again.
        if (!then.has(field) || isSame(then.get(field), agreed.hub)) continue;
        holds[line] = { why: 'undone', hub: then.get(field) ?? null, crm: agreed.crm, run: work.run.id };
        if (link.holds[line] !== undefined) released.push({ linkId: link.id, line });
      }
      if (Object.keys(holds).length > 0) rows.push({ id: link.id, holds });
    }
  }
  if (rows.length === 0) return;
  await sql`update links l set holds = l.holds || n.holds, shadow_version = l.shadow_version + 1, updated_at = ${now}
              from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, holds jsonb) where l.id = n.id`.execute(
    trx,
  );
  await closeConflicts(trx, released, now);
}
