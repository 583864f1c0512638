import { sql } from 'kysely';
import { consentKey } from '../core/consent-codec.ts';
import type { Hold } from '../core/decide.ts';
import { emailKey } from '../core/email.ts';
import type { ConsentState, Fields, Kind, LineKey, Origins, Outcome, Shadow } from '../core/model.ts';
import { type StoredOrigins, unpackOrigins } from '../core/origins.ts';
import { findErased } from '../hub/privacy/erasure-list.ts';
import { contactUrl } from '../hub/read-contacts.ts';
import type { Trx } from '../store/db.ts';
import { readTugs } from './tug-of-war.ts';

/** A link as a page works on it; `dirty` ones are written back. */
export interface LinkState {
  id: string;
  contactId: string | null;
  kind: Kind;
  crmId: string;
  formerIds: readonly string[];
  role: 'primary' | 'duplicate' | 'merged_away';
  state: 'active' | 'frozen' | 'deleted' | 'converted';
  stateSince: number | null;
  stateWhy: string | null;
  shadow: Shadow;
  shadowVersion: number;
  /** Shadow and holds as they stand in the database, at `shadowVersion`. */
  base: Pick<LinkState, 'shadow' | 'holds'>;
  holds: Readonly<Record<LineKey, Hold>>;
  crmVersion: string | null;
  crmModifiedAt: number | null;
  crmUrl: string | null;
  owner: string | null;
  /** When score, status or address were told by this page (R23); null: not by this one, and the stored date stays. */
  calculatedSentAt: number | null;
  /** Lines that went to and fro too often since yesterday (R48). */
  tugs: ReadonlySet<LineKey>;
  isNew: boolean;
  dirty: boolean;
}

export interface ContactState {
  id: string;
  email: string;
  emailKey: string;
  /** Further addresses, normalised, as far as they were asked for (R10c). */
  otherEmails: ReadonlySet<string>;
  fields: Fields;
  origins: Origins;
  score: number;
  optOutLiftedAt: number | null;
  /** The latest record of each purpose, where the page's lines carry one (R8a). */
  consents: Readonly<Record<string, ConsentState>>;
  /** Out of the lists, and made in no CRM; what is linked stays in step. */
  archived: boolean;
  isNew: boolean;
}

/** A contact's values as mapping lines see them. */
export const hubValues = (contact: ContactState, baseUrl: string): Fields => ({
  ...contact.fields,
  ...byPurpose(contact, (state) => (state.given ? 'given' : 'withdrawn')),
  email: contact.email,
  score: contact.score,
  url: contactUrl(baseUrl, contact.id),
});

/** R4: when a person entered each value; what a sync brought keeps the date it had in the CRM it came from. */
export const hubDates = (contact: ContactState): Readonly<Record<string, number | null>> =>
  Object.fromEntries([
    ...Object.entries(contact.origins).map(([key, origin]) => [key, origin.at] as const),
    ...Object.entries(byPurpose(contact, (state) => state.at)),
  ]);

const byPurpose = <T>(contact: ContactState, read: (state: ConsentState) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(contact.consents).map(([purpose, state]) => [consentKey(purpose), read(state)]));

interface LinkRow {
  id: string;
  contact_id: string | null;
  kind: Kind;
  crm_id: string;
  former_ids: string[];
  role: LinkState['role'];
  state: LinkState['state'];
  state_since: number | null;
  state_why: string | null;
  shadow: Shadow;
  shadow_version: number;
  holds: Readonly<Record<LineKey, Hold>>;
  crm_version: string | null;
  crm_modified_at: number | null;
  crm_url: string | null;
  owner: string | null;
}

export const NO_EMAILS: ReadonlySet<string> = new Set();
export const NO_TUGS: ReadonlySet<LineKey> = new Set();

const linkColumns = sql`l.id, l.contact_id, l.kind, l.crm_id, l.former_ids, l.role, l.state, l.state_since, l.state_why, l.shadow, l.shadow_version,
  l.holds, l.crm_version, l.crm_modified_at, l.crm_url, l.owner`;

const toLink = (row: LinkRow, tugs: ReadonlySet<LineKey>): LinkState => ({
  id: row.id,
  contactId: row.contact_id,
  kind: row.kind,
  crmId: row.crm_id,
  formerIds: row.former_ids,
  role: row.role,
  state: row.state,
  stateSince: row.state_since,
  stateWhy: row.state_why,
  shadow: row.shadow,
  shadowVersion: row.shadow_version,
  base: { shadow: row.shadow, holds: row.holds },
  holds: row.holds,
  crmVersion: row.crm_version,
  crmModifiedAt: row.crm_modified_at,
  crmUrl: row.crm_url,
  owner: row.owner,
  calculatedSentAt: null,
  tugs,
  isNew: false,
  dirty: false,
});

/** Links of these CRM ids (present or former) or of these contacts; locked in id order when a page will write. */
export async function readLinks(
  trx: Trx,
  connectionId: string,
  wanted: {
    readonly crmIds: readonly string[];
    readonly contactIds: readonly string[];
    readonly lock: boolean;
    readonly now: number;
  },
): Promise<LinkState[]> {
  const ids = await findLinks(trx, connectionId, wanted);
  if (ids.length === 0) return [];
  const lock = wanted.lock ? sql`for update` : sql``;
  const rows = await sql<LinkRow>`
    select ${linkColumns} from links l where l.id = any(${ids}::text[]) order by l.id ${lock}`.execute(trx);
  const tugs = await readTugs(trx, ids, wanted.now);
  return rows.rows.map((row) => toLink(row, tugs.get(row.id) ?? NO_TUGS));
}

/**
 * Each way to a link by its own index; a page of new records finds nobody and is done with it. Key by key (`offset 0`):
 * a database without statistics would rather look through all links of the connection, for every page.
 */
async function findLinks(
  trx: Trx,
  connectionId: string,
  { crmIds, contactIds }: { readonly crmIds: readonly string[]; readonly contactIds: readonly string[] },
): Promise<string[]> {
  const ways = [
    ...(crmIds.length === 0
      ? []
      : [
          sql`select l.id from unnest(${crmIds as string[]}::text[]) as k(id) cross join lateral (
                select id from links where connection_id = ${connectionId} and crm_id = k.id offset 0) l`,
          sql`select l.id from links l cross join lateral unnest(l.former_ids) as f(id)
               where l.connection_id = ${connectionId} and l.former_ids <> '{}' and f.id = any(${crmIds as string[]}::text[])`,
        ]),
    ...(contactIds.length === 0
      ? []
      : [
          sql`select l.id from unnest(${contactIds as string[]}::text[]) as k(id) cross join lateral (
                select id, connection_id from links where contact_id = k.id offset 0) l where l.connection_id = ${connectionId}`,
        ]),
  ];
  if (ways.length === 0) return [];
  const rows = await sql<{ id: string }>`${sql.join(ways, sql` union `)}`.execute(trx);
  return rows.rows.map((row) => row.id);
}

interface ContactRow {
  id: string;
  email: string;
  email_key: string;
  fields: Fields;
  origins: StoredOrigins;
  score: number;
  opt_out_lifted_at: number | null;
  archived_at: number | null;
  consents?: Readonly<Record<string, ConsentState>> | null;
}

/** R8a: what each purpose's latest record says, by purpose. */
const latestConsents = sql`,
    (select jsonb_object_agg(k.purpose, jsonb_build_object('given', k.given, 'at', k.at, 'proven', k.proven, 'how', k.how))
       from (select distinct on (purpose) purpose, given, at, proven, how from consents
              where contact_id = contacts.id order by purpose, at desc, id desc) k) as consents`;

/** Contacts by id or by main address; locked in id order when a page will write. */
export async function readContacts(
  trx: Trx,
  wanted: {
    readonly ids: readonly string[];
    readonly emailKeys: readonly string[];
    readonly lock: boolean;
    /** Whether any line carries a purpose. */
    readonly consents: boolean;
  },
): Promise<ContactState[]> {
  const lock = wanted.lock ? sql`for update` : sql``;
  const rows = await sql<ContactRow>`
    select id, email, email_key, fields, origins, score, opt_out_lifted_at, archived_at${wanted.consents ? latestConsents : sql``} from contacts
     where id = any(${wanted.ids as string[]}::text[]) or email_key = any(${wanted.emailKeys as string[]}::text[])
     order by id ${lock}`.execute(trx);
  return rows.rows.map((row) => ({
    id: row.id,
    email: row.email,
    emailKey: row.email_key,
    otherEmails: NO_EMAILS,
    fields: row.fields,
    origins: unpackOrigins(row.origins),
    score: row.score,
    optOutLiftedAt: row.opt_out_lifted_at,
    consents: row.consents ?? {},
    archived: row.archived_at !== null,
    isNew: false,
  }));
}

const keysOf = new WeakMap<readonly string[], readonly string[]>();

/** Normalised addresses, main one first; unusable ones left out. A record's are asked for at every turn of its decision. */
export function emailKeys(emails: readonly string[]): readonly string[] {
  const known = keysOf.get(emails);
  if (known !== undefined) return known;
  const keys = [...new Set(emails.flatMap((email) => emailKey(email) ?? []))];
  keysOf.set(emails, keys);
  return keys;
}

/** The contact's id inside the address that we write into the link-back field, or the id itself. */
export const contactIdOf = (linkBack: string | null): string | null =>
  /(?:^|\/contacts\/)(ct_[0-9a-z]+)\/?$/.exec(linkBack ?? '')?.[1] ?? null;

export interface PageState {
  readonly byCrmId: Map<string, LinkState>;
  readonly byFormerId: Map<string, LinkState>;
  /** The primary link of a contact on this connection. */
  readonly primaryOf: Map<string, LinkState>;
  readonly contacts: Map<string, ContactState>;
  readonly byEmail: Map<string, ContactState>;
  /** Address → contacts that have it beside their main one. */
  readonly byOtherEmail: ReadonlyMap<string, ReadonlySet<string>>;
  /** The main address of each record of this page, by CRM id: who gives one up in it. */
  readonly incoming: Map<string, string>;
  /** CRM ids and addresses that are not imported again (R18). */
  readonly tombstones: ReadonlySet<string>;
  /** CRM ids and addresses of people who were erased: nothing of them is kept, not even in the directory (R18). */
  readonly erased: ReadonlySet<string>;
  /** Address → contact, of creates that are on their way (R31c). */
  readonly openIntents: ReadonlyMap<string, string>;
  /** What became of records in this run so far, by CRM id (R43). */
  readonly outcomes: Map<string, Outcome>;
  /** CRM id → how the directory knows it, to name duplicates. */
  readonly names: ReadonlyMap<
    string,
    {
      readonly name: string;
      readonly modifiedAt: number | null;
      /** R38: its person was made by a run that was undone; not made again until it is changed after this. */
      readonly undoneAt: number | null;
    }
  >;
}

/** Tells contacts their further addresses. */
export function giveOtherEmails(
  contacts: Iterable<ContactState>,
  rows: readonly { readonly email_key: string; readonly contact_id: string }[],
): void {
  if (rows.length === 0) return;
  const others = Map.groupBy(rows, (row) => row.contact_id);
  for (const contact of contacts) {
    const theirs = others.get(contact.id);
    if (theirs !== undefined) contact.otherEmails = new Set(theirs.map((row) => row.email_key));
  }
}

/** All that a page's decisions look at, in some statements; rows that may be written are locked. */
export async function readPageState(
  trx: Trx,
  connectionId: string,
  wanted: {
    readonly crmIds: readonly string[];
    readonly emailKeys: readonly string[];
    readonly linkBacks: readonly string[];
    readonly consents: boolean;
    readonly runId: string;
    readonly now: number;
  },
): Promise<PageState> {
  const direct = await readLinks(trx, connectionId, {
    crmIds: wanted.crmIds,
    contactIds: [],
    lock: true,
    now: wanted.now,
  });
  const linkedIds = direct.flatMap((link) => link.contactId ?? []);
  const intents = await sql<{ email_key: string; contact_id: string }>`
    select email_key, contact_id from intents where connection_id = ${connectionId} and op = 'create'
       and email_key = any(${wanted.emailKeys as string[]}::text[])`.execute(trx);
  const further = await sql<{ email_key: string; contact_id: string }>`
    select email_key, contact_id from contact_emails where email_key = any(${wanted.emailKeys as string[]}::text[]) order by contact_id`.execute(
    trx,
  );
  const contactIds = [
    ...linkedIds,
    ...wanted.linkBacks,
    ...[...intents.rows, ...further.rows].map((row) => row.contact_id),
  ];
  const contacts = await readContacts(trx, {
    ids: contactIds,
    emailKeys: wanted.emailKeys,
    lock: true,
    consents: wanted.consents,
  });
  const known = new Set(direct.map((link) => link.id));
  const others = (
    await readLinks(trx, connectionId, {
      crmIds: [],
      contactIds: contacts.map((contact) => contact.id),
      lock: true,
      now: wanted.now,
    })
  ).filter((link) => !known.has(link.id));
  const tombstones = await sql<{ key: string }>`
    select coalesce(crm_id, email_key) as key from tombstones
     where (connection_id = ${connectionId} and crm_id = any(${wanted.crmIds as string[]}::text[])) or email_key = any(${wanted.emailKeys as string[]}::text[])`.execute(
    trx,
  );
  const byOtherEmail = new Map<string, Set<string>>();
  for (const row of further.rows)
    byOtherEmail.set(row.email_key, (byOtherEmail.get(row.email_key) ?? new Set<string>()).add(row.contact_id));
  giveOtherEmails(contacts, further.rows);
  const erased = await findErased(trx, { ...wanted, connectionId });
  const links = [...direct, ...others];
  const inDirectory = await readDirectory(trx, connectionId, {
    crmIds: [...new Set([...links.map((link) => link.crmId), ...wanted.crmIds])],
    runId: wanted.runId,
  });
  return {
    byCrmId: new Map(links.map((link) => [link.crmId, link])),
    byFormerId: new Map(links.flatMap((link) => link.formerIds.map((id) => [id, link] as const))),
    primaryOf: new Map(
      links.flatMap((link) =>
        link.contactId !== null && link.role === 'primary' ? [[link.contactId, link] as const] : [],
      ),
    ),
    contacts: new Map(contacts.map((contact) => [contact.id, contact])),
    byEmail: new Map(contacts.map((contact) => [contact.emailKey, contact])),
    byOtherEmail,
    incoming: new Map(),
    tombstones: new Set(tombstones.rows.map((row) => row.key)),
    erased,
    openIntents: new Map(intents.rows.map((row) => [row.email_key, row.contact_id])),
    ...inDirectory,
  };
}

/** What the directory knows of records, and what this run did with them. */
async function readDirectory(
  trx: Trx,
  connectionId: string,
  wanted: { readonly crmIds: readonly string[]; readonly runId: string },
): Promise<Pick<PageState, 'names' | 'outcomes'>> {
  const { rows } = await sql<{
    crm_id: string;
    name: string | null;
    modified_at: number | null;
    undone_at: number | null;
    outcome: Outcome | null;
  }>`
    select crm_id, name, modified_at, undone_at, case when seen_run = ${wanted.runId} then seen_outcome end as outcome
      from directory where connection_id = ${connectionId} and crm_id = any(${wanted.crmIds as string[]}::text[])`.execute(
    trx,
  );
  return {
    names: new Map(
      rows.map((row) => [row.crm_id, { name: row.name ?? '', modifiedAt: row.modified_at, undoneAt: row.undone_at }]),
    ),
    outcomes: new Map(rows.flatMap((row) => (row.outcome === null ? [] : [[row.crm_id, row.outcome]]))),
  };
}
