import { sql } from 'kysely';
import { emailKey } from '../core/email.ts';
import type { Fields, Origin, Origins } from '../core/model.ts';
import { packOrigins, type StoredOrigins } from '../core/origins.ts';
import type { Trx } from '../store/db.ts';
import { tellContacts } from '../store/webhook-events.ts';

/**
 * One contact as it shall be. The only door through which contacts' values change, whoever changes them: screen, form,
 * import, API or sync. So each change has its history row, and is owed to every exporting connection (R30b).
 */
export interface ContactWrite {
  /** Made by the caller (`ids.contact()`), also for a new contact, so that links can name it in the same transaction. */
  readonly id: string;
  readonly create: boolean;
  /** Changed fields only; null clears. May hold `email`; never `score`, `url` or `consent`. */
  readonly fields: Fields;
  /** One for each key of `fields`. */
  readonly origins: Origins;
}

export interface WriteContactsOptions {
  /** ms since 1970. */
  readonly at: number;
  /** Connections that the change came from: what they are owed, the caller marks itself. */
  readonly except?: readonly string[];
  /** A form's submission overtakes everything else (R35). */
  readonly express?: boolean;
  /** Why other connections owe something. */
  readonly reason?: string;
}

interface Row {
  id: string;
  email: string | null;
  email_key: string | null;
  fields: Fields;
  origins: StoredOrigins;
  /** Of an update: what its history rows are made of. */
  history?: Fields;
}

/**
 * Writes a page of contacts, at most 1,000, in a handful of statements whatever their number.
 * The caller has locked the rows of updated contacts in id order, or lets this statement do so.
 *
 * @throws the database's unique violation on `contacts_email`, at commit (R10b: e-mails may change hands in one transaction).
 */
export async function writeContacts(
  trx: Trx,
  writes: readonly ContactWrite[],
  options: WriteContactsOptions,
): Promise<void> {
  if (writes.length === 0) return;
  const creates = writes.filter((write) => write.create).map((write) => toRow(withFirstTouch(write, options.at)));
  const updates = writes.filter((write) => !write.create).map(toRow);
  if (creates.length > 0) await insert(trx, creates, options.at);
  if (updates.length > 0) await update(trx, updates, options.at);
  await markDue(
    trx,
    writes.map((write) => write.id),
    options,
  );
  await tellContacts(
    trx,
    writes.map(({ id, create, fields }) => ({ id, create, fields: Object.keys(fields) })),
    options.at,
  );
}

function toRow(write: ContactWrite): Row {
  const { email, ...fields } = write.fields;
  const address = typeof email === 'string' ? email.trim() : null;
  const key = address === null ? null : emailKey(address);
  if (write.create && key === null) throw new Error(`contact ${write.id} cannot be created without a usable e-mail`);
  return {
    id: write.id,
    email: key === null ? null : address,
    email_key: key,
    fields,
    origins: write.create ? packOrigins(write.origins) : write.origins,
    ...(write.create ? {} : { history: write.fields }),
  };
}

/** Whoever is entered by hand, by a list or by a CRM came by no visit; a form and a program know better. */
const OFFLINE: ReadonlySet<Origin['by']> = new Set(['person', 'import', 'sync']);

/** A new contact's first touch, where nobody says it (`docs/tracking.md`). In front: the last origin is what most have in common. */
function withFirstTouch(write: ContactWrite, at: number): ContactWrite {
  const by = write.origins['email']?.by;
  if (by === undefined || !OFFLINE.has(by) || write.fields['medium'] != null) return write;
  const origin: Origin = { by: 'system', at, rule: 'touch' };
  return {
    ...write,
    fields: { medium: 'offline', last_medium: 'offline', ...write.fields },
    origins: { medium: origin, last_medium: origin, ...write.origins },
  };
}

async function insert(trx: Trx, rows: readonly Row[], at: number): Promise<void> {
  await sql`
    insert into contacts (id, email, email_key, fields, origins, created_at, updated_at)
    select id, email, email_key, jsonb_strip_nulls(fields), origins, ${at}, ${at}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as n(id text, email text, email_key text, fields jsonb, origins jsonb)`.execute(trx);
}

async function update(trx: Trx, rows: readonly Row[], at: number): Promise<void> {
  // The old values are read by the same statement that replaces them, so history cannot tell another story.
  await sql`
    with n as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as n(id text, email text, email_key text, fields jsonb, origins jsonb, history jsonb)
    ), old as (
      select c.id, c.email, c.fields, c.origins from contacts c join n on n.id = c.id order by c.id for update of c
    ), written as (
      update contacts c
         set fields = jsonb_strip_nulls(c.fields || n.fields), origins = c.origins || n.origins,
             email = coalesce(n.email, c.email), email_key = coalesce(n.email_key, c.email_key),
             version = c.version + 1, updated_at = ${at}
        from n where n.id = c.id
    )
    insert into contact_history (contact_id, field, "from", "to", origin, from_origin, at)
    select old.id, f.key, case when f.key = 'email' then to_jsonb(old.email) else old.fields -> f.key end,
           f.value, coalesce(n.origins -> f.key, '{"by":"system","at":null}'::jsonb), origin_of(old.origins, f.key), ${at}
      from n join old on old.id = n.id cross join lateral jsonb_each(n.history) as f(key, value)
     where f.value is distinct from
           coalesce(case when f.key = 'email' then to_jsonb(old.email) else old.fields -> f.key end, 'null'::jsonb)`.execute(
    trx,
  );
}

/**
 * Owes these contacts to every connection that exports (R30b). The mark's version rises when it is there already, so that
 * a run which has taken the older version does not remove the newer debt. Under the minimum score too: a run counts
 * those that changed as `filtered` (R43).
 */
export async function markDue(trx: Trx, contactIds: readonly string[], options: WriteContactsOptions): Promise<void> {
  if (contactIds.length === 0) return;
  await sql`
    insert into due (connection_id, side, subject, reason, express, created_at)
    select c.id, 'crm', s.id, ${options.reason ?? 'hub_change'}, ${options.express ?? false}, ${options.at}
      from connections c cross join unnest(${contactIds as string[]}::text[]) as s(id)
     where c.disconnected_at is null and (c.settings -> 'export' ->> 'enabled')::boolean
       and c.id <> all(${(options.except ?? []) as string[]}::text[])
    on conflict (connection_id, side, subject) do update
      set version = due.version + 1, not_before = 0, tries = 0,
          -- A change of the score alone is the weakest reason (R23): it does not hide another one.
          reason = case when excluded.reason = 'score' then due.reason else excluded.reason end,
          express = due.express or excluded.express`.execute(trx);
}
