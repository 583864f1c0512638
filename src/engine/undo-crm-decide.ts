import { sql } from 'kysely';
import type { RemoteRecord } from '../connectors/kit/connector.ts';
import type { BoundLine, FieldWrite, Hold } from '../core/decide.ts';
import type { Fields, Kind, LineKey, Value } from '../core/model.ts';
import { type LeftWhy, UNDO_RULE, undoFields } from '../core/undo.ts';
import { isSame, normalise } from '../core/value.ts';
import type { PlannedWrite } from './export-plan.ts';
import { type ContactState, hubValues, type LinkState, readContacts, readLinks } from './page-state.ts';
import { readLinked } from './read-linked.ts';
import type { RunContext } from './run-context.ts';
import { LAZY_FIELDS } from './settle-hub.ts';
import type { UndoWork } from './undo.ts';
import type { RunDeed } from './undo-items.ts';
import { hubFieldOf, lineOf } from './undo-lines.ts';
import type { Undone } from './undo-progress.ts';

/** What becomes of one record, with the write that takes its values back, or the link whose record goes. */
export interface DecidedInCrm {
  readonly undone: Undone;
  readonly write: PlannedWrite | null;
  readonly goes: LinkState | null;
  readonly contact: ContactState | null;
}

interface Known {
  readonly work: UndoWork;
  readonly contacts: ReadonlyMap<string, ContactState>;
  readonly links: ReadonlyMap<string, LinkState>;
  readonly records: ReadonlyMap<string, RemoteRecord>;
  /** Contacts with a write whose answer is not known. */
  readonly onTheWay: ReadonlySet<string>;
  /** `contact field`: written by another run since. */
  readonly writtenSince: ReadonlySet<string>;
  /** Contacts to whom a rep's change came in from this CRM since. */
  readonly cameInSince: ReadonlySet<string>;
}

/** Reads both sides of a page anew and decides it; nothing is written. */
export async function decidePage(
  ctx: RunContext,
  work: UndoWork,
  deeds: readonly RunDeed[],
): Promise<readonly DecidedInCrm[]> {
  if (deeds.length === 0) return [];
  const known = await readKnown(ctx, work, deeds);
  return deeds.map((deed) => decideDeed(ctx, known, deed));
}

async function readKnown(ctx: RunContext, work: UndoWork, deeds: readonly RunDeed[]): Promise<Known> {
  const { deps, connection } = ctx;
  const ids = deeds.flatMap((deed) => deed.contactId ?? []);
  const stored = await deps.store.transaction(async (trx) => {
    const contacts = await readContacts(trx, { ids, emailKeys: [], lock: false, consents: false });
    const links = await readLinks(trx, connection.id, {
      crmIds: [],
      contactIds: ids,
      lock: false,
      now: deps.clock.now(),
    });
    const intents = await sql<{ id: string }>`
      select contact_id as id from intents where connection_id = ${connection.id} and contact_id = any(${ids}::text[])`.execute(
      trx,
    );
    const since = Math.min(...deeds.map((deed) => deed.at));
    const later = await sql<{ id: string; field: string; item: number }>`
      select i.contact_id as id, c.field, i.id as item from items i join runs r on r.id = i.run_id
        cross join lateral jsonb_to_recordset(i.changes) as c(field text)
       where i.contact_id = any(${ids}::text[]) and i.at >= ${since} and i.connection_id = ${connection.id} and i.run_id <> ${work.of}
         and r.direction = 'toCrm' and not r.dry_run and i.outcome in ('created', 'updated')`.execute(trx);
    const cameIn = await sql<{ id: string; at: number }>`
      select contact_id as id, max(at) as at from contact_history where contact_id = any(${ids}::text[]) and at >= ${since}
         and origin ->> 'connection' = ${connection.id} group by contact_id`.execute(trx);
    return { contacts, links, intents: intents.rows, later: later.rows, cameIn: cameIn.rows };
  });
  const links = new Map(
    stored.links.flatMap((link) =>
      link.role === 'primary' && link.contactId !== null ? [[link.contactId, link] as const] : [],
    ),
  );
  const lastId = new Map(deeds.map((deed) => [deed.contactId, deed.lastId]));
  const at = new Map(deeds.map((deed) => [deed.contactId, deed.at]));
  return {
    work,
    contacts: new Map(stored.contacts.map((one) => [one.id, one])),
    links,
    records: await readRecords(ctx, links, deeds),
    onTheWay: new Set(stored.intents.map((row) => row.id)),
    writtenSince: new Set(
      stored.later.flatMap((row) => (row.item > (lastId.get(row.id) ?? 0) ? [`${row.id} ${row.field}`] : [])),
    ),
    cameInSince: new Set(stored.cameIn.flatMap((row) => (row.at >= (at.get(row.id) ?? 0) ? [row.id] : []))),
  };
}

/** R32: the records as they are now, with the fields that the run wrote, mapped today or not. */
async function readRecords(
  ctx: RunContext,
  links: ReadonlyMap<string, LinkState>,
  deeds: readonly RunDeed[],
): Promise<ReadonlyMap<string, RemoteRecord>> {
  const wanted = [...links.values()].filter((link) => link.state === 'active' || link.state === 'frozen');
  const known = new Set(Object.values(ctx.schema.kinds).flatMap((fields) => fields.map((field) => field.key)));
  const written = deeds.flatMap((deed) => deed.changes.map((change) => change.field)).filter((key) => known.has(key));
  return readLinked({ ...ctx, asked: [...new Set([...ctx.asked, ...written])] }, wanted);
}

function decideDeed(ctx: RunContext, known: Known, deed: RunDeed): DecidedInCrm {
  const nothing = (made: LeftWhy): DecidedInCrm => ({
    undone: { deed, back: [], left: [], made },
    write: null,
    goes: null,
    contact: null,
  });
  const contact = known.contacts.get(deed.contactId ?? '');
  if (contact === undefined) return nothing('contact_gone');
  if (known.onTheWay.has(contact.id)) return nothing('on_its_way');
  const link = known.links.get(contact.id);
  if (link === undefined) return nothing('record_gone');
  if (deed.isCreated) return decideMade(ctx, known, { deed, contact, link });
  const record = known.records.get(link.crmId);
  if (record === undefined || record.convertedTo !== undefined) return nothing('record_gone');
  if (link.state === 'frozen') return nothing('frozen');
  // R12: a contact belongs to sales.
  if (record.kind === 'contact') return nothing('belongs_to_sales');
  return decideFields(ctx, known, { deed, contact, link, record });
}

interface Pair {
  readonly deed: RunDeed;
  readonly contact: ContactState;
  readonly link: LinkState;
  readonly record: RemoteRecord;
}

function decideFields(ctx: RunContext, known: Known, { deed, contact, link, record }: Pair): DecidedInCrm {
  const hub = hubValues(contact, ctx.deps.baseUrl);
  const hubNow = (line: LineKey | undefined): Value => (line === undefined ? null : (hub[hubFieldOf(line)] ?? null));
  const fields = undoFields(deed.changes, (field, change) => {
    const value = record.fields[field];
    const line = lineOf(link, field);
    const bound = (ctx.lines[record.kind] ?? []).find((one) => one.key === line);
    return {
      value: value ?? null,
      isOurs:
        holdsWritten(bound, value ?? null, change.to) &&
        !known.writtenSince.has(`${contact.id} ${field}`) &&
        !isNewerHere(link, line, hubNow(line)),
      stays: value === undefined ? 'field_gone' : staysThere(ctx, record.kind, field),
    };
  });
  const undone: Undone = { deed, ...fields, made: null };
  if (fields.back.length === 0) return { undone, write: null, goes: null, contact };
  const writes = fields.back.map(({ field, now, old }): FieldWrite => {
    const line = lineOf(link, field);
    return {
      key: line ?? `${record.kind}::${field}`,
      to: 'crm',
      field,
      before: normalise(now),
      value: normalise(old),
      source: normalise(hubNow(line)),
      rule: UNDO_RULE,
      sourceAt: null,
    };
  });
  link.holds = { ...link.holds, ...holdsOf(link, writes, ctx.run.id) };
  const mark = { subject: contact.id, version: -1, reason: 'undo', express: false, tries: 0 };
  const write: PlannedWrite = {
    owed: { mark, contact, link, record, found: [] },
    kind: record.kind,
    link,
    conflicts: 0,
    fields: writes,
    left: fields.left,
    write: {
      op: 'update',
      kind: record.kind,
      id: record.id,
      key: ctx.deps.ids.next('int'),
      fields: {
        ...partners(ctx, record, fields.back),
        ...Object.fromEntries(writes.map((one) => [one.field, one.value])),
      },
      ...(record.version === null ? {} : { ifVersion: record.version }),
    },
  };
  return { undone, write, goes: null, contact };
}

/** R20c: parts of one value go together, or the CRM would cut the whole anew; the others as they stand. */
function partners(ctx: RunContext, record: RemoteRecord, back: readonly { readonly field: string }[]): Fields {
  const schema = ctx.schema.kinds[record.kind] ?? [];
  const groups = new Set(
    schema.flatMap((one) => (back.some(({ field }) => field === one.key) ? (one.together ?? []) : [])),
  );
  return Object.fromEntries(
    schema.flatMap(({ key, together }) => {
      const value = together !== undefined && groups.has(together) ? record.fields[key] : undefined;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** Both values as they shall stand, so that neither side repeats what was undone; only of lines that both sides have met on. */
export const holdsOf = (link: LinkState, writes: readonly FieldWrite[], run: string): Record<LineKey, Hold> =>
  Object.fromEntries(
    writes
      .filter((write) => write.key in link.shadow)
      .map((write) => [write.key, { why: 'undone', hub: write.source, crm: write.value, run }]),
  );

/** Also in the CRM's own spelling of it (R2b). */
function holdsWritten(bound: BoundLine | undefined, value: Value, written: Value): boolean {
  if (isSame(value, written) || bound === undefined) return isSame(value, written);
  if (bound.codec.sameCrm(value, written)) return true;
  const [here, ours] = [bound.codec.toHub(value), bound.codec.toHub(written)];
  return here.ok && ours.ok && bound.codec.sameHub(here.value, ours.value);
}

/** Somebody changed it here since, and it is on its way: that is not taken back. */
const isNewerHere = (link: LinkState, line: LineKey | undefined, hub: Value): boolean =>
  line !== undefined && !LAZY_FIELDS.includes(hubFieldOf(line)) && !isSame(hub, link.shadow[line]?.hub);

function staysThere(ctx: RunContext, kind: Kind, field: string): LeftWhy | null {
  const lines = ctx.connection.mappings.filter((line) => line.kind === kind && line.crm === field);
  if (lines.some((line) => line.optOut === true)) return 'opt_out';
  if (lines.some((line) => line.consent !== undefined)) return 'consent';
  const schema = ctx.schema.kinds[kind]?.find((one) => one.key === field);
  if (schema === undefined) return 'field_gone';
  return schema.calculated || !schema.writableOnUpdate ? 'not_writable' : null;
}

/** A record that the run made goes only untouched: we were the last to write it, and nothing a rep did there came in since. */
function decideMade(ctx: RunContext, known: Known, { deed, contact, link }: Omit<Pair, 'record'>): DecidedInCrm {
  const answer = (made: Undone['made']): DecidedInCrm => ({
    undone: { deed, back: [], left: [], made },
    write: null,
    goes: made === 'goes' ? link : null,
    contact,
  });
  if (isBegun(ctx, link)) return answer('goes');
  const record = known.records.get(link.crmId);
  if (record === undefined || record.convertedTo !== undefined) return answer('record_gone');
  if (link.state === 'frozen') return answer('frozen');
  if (ctx.connector.deletion === undefined) return answer('cannot_delete');
  const isOurLast = record.byUs === true || (link.crmModifiedAt !== null && record.modifiedAt <= link.crmModifiedAt);
  if (!isOurLast || known.cameInSince.has(contact.id) || record.kind === 'contact') return answer('touched');
  return answer(ctx.run.dryRun || known.work.deleteCreated ? 'goes' : 'not_ticked');
}

/** This very undo has asked for it, and heard no answer. */
const isBegun = (ctx: RunContext, link: LinkState): boolean =>
  link.state === 'deleted' &&
  link.stateWhy === 'undone' &&
  Object.values(link.holds).some((hold) => hold.run === ctx.run.id);
