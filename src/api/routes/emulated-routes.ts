import { sql } from 'kysely';
import { z } from 'zod';
import { NotFound } from '../../core/invalid-input.ts';
import { KINDS } from '../../core/model.ts';
import { type Connection, listConnections, loadConnection, manifestOf } from '../../engine/connection.ts';
import { findContact } from '../../hub/read-contacts.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { iso, presentContact } from '../present.ts';
import { type App, register } from '../register.ts';

/** What an emulator's own page answers about a person. */
const answered = z.object({
  id: z.string(),
  kind: z.enum(KINDS),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
  modifiedAt: z.number(),
});

/** The address of the emulator behind a connection; null: the connection leads to a real CRM. */
function emulatorOf(deps: ApiDeps, connection: Connection): string | null {
  const { baseUrl } = connection.settings;
  if (baseUrl === undefined) return null;
  const { host, origin } = new URL(baseUrl);
  return deps.emulatedHosts.has(host) ? origin : null;
}

/** The demo's race: both records of a person side by side, both editable. */
export function addEmulatedRoutes(app: App, deps: ApiDeps): void {
  const { db } = deps.engine.store;
  const open = async (id: string): Promise<{ connection: Connection; origin: string }> => {
    const connection = await loadConnection(db, id);
    const origin = emulatorOf(deps, connection);
    if (origin === null) throw new NotFound('emulated CRM');
    return { connection, origin };
  };
  register(app, deps, routes.emulated, async () => ({
    items: (await listConnections(db)).flatMap((one) => {
      const page = emulatorOf(deps, one);
      const crmLabel = manifestOf(deps.engine, one.crm).label;
      return page === null ? [] : [{ connection: one.name, connectionId: one.id, crm: one.crm, crmLabel, page }];
    }),
  }));
  register(app, deps, routes.emulatedPair, async ({ params, query }) => {
    const { connection, origin } = await open(params['id'] ?? '');
    const link = await pairOf(deps, connection.id, query.contact);
    const contact = await findContact(db, link.contact_id, deps.engine.baseUrl);
    if (contact === undefined) throw new NotFound('contact');
    const record = await ask(deps, `${origin}/_emulator/people/${encodeURIComponent(link.crm_id)}`);
    const lines = connection.mappings.filter(
      (line) => line.kind === record.kind && line.enabled !== false && line.direction === 'both',
    );
    return {
      contact: presentContact(contact),
      record: { ...record, modifiedAt: iso(record.modifiedAt) },
      fields: lines.filter((line) => line.hub in record.fields).map(({ hub, crm }) => ({ hub, crm })),
    };
  });
  register(app, deps, routes.editEmulated, async ({ params, body }) => {
    const { origin } = await open(params['id'] ?? '');
    const url = `${origin}/_emulator/people/${encodeURIComponent(params['record'] ?? '')}`;
    await ask(deps, url);
    const record = await ask(deps, url, body.fields);
    return { ...record, modifiedAt: iso(record.modifiedAt) };
  });
}

const LOOKED_AT = 300;

/** The person asked for, else the best filled of those who were linked first; only people in step whom both sides may change. */
async function pairOf(deps: ApiDeps, connectionId: string, contactId: string | undefined) {
  const found = await sql<{ crm_id: string; contact_id: string }>`
    with first as (
      select crm_id, contact_id from links
       where connection_id = ${connectionId} and role = 'primary' and state = 'active' and kind <> 'contact' and contact_id is not null
         and (${contactId ?? null}::text is null or contact_id = ${contactId ?? null})
       order by created_at, id limit ${LOOKED_AT}
    )
    select f.crm_id, f.contact_id from first f join contacts c on c.id = f.contact_id
     order by (select count(*) from jsonb_object_keys(c.fields)) desc, f.crm_id limit 1`.execute(deps.engine.store.db);
  const [link] = found.rows;
  if (link === undefined) throw new NotFound('contact');
  return link;
}

async function ask(deps: ApiDeps, url: string, edit?: object): Promise<z.output<typeof answered>> {
  const response = await deps.engine.fetch(url, {
    method: edit === undefined ? 'GET' : 'PATCH',
    ...(edit === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(edit) }),
  });
  const body: unknown = await response.json();
  if (body === null) throw new NotFound('record');
  return answered.parse(body);
}
