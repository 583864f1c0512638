import { sql } from 'kysely';
import { type Pasted, readPasted } from '../core/pasted.ts';
import { findContact } from '../hub/read-contacts.ts';
import type { EngineDeps } from './deps.ts';

/** Where something that was pasted is found. */
export type Found =
  | { readonly kind: 'contact'; readonly id: string; readonly label: string }
  | { readonly kind: 'run'; readonly id: string; readonly connection: string }
  /** A record of a CRM that is no contact here: searched by what is known of it. */
  | { readonly kind: 'record'; readonly connection: string; readonly crmId: string; readonly search: string }
  /** Nothing of that name: to be searched as words. */
  | { readonly kind: 'search'; readonly search: string };

/**
 * *Paste anything*: a link to a record in a CRM, an e-mail address, the id or address of a contact or a run. Looks only at
 * our own tables; three indexed statements at most.
 * @param rights.runs whether the caller may see runs and what did not come in
 */
export async function findAnything(deps: EngineDeps, text: string, rights: { readonly runs: boolean }): Promise<Found> {
  const pasted = readPasted(text);
  return (
    (await findOurs(deps, pasted, rights.runs)) ??
    (await findRecord(deps, pasted, rights.runs)) ?? { kind: 'search', search: pasted.email ?? pasted.text }
  );
}

/** By an id of ours, or by address: the main one first, then the others that people are known by. */
async function findOurs({ store, baseUrl }: EngineDeps, pasted: Pasted, runs: boolean): Promise<Found | null> {
  const { db } = store;
  if (pasted.runId !== null && runs) {
    const run = await db
      .selectFrom('runs')
      .select(['id', 'connection_name'])
      .where('id', '=', pasted.runId)
      .executeTakeFirst();
    if (run !== undefined) return { kind: 'run', id: run.id, connection: run.connection_name };
  }
  const key = pasted.contactId ?? pasted.email;
  if (key === null) return null;
  const contact = await findContact(db, key, baseUrl);
  return contact === undefined ? null : { kind: 'contact', id: contact.id, label: contact.email };
}

interface RecordRow {
  connection: string;
  crm_id: string;
  contact_id: string | null;
  email: string | null;
  known_as: string | null;
}

/**
 * By the CRM's id, present or former; Salesforce's of 15 characters too, which stand in old addresses. Of several the one
 * whose own address has the same host, then the piece furthest to the right.
 */
async function findRecord({ store }: EngineDeps, pasted: Pasted, mayKnow: boolean): Promise<Found | null> {
  if (pasted.crmIds.length === 0) return null;
  const host = pasted.url?.host ?? '';
  const ids = pasted.crmIds.slice(0, 12);
  const short = ids.filter((id) => /^[A-Za-z0-9]{15}$/.test(id));
  const rows = await sql<RecordRow>`
    select c.name as connection, d.crm_id, l.contact_id, k.email, coalesce(d.emails[1], d.name) as known_as
      from connections c
      join directory d on d.connection_id = c.id
       and (d.crm_id = any(${ids}::text[]) or (d.crm_id = any(array(select l2.crm_id from links l2 where l2.connection_id = c.id and l2.former_ids <> '{}' and l2.former_ids && ${ids}::text[]))))
      left join links l on l.connection_id = c.id and l.crm_id = d.crm_id
      left join contacts k on k.id = l.contact_id
     where c.disconnected_at is null
     order by (coalesce(l.crm_url, '') like '%' || ${host} || '%' and ${host} <> '') desc, (l.contact_id is not null) desc,
              array_position(${ids}::text[], d.crm_id), c.name limit 1`.execute(store.db);
  const row = rows.rows[0] ?? (short.length === 0 ? undefined : await byShortId(store, short));
  if (row === undefined) return null;
  if (row.contact_id !== null && row.email !== null) return { kind: 'contact', id: row.contact_id, label: row.email };
  if (!mayKnow) return null;
  return { kind: 'record', connection: row.connection, crmId: row.crm_id, search: row.known_as ?? '' };
}

/** The first 15 of 18 characters are the record. */
async function byShortId(store: EngineDeps['store'], short: readonly string[]): Promise<RecordRow | undefined> {
  const rows = await sql<RecordRow>`
    select c.name as connection, d.crm_id, l.contact_id, k.email, coalesce(d.emails[1], d.name) as known_as
      from connections c cross join unnest(${short as string[]}::text[]) as s(id)
      join directory d on d.connection_id = c.id and d.crm_id >= s.id and d.crm_id < s.id || '~' and left(d.crm_id, 15) = s.id and length(d.crm_id) = 18
      left join links l on l.connection_id = c.id and l.crm_id = d.crm_id
      left join contacts k on k.id = l.contact_id
     where c.disconnected_at is null and c.crm = 'salesforce' limit 1`.execute(store.db);
  return rows.rows[0];
}
