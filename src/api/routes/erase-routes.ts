import { emailKey } from '../../core/email.ts';
import { Conflicted, type InputProblem, InvalidInput, NotFound } from '../../core/invalid-input.ts';
import { type Connection, listConnections, loadConnection } from '../../engine/connection.ts';
import {
  countOwed,
  listOwed,
  type OwedView,
  putDeletionAway,
  retryDeletion,
  waitsFor,
} from '../../engine/owed-deletions.ts';
import { type CrmRecord, crmRecordsOf } from '../../hub/privacy/crm-records.ts';
import { eraseContact } from '../../hub/privacy/erase-contact.ts';
import { keepErasures } from '../../hub/privacy/keep-erasures.ts';
import { findContact } from '../../hub/read-contacts.ts';
import { readInstanceSettings } from '../../store/instance-settings.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../present.ts';
import { presentOwed } from '../present-deletions.ts';
import { type App, register } from '../register.ts';

interface Wished {
  readonly connection: string;
  readonly crmId: string | null;
}

/** Erasing a person, here and where it is asked for in the CRMs, and what is still owed of the latter (R18). */
export function addEraseRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { store, clock, baseUrl } = engine;
  const find = async (id: string | undefined) => {
    const contact = await findContact(store.db, id ?? '', baseUrl);
    if (contact === undefined) throw new NotFound('contact');
    return contact;
  };
  register(app, deps, routes.recordsToErase, async ({ params }) => {
    const { id } = await find(params['id']);
    return { items: (await recordsOf(deps, id)).map(({ shown }) => shown) };
  });
  register(app, deps, routes.eraseContact, async ({ params, body, caller }) => {
    const contact = await find(params['id']);
    if (emailKey(body.email) === null || emailKey(body.email) !== emailKey(contact.email))
      throw new Conflicted('other_person');
    const all = await recordsOf(deps, contact.id);
    const going = wished(deps, all, body.deleteInCrm);
    const by = `${caller.kind}:${caller.id}`;
    await store.transaction((trx) =>
      eraseContact(trx, contact.id, clock.now(), { by, records: going.map(({ record }) => record) }),
    );
    for (const connectionId of new Set(going.map(({ record }) => record.connectionId))) engine.wake?.(connectionId);
    await keepErasures(store, deps.config.dataDir, clock.now());
    return {
      ok: true,
      records: all
        .filter((one) => !going.includes(one))
        .flatMap(({ shown: { connection, crmId, url } }) => (crmId === null ? [] : [{ connection, crmId, url }])),
      deleting: going.map(({ shown: { connection, crmId, url, waits } }) => ({ connection, crmId, url, waits })),
    };
  });
  register(app, deps, routes.owedDeletions, async ({ query, locale }) => {
    const connectionId =
      query.connection === undefined ? undefined : (await loadConnection(store.db, query.connection)).id;
    const offset = decodeCursor(query.cursor)?.value ?? 0;
    const found = await listOwed(store.db, { connectionId, limit: query.limit + 1, offset });
    const { timeZone } = await readInstanceSettings(store.db);
    const page = found.slice(0, query.limit);
    const present = (one: OwedView) =>
      presentOwed(one, { locale, timeZone, crmLabel: labelOf(deps, one.crm), crm: one.crm });
    return {
      items: page.map(present),
      next: found.length > query.limit ? encodeCursor(offset + page.length, '') : null,
      ...(await countOwed(store.db)),
    };
  });
  register(app, deps, routes.retryDeletion, async ({ params }) => {
    await retryDeletion(engine, params['id'] ?? '');
    return { ok: true };
  });
  register(app, deps, routes.endDeletion, async ({ params }) => {
    await putDeletionAway(engine, params['id'] ?? '');
    return { ok: true };
  });
}

const labelOf = ({ engine }: ApiDeps, crm: string): string => engine.manifests.get(crm)?.label ?? crm;

type Shown = ReturnType<typeof show>;
interface Found {
  readonly record: CrmRecord;
  readonly shown: Shown;
}

/** The person's records with what deleting each would mean, primary ones first in each connection. */
async function recordsOf(deps: ApiDeps, contactId: string): Promise<readonly Found[]> {
  const { db } = deps.engine.store;
  const records = await crmRecordsOf(db, contactId);
  const connected = new Map((await listConnections(db)).map((one) => [one.id, one]));
  const names = await db.selectFrom('connections').select(['id', 'name', 'crm']).execute();
  const nameOf = new Map(names.map((one) => [one.id, one]));
  return records.map((record) => {
    const row = nameOf.get(record.connectionId);
    return { record, shown: show(deps, record, { row, connection: connected.get(record.connectionId) }) };
  });
}

function show(
  deps: ApiDeps,
  record: CrmRecord,
  {
    row,
    connection,
  }: {
    readonly row: { readonly name: string; readonly crm: string } | undefined;
    /** undefined: it was removed. */
    readonly connection: Connection | undefined;
  },
) {
  const crm = row?.crm ?? '';
  const info = deps.engine.manifests.get(crm)?.deletion;
  const cannot =
    connection === undefined
      ? ('disconnected' as const)
      : record.isGone
        ? ('gone' as const)
        : info === undefined
          ? ('no_way' as const)
          : null;
  return {
    connection: connection === undefined ? (row?.name ?? '').replace(/-\d+$/, '') : connection.name,
    crm,
    crmLabel: labelOf(deps, crm),
    kind: record.kind,
    crmId: record.crmId,
    url: record.crmUrl,
    name: record.name,
    role: record.role,
    deletion:
      info === undefined || cannot !== null
        ? null
        : { forever: info.forever !== null || info.binDays === null, binDays: info.binDays?.value ?? null },
    cannot,
    waits: connection === undefined ? null : waitsFor(connection.enabled, connection.pausedReason),
  };
}

/** Those that are named, each of which can be deleted. @throws InvalidInput with the path of each that cannot. */
function wished(deps: ApiDeps, all: readonly Found[], wishes: readonly Wished[]): readonly Found[] {
  const problems: InputProblem[] = [];
  const going = new Set<Found>();
  for (const [index, wish] of wishes.entries()) {
    const found = all.find(
      ({ record, shown }) =>
        record.crmId === wish.crmId && [shown.connection, record.connectionId].includes(wish.connection),
    );
    const path = `deleteInCrm.${index}`;
    const params = { crm: found === undefined ? '' : labelOf(deps, found.shown.crm) };
    if (found === undefined || found.shown.cannot === 'gone')
      problems.push({ path: `${path}.crmId`, code: 'record_not_theirs', params });
    else if (found.shown.cannot === 'disconnected')
      problems.push({ path: `${path}.connection`, code: 'connection_gone', params });
    else if (found.shown.cannot === 'no_way')
      problems.push({ path: `${path}.connection`, code: 'no_deletion', params });
    else going.add(found);
  }
  if (problems.length > 0) throw new InvalidInput(problems);
  return [...going];
}
