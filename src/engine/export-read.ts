import { sql } from 'kysely';
import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { chunks } from '../connectors/kit/read.ts';
import { isSame } from '../core/value.ts';
import { contactUrl } from '../hub/read-contacts.ts';
import type { DueMark } from '../store/due.ts';
import { inDirectory } from './directory-lookup.ts';
import {
  type ContactState,
  emailKeys,
  giveOtherEmails,
  hubValues,
  type LinkState,
  readContacts,
  readLinks,
} from './page-state.ts';
import { readLinked } from './read-linked.ts';
import { carriesConsent, type RunContext } from './run-context.ts';
import { LAZY_FIELDS } from './settle-hub.ts';
import { hubFieldOf } from './undo-lines.ts';

/** One person that the CRM is owed something for. */
export interface Owed {
  readonly mark: DueMark;
  readonly contact: ContactState;
  /** The primary link, if any. */
  readonly link: LinkState | null;
  /** The linked record as it is now, or the one found for an unlinked person. */
  readonly record: RemoteRecord | null;
  /** Records that have this person's address, for unlinked people. */
  readonly found: readonly RemoteRecord[];
}

export interface Batch {
  readonly owed: readonly Owed[];
  /** Marks of contacts that are not there any more. */
  readonly vanished: readonly DueMark[];
  /** CRM ids that are gone although linked. */
  readonly missing: ReadonlySet<string>;
  /** CRM id → its link, of the records that were found for unlinked people. */
  readonly known: ReadonlyMap<string, LinkState>;
  /** Links whose record was deleted by an undo, of people who were changed since: they are made like anybody (R38). */
  readonly ended: readonly string[];
  /** Contacts whose record was merged into another person's: none is made anew for them (R18b). */
  readonly mergedAway: ReadonlySet<string>;
  /** Contact → line ('' : as a whole) → fingerprint of its open rejection (R15b). */
  readonly rejected: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Who passes the gates and has no link yet, so that the CRM must be searched (R13). */
export function mayBeCreated(ctx: RunContext, contact: ContactState): boolean {
  const { minimumScore } = ctx.connection.settings.export;
  return !contact.archived && minimumScore !== undefined && contact.score >= minimumScore;
}

/** Reads both sides of a batch: the hub by some statements, the CRM in the largest batches it has (R32, R33). */
export async function readBatch(ctx: RunContext, marks: readonly DueMark[]): Promise<Batch> {
  const { deps, connection } = ctx;
  const ids = marks.map((mark) => mark.subject);
  const { contacts, links, rejected } = await deps.store.transaction(async (trx) => {
    const people = await readContacts(trx, { ids, emailKeys: [], lock: false, consents: carriesConsent(ctx.lines) });
    const rows = await readLinks(trx, connection.id, {
      crmIds: [],
      contactIds: ids,
      lock: false,
      now: deps.clock.now(),
    });
    const open = await sql<{ contact_id: string; line: string; fingerprint: string }>`
      select contact_id, line, fingerprint from rejections where connection_id = ${connection.id} and direction = 'toCrm' and resolved_at is null
         and contact_id = any(${ids}::text[])`.execute(trx);
    const byContact = new Map<string, Map<string, string>>();
    for (const row of open.rows)
      byContact.set(
        row.contact_id,
        (byContact.get(row.contact_id) ?? new Map<string, string>()).set(row.line, row.fingerprint),
      );
    return { contacts: new Map(people.map((one) => [one.id, one])), links: rows, rejected: byContact };
  });
  giveOtherEmails(contacts.values(), await furtherEmails(ctx, ids));
  const ended = new Set(links.filter((link) => isEnded(ctx, link, contacts.get(link.contactId ?? ''))));
  const primary = new Map(
    links.flatMap((link) =>
      link.role === 'primary' && link.contactId !== null && !ended.has(link) ? [[link.contactId, link] as const] : [],
    ),
  );
  const linked = await readLinked(
    ctx,
    [...primary.values()].filter((link) => link.state === 'active' || link.state === 'frozen'),
  );
  const mergedAway = new Set(
    links.flatMap((link) =>
      link.role === 'merged_away' && link.contactId !== null && !primary.has(link.contactId) ? [link.contactId] : [],
    ),
  );
  const searching = marks
    .flatMap((mark) => contacts.get(mark.subject) ?? [])
    .filter((contact) => !primary.has(contact.id) && !mergedAway.has(contact.id) && mayBeCreated(ctx, contact));
  const found = await lookUp(ctx, searching);
  const foundIds = [...found.values()].flat().flatMap((record) => [record.id, record.convertedTo?.id ?? record.id]);
  const taken =
    foundIds.length === 0
      ? []
      : await deps.store.transaction((trx) =>
          readLinks(trx, connection.id, { crmIds: foundIds, contactIds: [], lock: false, now: deps.clock.now() }),
        );
  const owed = marks.flatMap((mark): Owed[] => {
    const contact = contacts.get(mark.subject);
    if (contact === undefined) return [];
    const link = primary.get(contact.id) ?? null;
    const record = link === null ? null : (linked.get(link.crmId) ?? null);
    return [{ mark, contact, link, record, found: found.get(contact.id) ?? [] }];
  });
  const missing = new Set(
    [...primary.values()]
      .filter((link) => link.state === 'active' && !linked.has(link.crmId))
      .map((link) => link.crmId),
  );
  const known = new Map(taken.map((link) => [link.crmId, link]));
  const vanished = marks.filter((mark) => !contacts.has(mark.subject));
  return { owed, vanished, missing, known, ended: [...ended].map((link) => link.id), mergedAway, rejected };
}

/** R38: held until the contact is changed here; score, status and the address of the page are not changed by anybody. */
function isEnded(ctx: RunContext, link: LinkState, contact: ContactState | undefined): boolean {
  if (link.state !== 'deleted' || link.stateWhy !== 'undone' || contact === undefined) return false;
  const hub = hubValues(contact, ctx.deps.baseUrl);
  return Object.entries(link.holds).some(([line, hold]) => {
    const field = hubFieldOf(line);
    return !LAZY_FIELDS.includes(field) && !isSame(hub[field] ?? null, hold.hub);
  });
}

/** The further addresses of these people (R10c). */
const furtherEmails = (ctx: RunContext, contactIds: readonly string[]) =>
  ctx.deps.store.db
    .selectFrom('contact_emails')
    .select(['email_key', 'contact_id'])
    .where(sql<boolean>`contact_id = any(${contactIds as string[]}::text[])`)
    .orderBy('email_key')
    .execute();

/** Every address that a person may be found by, the main one first. */
const keysOf = (contact: ContactState): readonly string[] => [contact.emailKey, ...contact.otherEmails];

const onceEach = (records: readonly RemoteRecord[]): RemoteRecord[] => [
  ...new Map(records.map((record) => [record.id, record])).values(),
];

/**
 * R13, R33: whoever is not linked is searched before being created: the directory of all records ever read first, by id
 * then; the CRM by address for the rest, every kind, converted leads and further addresses included.
 */
async function lookUp(ctx: RunContext, people: readonly ContactState[]): Promise<Map<string, RemoteRecord[]>> {
  const result = new Map<string, RemoteRecord[]>();
  if (people.length === 0) return result;
  const known = await fromDirectory(ctx, people.flatMap(keysOf));
  const unknown: ContactState[] = [];
  for (const contact of people) {
    const records = onceEach(keysOf(contact).flatMap((key) => known.get(key) ?? []));
    if (records.length > 0) result.set(contact.id, records);
    else unknown.push(contact);
  }
  const keys = unknown.flatMap((contact) => keysOf(contact).map((email) => ({ contact, email })));
  const answers =
    keys.length === 0
      ? []
      : await ctx.connector.findByKeys(
          keys.map(({ email }) => ({ email })),
          ctx.asked,
        );
  for (const [index, { contact }] of keys.entries())
    result.set(contact.id, onceEach([...(result.get(contact.id) ?? []), ...(answers[index]?.records ?? [])]));
  return result;
}

async function fromDirectory(ctx: RunContext, keys: readonly string[]): Promise<Map<string, RemoteRecord[]>> {
  const rows = await inDirectory(ctx.connection.id, keys).execute(ctx.deps.store.db);
  const records = new Map<string, RemoteRecord>();
  for (const kind of ctx.manifest.kinds) {
    const ids = rows.rows.filter((row) => row.kind === kind).map((row) => row.crm_id);
    if (ids.length === 0) continue;
    for (const record of await ctx.connector.readByIds(kind, [...new Set(ids)], ctx.asked))
      records.set(record.id, record);
  }
  const result = new Map<string, RemoteRecord[]>();
  for (const row of rows.rows) {
    const record = records.get(row.crm_id);
    // The directory is as old as the last read: a record that gave the address up since is somebody else.
    if (record === undefined || !emailKeys(record.emails).includes(row.email)) continue;
    result.set(row.email, [...(result.get(row.email) ?? []), record]);
  }
  return result;
}

/** Creates whose answer never came: by link-back, then by the e-mail as sent (R31). */
export async function findCreated(
  ctx: RunContext,
  wanted: readonly { readonly contactId: string; readonly emailKey: string }[],
): Promise<Map<string, RemoteRecord>> {
  const result = new Map<string, RemoteRecord>();
  for (const part of chunks(wanted, 500)) {
    const keys = part.flatMap((one) => [
      ...(ctx.systemFields.url === null ? [] : [{ linkBack: contactUrl(ctx.deps.baseUrl, one.contactId) }]),
      { email: one.emailKey },
    ]);
    const answers = await ctx.connector.findByKeys(keys, ctx.asked);
    for (const one of part) {
      const record = answers.find(
        (answer) =>
          answer.records.length > 0 &&
          ('email' in answer.key
            ? answer.key.email === one.emailKey
            : answer.key.linkBack === contactUrl(ctx.deps.baseUrl, one.contactId)),
      )?.records[0];
      if (record !== undefined) result.set(one.contactId, record);
    }
  }
  return result;
}
