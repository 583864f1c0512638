import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Company } from '../connectors/kit/companies.ts';
import type { ConflictFound, Decision, FieldWrite } from '../core/decide.ts';
import type { MassEffect } from '../core/mass-change.ts';
import type { Fault, Kind, LineKey, Outcome, RunDirection, Value } from '../core/model.ts';
import { addListValues, type NewValue } from '../hub/add-list-values.ts';
import { type CrmConsent, recordCrmConsents } from '../hub/forms/crm-consents.ts';
import { rescore } from '../hub/score.ts';
import { type ContactWrite, writeContacts } from '../hub/write-contacts.ts';
import type { Ids } from '../platform/ids.ts';
import { debtOf } from '../store/backlog.ts';
import type { Trx } from '../store/db.ts';
import { type MergeFound, proposeMerges } from '../store/merge-proposals.ts';
import { keepCompanies } from './company-store.ts';
import { NewValueRoom } from './new-values.ts';
import type { LinkState } from './page-state.ts';
import { type Flip, writeFlips } from './tug-of-war.ts';
import { prepareLinks } from './write-links.ts';

export interface ItemEffect {
  readonly contactId: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly kind: Kind;
  readonly crmId: string | null;
  readonly crmUrl: string | null;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly params: Fault['params'];
  readonly changes: readonly {
    readonly field: string;
    readonly from: Value;
    readonly to: Value;
    readonly rule: string;
  }[];
  readonly conflicts: number;
}

export interface RejectionEffect {
  readonly contactId: string | null;
  readonly crmId: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly kind: Kind;
  /** '' : the record as a whole. */
  readonly line: LineKey;
  readonly fault: Fault;
  readonly fingerprint: string;
}

export interface DirectoryEffect {
  readonly crm_id: string;
  readonly kind: Kind;
  readonly emails: readonly string[];
  readonly link_back: string | null;
  readonly converted_to: string | null;
  readonly name: string;
  readonly modified_at: number;
  readonly filtered: string | null;
  readonly company_id: string | null;
}

/** Something that many at once would be too much of (R50). */
export interface MassFound {
  readonly effect: MassEffect;
  /** The record or person concerned: each counts once. */
  readonly subject: string;
  /** The field whose value is lost; null: the record as a whole. */
  readonly field: string | null;
}

/** What a page or batch will have done, gathered while it is decided and written by one statement a table. */
export class Effects {
  readonly contacts = new Map<
    string,
    {
      id: string;
      create: boolean;
      fields: Record<string, Value>;
      origins: Record<string, ContactWrite['origins'][string]>;
    }
  >();
  readonly links = new Map<string, LinkState>();
  /** Links that are no more: their record is another person's, or a person of its own. */
  readonly dropped = new Set<string>();
  readonly directory: DirectoryEffect[] = [];
  readonly goneIds: string[] = [];
  /** Contacts that this connection's CRM is owed something for. */
  readonly dueCrm = new Map<string, string>();
  /** CRM ids whose hub side is owed something. */
  readonly dueHub = new Map<string, string>();
  readonly conflicts: { readonly link: LinkState; readonly found: ConflictFound }[] = [];
  readonly rejections: RejectionEffect[] = [];
  /** People whose open rejections of this direction are over, save those lines rejected again. */
  readonly cleared: {
    readonly contactId: string | null;
    readonly crmId: string | null /** Only these lines; absent: all. */;
    readonly lines?: readonly string[] /** Lines that stay rejected. */;
    readonly kept?: readonly string[];
  }[] = [];
  readonly items: ItemEffect[] = [];
  /** What became of each record, by CRM id; of a page towards the hub (R43). */
  readonly outcomes = new Map<string, Outcome>();
  /** Records that this run has met before. */
  readonly again = new Set<string>();
  /** What the CRM said of purposes (R8a). */
  readonly consents: CrmConsent[] = [];
  /** Agreed values that were replaced, by link and line (R48). */
  readonly flips: Flip[] = [];
  readonly mass: MassFound[] = [];
  /** Contacts that seem to be one person (R18b). */
  readonly merges: MergeFound[] = [];
  /** Companies that people of this page belong to, by CRM id (R25). */
  readonly companies = new Map<string, Company>();
  /** Values that a hub list does not have yet, by list and key. */
  readonly listValues = new Map<string, NewValue>();
  /** How many of them each list may still take (R21). */
  readonly room: NewValueRoom;

  constructor(room = new NewValueRoom()) {
    this.room = room;
  }
}

export interface WriteEffectsOptions {
  readonly connectionId: string;
  readonly runId: string;
  readonly direction: RunDirection;
  readonly at: number;
  readonly ids: Ids;
  readonly rescore: boolean;
}

/** A statement that is ready to be run; what it sends is made already. */
export type Prepared = (trx: Trx) => Promise<unknown>;

/** Some statements a table, whatever the page's size. The caller's transaction also moves the cursor (R30). */
export async function writeEffects(trx: Trx, effects: Effects, options: WriteEffectsOptions): Promise<void> {
  const { at, connectionId } = options;
  await addListValues(trx, [...effects.listValues.values()], connectionId);
  const writes = [...effects.contacts.values()];
  const people = writeContacts(trx, writes, { at, except: [connectionId], reason: 'sync' });
  // The database writes the people; meanwhile the rest is made ready for it.
  const [links, directory, items] = await meanwhile(people, () => [
    prepareLinks([...effects.links.values()], options),
    prepareDirectory(effects, options),
    prepareItems(effects, options),
  ]);
  await recordCrmConsents(trx, effects.consents, { connectionId, runId: options.runId, at });
  if (options.rescore)
    await rescore(
      trx,
      [...new Set([...writes, ...effects.consents.map(({ contactId }) => ({ id: contactId }))].map(({ id }) => id))],
      at,
    );
  if (effects.dropped.size > 0)
    await sql`delete from links where id = any(${[...effects.dropped]}::text[])`.execute(trx);
  await links(trx);
  await directory(trx);
  await keepCompanies(trx, connectionId, [...effects.companies.values()], { at, revives: false });
  await markOwed(trx, effects, options);
  await writeConflicts(trx, effects, options);
  await writeRejections(trx, effects, options);
  await items(trx);
  await writeFlips(trx, effects.flips, at);
  await proposeMerges(trx, effects.merges, { connectionId, at });
}

/** Does `work` while something else is on its way, once that has been sent; both have ended when this does. */
async function meanwhile<T>(running: Promise<void>, work: () => T): Promise<T> {
  const [ran, made] = await Promise.allSettled([running, setImmediate().then(work)]);
  if (ran.status === 'rejected') throw ran.reason;
  if (made.status === 'rejected') throw made.reason;
  return made.value;
}

const NOTHING: Prepared = async () => undefined;

function prepareDirectory(effects: Effects, { connectionId, runId, at }: WriteEffectsOptions): Prepared {
  const { goneIds, outcomes } = effects;
  // A run towards the CRM meets people, not records: it leaves what the other half noted.
  const rows = [...new Map(effects.directory.map((row) => [row.crm_id, row])).values()].map((row) => {
    const outcome = outcomes.get(row.crm_id);
    return outcome === undefined ? row : { ...row, seen_run: runId, seen_outcome: outcome };
  });
  if (rows.length + goneIds.length === 0) return NOTHING;
  const read = sql`
    insert into directory (connection_id, crm_id, kind, emails, link_back, converted_to, name, modified_at, filtered, company_id, seen_at, seen_run, seen_outcome)
    select ${connectionId}::text, crm_id, kind, emails, link_back, converted_to, name, modified_at, filtered, company_id, ${at}::bigint, seen_run, seen_outcome
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(crm_id text, kind text, emails text[], link_back text, converted_to text, name text, modified_at bigint, filtered text,
           company_id text, seen_run text, seen_outcome text)
    on conflict (connection_id, crm_id) do update set kind = excluded.kind, emails = excluded.emails, link_back = excluded.link_back,
      converted_to = excluded.converted_to, name = excluded.name, modified_at = excluded.modified_at, filtered = excluded.filtered, company_id = coalesce(excluded.company_id, directory.company_id),
      gone_at = null, seen_at = excluded.seen_at, seen_run = coalesce(excluded.seen_run, directory.seen_run),
      seen_outcome = coalesce(excluded.seen_outcome, directory.seen_outcome)`;
  const left = goneIds.map((crmId) => ({ crm_id: crmId, outcome: outcomes.get(crmId) ?? null }));
  const gone = sql`
    update directory d set gone_at = ${at}, seen_outcome = coalesce(n.outcome, d.seen_outcome),
           seen_run = case when n.outcome is null then d.seen_run else ${runId} end
      from jsonb_to_recordset(${JSON.stringify(left)}::jsonb) as n(crm_id text, outcome text)
     where d.connection_id = ${connectionId} and d.crm_id = n.crm_id`;
  return async (trx) => {
    if (rows.length > 0) await read.execute(trx);
    if (goneIds.length > 0) await gone.execute(trx);
  };
}

async function markOwed(trx: Trx, effects: Effects, { connectionId, at }: WriteEffectsOptions): Promise<void> {
  const rows = [
    ...[...effects.dueCrm].map(([subject, reason]) => ({ side: 'crm', subject, ...debtOf(reason) })),
    ...[...effects.dueHub].map(([subject, reason]) => ({ side: 'hub', subject, ...debtOf(reason) })),
  ];
  if (rows.length === 0) return;
  await sql`
    insert into due (connection_id, side, subject, reason, backlog, created_at)
    select ${connectionId}::text, side, subject, reason, backlog, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(side text, subject text, reason text, backlog text)
    on conflict (connection_id, side, subject) do update set version = due.version + 1, reason = excluded.reason, not_before = 0,
      backlog = case when due.backlog = 'calculated' then due.backlog else coalesce(excluded.backlog, due.backlog) end`.execute(
    trx,
  );
}

async function writeConflicts(trx: Trx, effects: Effects, options: WriteEffectsOptions): Promise<void> {
  if (effects.conflicts.length === 0) return;
  const rows = effects.conflicts.map(({ link, found }) => ({
    id: options.ids.next('cfl'),
    link_id: link.id,
    contact_id: link.contactId,
    line: found.key,
    hub_field: found.hubField,
    crm_field: found.crmField,
    hub_value: found.hub,
    crm_value: found.crm,
    hub_at: found.hubAt,
    crm_at: found.crmAt,
    winner: found.winner,
    why: found.why,
    status: found.winner === null ? 'held' : 'decided',
  }));
  await sql`
    insert into conflicts (id, connection_id, link_id, contact_id, line, hub_field, crm_field, hub_value, crm_value, hub_at, crm_at, winner, why, status, run_id, at)
    select id, ${options.connectionId}::text, link_id, contact_id, line, hub_field, crm_field, hub_value, crm_value, hub_at, crm_at, winner, why, status, ${options.runId}::text, ${options.at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, link_id text, contact_id text, line text, hub_field text, crm_field text, hub_value jsonb,
           crm_value jsonb, hub_at bigint, crm_at bigint, winner text, why text, status text)
    on conflict (link_id, line) where status = 'held' do update set hub_value = excluded.hub_value, crm_value = excluded.crm_value,
      hub_at = excluded.hub_at, crm_at = excluded.crm_at`.execute(trx);
}

/** Closes the held conflicts of lines that were released (R4c). */
export async function closeConflicts(
  trx: Trx,
  released: readonly { readonly linkId: string; readonly line: LineKey }[],
  at: number,
): Promise<void> {
  if (released.length === 0) return;
  await sql`update conflicts c set status = 'closed', closed_at = ${at} from jsonb_to_recordset(${JSON.stringify(released)}::jsonb) as n("linkId" text, line text)
             where c.link_id = n."linkId" and c.line = n.line and c.status = 'held'`.execute(trx);
}

/** Mostly there are none, and nobody has to be compared with them. */
const hasOpenRejections = async (trx: Trx, connectionId: string): Promise<boolean> =>
  (
    await sql`select 1 from rejections where connection_id = ${connectionId} and resolved_at is null limit 1`.execute(
      trx,
    )
  ).rows.length > 0;

async function writeRejections(trx: Trx, effects: Effects, options: WriteEffectsOptions): Promise<void> {
  const again = effects.rejections.map((one) => `${one.contactId ?? ''}|${one.crmId ?? ''}|${one.line}`);
  if (effects.cleared.length > 0 && (await hasOpenRejections(trx, options.connectionId))) {
    await sql`update rejections r set resolved_at = ${options.at} from jsonb_to_recordset(${JSON.stringify(effects.cleared)}::jsonb) as n("contactId" text, "crmId" text, lines text[], kept text[])
       where r.connection_id = ${options.connectionId} and r.direction = ${options.direction} and r.resolved_at is null
         and (r.contact_id = n."contactId" or r.crm_id = n."crmId")
         and (n.lines is null or r.line = any(n.lines)) and (n.kept is null or r.line <> all(n.kept))
         and not (coalesce(r.contact_id, '') || '|' || coalesce(r.crm_id, '') || '|' || r.line = any(${again}::text[]))`.execute(
      trx,
    );
  }
  if (effects.rejections.length === 0) return;
  const rows = [...new Map(effects.rejections.map((one, index) => [again[index], one])).values()].map((one) => ({
    id: options.ids.next('rej'),
    contact_id: one.contactId,
    crm_id: one.crmId,
    email: one.email,
    name: one.name,
    kind: one.kind,
    line: one.line,
    field: one.fault.field,
    reason: one.fault.reason,
    params: one.fault.params,
    fingerprint: one.fingerprint,
  }));
  await sql`
    insert into rejections (id, connection_id, direction, contact_id, crm_id, email, name, kind, line, field, reason, params, fingerprint, run_id, first_at, last_at)
    select id, ${options.connectionId}::text, ${options.direction}::text, contact_id, crm_id, email, name, kind, line, field, reason, params, fingerprint, ${options.runId}::text, ${options.at}::bigint, ${options.at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, contact_id text, crm_id text, email text, name text, kind text, line text, field text, reason text, params jsonb, fingerprint text)
    on conflict (connection_id, direction, coalesce(contact_id, ''), coalesce(crm_id, ''), line) where resolved_at is null do update
      set reason = excluded.reason, field = excluded.field, params = excluded.params, fingerprint = excluded.fingerprint, run_id = excluded.run_id,
          email = excluded.email, name = excluded.name, last_at = excluded.last_at, tries = rejections.tries + 1`.execute(
    trx,
  );
}

function prepareItems(effects: Effects, { connectionId, runId, at }: WriteEffectsOptions): Prepared {
  if (effects.items.length === 0) return NOTHING;
  const rows = effects.items.map((item) => ({
    contact_id: item.contactId,
    email: item.email,
    name: item.name,
    kind: item.kind,
    crm_id: item.crmId,
    crm_url: item.crmUrl,
    outcome: item.outcome,
    reason: item.reason ?? undefined,
    params: item.params,
    changes: item.changes,
    conflicts: item.conflicts,
  }));
  const insert = sql`
    insert into items (run_id, connection_id, contact_id, email, name, kind, crm_id, crm_url, outcome, reason, params, changes, conflicts, at)
    select ${runId}::text, ${connectionId}::text, contact_id, email, name, kind, crm_id, crm_url, outcome, reason, params, changes, conflicts, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(contact_id text, email text, name text, kind text, crm_id text, crm_url text, outcome text,
           reason text, params jsonb, changes jsonb, conflicts int)`;
  return (trx) => insert.execute(trx);
}

/** What an item shows of the writes that were made. */
export const itemChanges = (writes: readonly FieldWrite[]): ItemEffect['changes'] =>
  writes.map((write) => ({ field: write.field, from: write.before, to: write.value, rule: write.rule }));

export const hasWork = (decision: Decision): boolean => decision.toHub.length > 0 || decision.toCrm.length > 0;
