import { sql } from 'kysely';
import type { RemoteRecord } from '../connectors/kit/connector.ts';
import type { Fields, Kind } from '../core/model.ts';
import { contactsById } from '../hub/read-contacts.ts';
import { connect } from './connect.ts';
import { type Connection, loadConnection, manifestOf } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { freshSchema } from './schema-cache.ts';

/** A real person of the CRM, with what both sides hold, so that a mapping can be told by an example. */
export interface ExamplePerson {
  readonly id: string;
  readonly name: string;
  /** The CRM's values by its own keys. */
  readonly crm: Fields;
  /** null: not in the hub yet. */
  readonly hub: Fields | null;
}

const HOW_MANY = 5;
/** Among so many of those that were last in step, the best filled are chosen. */
const LOOKED_AT = 300;

/**
 * A few people of one kind, the best filled ones first: linked people are read by their ids; where nobody is linked yet,
 * the first of a full read. One call to the CRM, two where a list does not carry every field.
 */
export async function examplePeople(deps: EngineDeps, idOrName: string, kind: Kind): Promise<readonly ExamplePerson[]> {
  const connection = await loadConnection(deps.store.db, idOrName);
  const { connector } = await connect(deps, connection);
  const schema = await freshSchema(deps, connection, connector);
  const fields = (schema.kinds[kind] ?? []).map((field) => field.key);
  if (fields.length === 0) return [];
  const linked = await linkedPeople(deps, connection, kind);
  const records =
    linked.length > 0
      ? await connector.readByIds(
          kind,
          linked.map((one) => one.crm_id),
          fields,
        )
      : await firstOfAll(deps, connection, kind, fields);
  const contactOf = new Map(linked.map((one) => [one.crm_id, one.contact_id]));
  const contacts = await contactsById(deps.store.db, [...contactOf.values()], deps.baseUrl);
  const byId = new Map(contacts.map((one) => [one.id, one]));
  // A CRM answers in its own order; the best filled come first.
  const place = new Map(linked.map((one, index) => [one.crm_id, index]));
  const inOrder = [...records].sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
  return inOrder.slice(0, HOW_MANY).map((record) => {
    const contact = byId.get(contactOf.get(record.id) ?? '');
    return {
      id: record.id,
      name: nameOf(contact?.fields ?? {}, record),
      crm: record.fields,
      hub: contact?.fields ?? null,
    };
  });
}

function nameOf(hub: Fields, record: RemoteRecord): string {
  const name = [hub['first_name'], hub['last_name']].filter((part) => typeof part === 'string').join(' ');
  return name === '' ? (record.emails[0] ?? record.id) : name;
}

async function linkedPeople(deps: EngineDeps, connection: Connection, kind: Kind) {
  const found = await sql<{ crm_id: string; contact_id: string }>`
    with latest as (
      select crm_id, contact_id from links
       where connection_id = ${connection.id} and kind = ${kind} and role = 'primary' and state = 'active' and contact_id is not null
       order by created_at, id limit ${LOOKED_AT}
    )
    select l.crm_id, l.contact_id from latest l join contacts c on c.id = l.contact_id
     order by (select count(*) from jsonb_object_keys(c.fields)) desc, l.crm_id limit ${HOW_MANY}`.execute(
    deps.store.db,
  );
  return found.rows;
}

/** A feed where reading on is a receipt is not read for an example. */
async function firstOfAll(
  deps: EngineDeps,
  connection: Connection,
  kind: Kind,
  fields: readonly string[],
): Promise<readonly RemoteRecord[]> {
  const { feeds } = manifestOf(deps, connection.crm);
  const changes = feeds.filter((feed) => feed.carries === 'changes');
  const feed = changes.find((one) => one.kind === kind) ?? changes[0];
  if (feed === undefined || feed.acknowledged === true) return [];
  const { connector } = await connect(deps, connection);
  const page = await connector.readChanges(feed.name, null, { limit: HOW_MANY, fields, mode: 'full' });
  return page.changed.filter((record) => record.kind === kind);
}
