import { sql } from 'kysely';
import type { Finding } from '../connectors/kit/account.ts';
import type { Connector, Owner } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import { emailKey } from '../core/email.ts';
import { foldLabel, optionBook } from '../core/labels.ts';
import type { FieldSchema } from '../core/model.ts';
import type { Queryable } from '../store/db.ts';
import type { Connection } from './connection.ts';
import type { EngineDeps } from './deps.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Who can own records in this connection's CRM, as last read. */
export async function listOwners(q: Queryable, connectionId: string): Promise<readonly Owner[]> {
  const rows = await q
    .selectFrom('owners')
    .select(['crm_id', 'name', 'email', 'active'])
    .where('connection_id', '=', connectionId)
    .orderBy('name')
    .orderBy('crm_id')
    .execute();
  return rows.map((row) => ({ id: row.crm_id, name: row.name, email: row.email, active: row.active }));
}

/**
 * Reads the CRM's owners, at most once a day unless `force` says so; one statement whatever their number. Who is not there
 * any more stays known by name, as deactivated: records of the past still say who had them.
 * @returns what is in the way, where the CRM does not let us see its users.
 */
export async function refreshOwners(
  deps: EngineDeps,
  connection: Connection,
  connector: Connector,
  force = false,
): Promise<Finding | null> {
  const now = deps.clock.now();
  if (connector.people === undefined) return null;
  if (!force && connection.ownersReadAt !== null && now - connection.ownersReadAt < DAY_MS) return null;
  const owners = await connector.people.owners().catch((error: unknown) => {
    // Who may not see the other users may still do everything else.
    if (error instanceof RemoteError && ['forbidden', 'invalid', 'schema'].includes(error.kind)) return null;
    throw error;
  });
  if (owners === null) {
    await sql`update connections set owners_read_at = ${now} where id = ${connection.id}`.execute(deps.store.db);
    return { level: 'warning', code: 'owners_unreadable', params: {} };
  }
  await deps.store.transaction(async (trx) => {
    await sql`
      insert into owners (connection_id, crm_id, name, email, active, seen_at)
      select ${connection.id}::text, id, name, email, active, ${now}::bigint
        from jsonb_to_recordset(${JSON.stringify(owners)}::jsonb) as n(id text, name text, email text, active boolean)
      on conflict (connection_id, crm_id) do update set name = excluded.name, email = excluded.email, active = excluded.active, seen_at = excluded.seen_at`.execute(
      trx,
    );
    await sql`update owners set active = false where connection_id = ${connection.id} and seen_at < ${now} and active`.execute(
      trx,
    );
    await sql`update connections set owners_read_at = ${now} where id = ${connection.id}`.execute(trx);
  });
  return null;
}

/** Chooses who shall own a new record (R25); null: the CRM decides. */
export type ChooseOwner = (values: Readonly<Record<string, unknown>>) => Owner | null;

/**
 * The connection's map of owners, ready for use: a hub field's value → e-mail address of a CRM user; a value that is such
 * an address itself needs no entry; who is deactivated or unknown is replaced by the fallback.
 */
export function ownerChooser(
  settings: Connection['settings']['owners'],
  owners: readonly Owner[],
  hubFields: readonly FieldSchema[],
): ChooseOwner {
  if (!settings.assign) return () => null;
  const active = new Map(
    owners
      .filter((one) => one.active)
      .flatMap((one) => (one.email === null ? [] : [[ownerKey(one.email), one] as const])),
  );
  const map = new Map(Object.entries(settings.map).map(([value, email]) => [foldLabel(value), ownerKey(email)]));
  const fallback = settings.fallback === undefined ? null : (active.get(ownerKey(settings.fallback)) ?? null);
  const book = optionBook(hubFields.find((field) => field.key === settings.field)?.options);
  return (values) => {
    const value = values[settings.field];
    const texts = (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
      typeof one === 'string' && one.trim() !== '' ? [one, book.label(one)] : [],
    );
    for (const text of texts) {
      const owner = active.get(map.get(foldLabel(text)) ?? ownerKey(text));
      if (owner !== undefined) return owner;
    }
    return fallback;
  };
}

/** How addresses of owners are compared. */
export const ownerKey = (email: string): string => emailKey(email) ?? email.trim().toLowerCase();

/** What is wrong with a map of owners, for the preflight: nobody of that address, or deactivated. */
export function ownerFaults(
  settings: Connection['settings']['owners'],
  owners: readonly Owner[],
): readonly { readonly code: 'owner_unknown' | 'owner_inactive'; readonly email: string }[] {
  if (!settings.assign || owners.length === 0) return [];
  const byEmail = new Map<string, boolean>();
  for (const one of owners)
    if (one.email !== null) byEmail.set(ownerKey(one.email), one.active || byEmail.get(ownerKey(one.email)) === true);
  const named = [...Object.values(settings.map), ...(settings.fallback === undefined ? [] : [settings.fallback])];
  return [...new Set(named)]
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((email) => {
      const isActive = byEmail.get(ownerKey(email));
      return isActive === true
        ? []
        : [{ code: isActive === undefined ? 'owner_unknown' : 'owner_inactive', email } as const];
    });
}

/** Of each of these contacts: who owns its records, connection by connection. One statement for a page. */
export async function ownersOfContacts(
  q: Queryable,
  contactIds: readonly string[],
): Promise<
  ReadonlyMap<string, readonly { readonly connection: string; readonly name: string; readonly active: boolean }[]>
> {
  const rows = await sql<{ contact_id: string; connection: string; name: string; active: boolean }>`
    select l.contact_id, c.name as connection, coalesce(o.name, l.owner) as name, coalesce(o.active, true) as active
      from links l join connections c on c.id = l.connection_id left join owners o on o.connection_id = l.connection_id and o.crm_id = l.owner
     where l.contact_id = any(${contactIds as string[]}::text[]) and l.role = 'primary' and l.owner is not null and l.state <> 'deleted'
     order by c.name`.execute(q);
  const owners = new Map<string, { connection: string; name: string; active: boolean }[]>();
  for (const { contact_id: id, ...owner } of rows.rows) owners.set(id, [...(owners.get(id) ?? []), owner]);
  return owners;
}
