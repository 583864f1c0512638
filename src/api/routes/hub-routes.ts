import { sql } from 'kysely';
import type { z } from 'zod';
import { chunks } from '../../connectors/kit/read.ts';
import { phaseOf } from '../../core/instance.ts';
import { InvalidInput, NotFound } from '../../core/invalid-input.ts';
import type { Kind, Origin, Value } from '../../core/model.ts';
import { listConnections } from '../../engine/connection.ts';
import { ownersOfContacts } from '../../engine/owners.ts';
import { createField, hubFields } from '../../hub/fields.ts';
import { originNames } from '../../hub/origin-names.ts';
import { isFollowCursor, readChanges, TooOldToFollow } from '../../hub/read-changes.ts';
import { fieldHistory, findContact, listContacts, lookupContacts } from '../../hub/read-contacts.ts';
import { listEvents } from '../../hub/read-events.ts';
import { recordEvents } from '../../hub/record-events.ts';
import { deleteContact, saveContact, saveContacts } from '../../hub/save-contacts.ts';
import { explainScore } from '../../hub/score.ts';
import { deleteScoreRule, listScoreRules, saveScoreRule } from '../../hub/score-rules.ts';
import { readInstanceSettings } from '../../store/instance-settings.ts';
import { timelineOf } from '../../store/timeline.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps, Caller } from '../deps.ts';
import { decodeCursor, encodeCursor, iso, isoOrNull, presentContact, presentOrigin } from '../present.ts';
import { Refused } from '../problems.ts';
import { type App, register, withEtag } from '../register.ts';

/** Who enters values: a person on the screen, or a program with a key. */
const origin = (caller: Caller) => ({
  by: caller.kind === 'person' ? ('person' as const) : ('api' as const),
  source: caller.id,
});

async function mustFind(deps: ApiDeps, id: string) {
  const contact = await findContact(deps.engine.store.db, id, deps.config.url);
  if (contact === undefined) throw new NotFound('contact');
  return contact;
}

export function addContactRoutes(app: App, deps: ApiDeps): void {
  const { store, clock, ids } = deps.engine;
  const base = deps.config.url;
  const options = (caller: Caller) => ({ ...origin(caller), at: clock.now(), newId: () => ids.next('ct') });
  register(app, deps, routes.contacts, async ({ query }) => {
    if (query.updatedSince !== undefined || isFollowCursor(query.cursor)) return changes(deps, query);
    const page = await listContacts(
      store.db,
      {
        limit: query.limit,
        ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
        ...(query.search === undefined ? {} : { search: query.search }),
        ...(query.sort === undefined ? {} : { sort: query.sort }),
        ...(query.order === undefined ? {} : { descending: query.order === 'desc' }),
        ...(query.minimumScore === undefined ? {} : { minimumScore: query.minimumScore }),
      },
      base,
    );
    const owners = await ownersOfContacts(
      store.db,
      page.items.map((one) => one.id),
    );
    return {
      items: page.items.map((one) => ({ ...presentContact(one), owners: [...(owners.get(one.id) ?? [])] })),
      next: page.next,
    };
  });
  register(app, deps, routes.createContact, async ({ c, body, caller }) => {
    const saved = await store.transaction((trx) =>
      saveContact(trx, { fields: body.fields }, { ...options(caller), mode: 'create' }),
    );
    return c.json(presentContact(await mustFind(deps, saved.id)), 201);
  });
  register(app, deps, routes.contact, async ({ c, params }) => {
    const contact = await mustFind(deps, params['id'] ?? '');
    return withEtag(c, presentContact(contact), contact.version);
  });
  register(app, deps, routes.updateContact, async ({ c, params, body, caller, ifMatch }) => {
    const { id } = await mustFind(deps, params['id'] ?? '');
    await store.transaction((trx) =>
      saveContact(
        trx,
        { id, fields: body.fields, ...(ifMatch === undefined ? {} : { ifVersion: ifMatch }) },
        { ...options(caller), mode: 'update' },
      ),
    );
    const contact = await mustFind(deps, id);
    return withEtag(c, presentContact(contact), contact.version);
  });
  register(app, deps, routes.deleteContact, async ({ params }) => {
    const { id } = await mustFind(deps, params['id'] ?? '');
    await store.transaction((trx) => deleteContact(trx, id, clock.now()));
    return { ok: true };
  });
  register(app, deps, routes.lookup, async ({ body }) => ({
    items: (await lookupContacts(store.db, body.emails, base)).map(presentContact),
  }));
}

/** What changed: in order of the changes, so nothing else may say which contacts or in which order. */
async function changes(deps: ApiDeps, query: z.output<NonNullable<typeof routes.contacts.query>>): Promise<object> {
  const other = (['search', 'sort', 'order', 'minimumScore'] as const).filter((key) => query[key] !== undefined);
  if (other.length > 0) throw new InvalidInput(other.map((path) => ({ path, code: 'not_when_following', params: {} })));
  const { cursor, updatedSince, limit } = query;
  const { store, clock } = deps.engine;
  const page = await readChanges(
    store.db,
    isFollowCursor(cursor) ? { cursor } : { since: Date.parse(updatedSince ?? '') },
    { limit, now: clock.now(), baseUrl: deps.config.url },
  ).catch((error: unknown) => {
    throw error instanceof TooOldToFollow ? new Refused(410, 'detail.410_follow') : error;
  });
  return {
    items: page.items.map(presentContact),
    gone: page.gone.map((one) => ({ ...one, at: iso(one.at) })),
    next: page.next,
    follow: page.follow,
  };
}

const BULK_LINES = 10_000;
const BULK_PAGE = 1_000;

/** NDJSON: a line that is bad holds nobody up and is named by its number. */
export function addBulkRoute(app: App, deps: ApiDeps): void {
  const { store, clock, ids } = deps.engine;
  register(app, deps, routes.bulk, async ({ c, caller }) => {
    const lines = (await c.req.text()).split('\n').map((text, index) => ({ line: index + 1, text: text.trim() }));
    const given = lines.filter(({ text }) => text !== '');
    if (given.length > BULK_LINES)
      throw new InvalidInput([{ path: 'body', code: 'too_many_lines', params: { max: BULK_LINES } }]);
    const report = {
      created: 0,
      updated: 0,
      unchanged: 0,
      errors: [] as { line: number; path: string; code: string }[],
    };
    const rows = given.flatMap(({ line, text }) => {
      const fields = parseLine(text);
      if (fields === null) report.errors.push({ line, path: '', code: 'not_an_object' });
      return fields === null ? [] : [{ line, fields }];
    });
    for (const page of chunks(rows, BULK_PAGE)) {
      // R9: a bulk load says nothing of when its values were entered.
      const inputs = page.map(({ fields }) => ({ fields, enteredAt: null }));
      const results = await store.transaction((trx) =>
        saveContacts(trx, inputs, {
          by: 'import',
          source: caller.id,
          at: clock.now(),
          newId: () => ids.next('ct'),
          mode: 'upsert',
        }),
      );
      for (const [index, result] of results.entries()) {
        if (!('problems' in result)) report[result.outcome] += 1;
        else
          for (const one of result.problems)
            report.errors.push({ line: page[index]?.line ?? 0, path: one.path, code: one.code });
      }
    }
    return report;
  });
}

function parseLine(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** What an event is about, in a few words. */
function eventDetail(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const found = ['name', 'title', 'page', 'url', 'file'].map((key) => (data as Record<string, unknown>)[key]);
  return found.find((one): one is string => typeof one === 'string' && one !== '') ?? null;
}

/** What surrounds one contact: links, timeline, history, why. */
export function addContactPageRoutes(app: App, deps: ApiDeps): void {
  const { store } = deps.engine;
  register(app, deps, routes.links, async ({ params }) => {
    const { id } = await mustFind(deps, params['id'] ?? '');
    const rows = await store.db
      .selectFrom('links')
      .innerJoin('connections', 'connections.id', 'links.connection_id')
      .leftJoin('owners', (join) =>
        join.onRef('owners.connection_id', '=', 'links.connection_id').onRef('owners.crm_id', '=', 'links.owner'),
      )
      .selectAll('links')
      .select(['connections.name as connection', 'connections.crm as crm'])
      .select(['owners.name as owner_name', 'owners.active as owner_active'])
      .where('contact_id', '=', id)
      .orderBy('links.created_at')
      .execute();
    return {
      items: rows.map((row) => ({
        id: row.id,
        connection: row.connection,
        crm: row.crm,
        crmLabel: deps.engine.manifests.get(row.crm)?.label ?? row.crm,
        kind: row.kind as Kind,
        crmId: row.crm_id,
        url: row.crm_url,
        role: row.role,
        state: row.state,
        stateWhy: row.state_why,
        lastSyncedAt: isoOrNull(row.last_synced_at),
        owner: row.owner,
        ownerName: row.owner_name ?? row.owner,
        ownerActive: row.owner_active ?? true,
      })),
    };
  });
  register(app, deps, routes.timeline, async ({ params }) => {
    const { id } = await mustFind(deps, params['id'] ?? '');
    const events = await store.db
      .selectFrom('events')
      .select(['id', 'type', 'points', 'at', 'data'])
      .where('contact_id', '=', id)
      .orderBy('at', 'desc')
      .limit(200)
      .execute();
    const items = await sql<{ at: number; outcome: string; name: string; direction: string; changes: unknown }>`
      select i.at, i.outcome, c.name, r.direction, i.changes from items i join runs r on r.id = i.run_id and not r.dry_run and not (coalesce(i.params, '{}') @> '{"held": 1}') join connections c on c.id = i.connection_id
       where i.contact_id = ${id} order by i.at desc limit 200`.execute(store.db);
    const standing = await timelineOf(store.db, id);
    const inCrm = (event: { readonly id: string; readonly at: number }) =>
      (standing.get(`${event.id}:${event.at}`) ?? []).map((one) => ({
        ...one,
        crmLabel: deps.engine.manifests.get(one.crm)?.label ?? one.crm,
        at: iso(one.at),
      }));
    const entries = [
      ...events.map((one) => ({
        at: one.at,
        kind: 'event' as const,
        type: one.type,
        detail: eventDetail(one.data),
        points: one.points,
        connection: null,
        direction: null,
        changes: [],
        inCrm: inCrm(one),
      })),
      ...items.rows.map((one) => ({
        at: one.at,
        kind: 'sync' as const,
        type: one.outcome,
        detail: null,
        points: null,
        connection: one.name,
        direction: one.direction,
        changes: one.changes as { field: string; from: Value; to: Value; rule: string }[],
        inCrm: [],
      })),
    ].sort((a, b) => b.at - a.at);
    return { items: entries.map((one) => ({ ...one, at: iso(one.at) })) };
  });
  register(app, deps, routes.history, async ({ params, query }) => {
    const contact = await mustFind(deps, params['id'] ?? '');
    const rows = await fieldHistory(store.db, contact.id, query.field, 200);
    const changed = new Set(rows.map((row) => row.field));
    const names = new Map((await listConnections(store.db)).map(({ id, name }) => [id, name]));
    // A first value has no row: its origin stands on the contact.
    const firsts = Object.entries(contact.origins).filter(
      ([field]) => !changed.has(field) && (query.field === undefined || query.field === field),
    );
    const origins = [...rows.flatMap((row) => [row.origin, row.from_origin]), ...firsts.map(([, one]) => one)];
    const sources = await originNames(
      store.db,
      origins.flatMap((one) => one?.source ?? []),
    );
    // As people call it; one that was forgotten has its id only.
    const from = (one: Origin) => ({
      ...presentOrigin(one),
      connection: one.connection === undefined ? null : (names.get(one.connection) ?? one.connection),
      sourceName: one.source === undefined ? null : (sources.get(one.source) ?? null),
    });
    return {
      items: [
        ...rows.map((row) => ({
          field: row.field,
          from: row.from as string | null,
          to: row.to as string | null,
          at: iso(row.at),
          origin: from(row.origin),
          fromOrigin: row.from_origin === null ? null : from(row.from_origin),
        })),
        ...firsts.map(([field, one]) => ({
          field,
          from: null,
          to: (contact.fields[field] ?? null) as string | null,
          at: iso(one.at ?? contact.createdAt),
          origin: from(one),
          fromOrigin: null,
        })),
      ],
    };
  });
}

export function addScoreRoutes(app: App, deps: ApiDeps): void {
  const { store, clock, ids } = deps.engine;
  register(app, deps, routes.hubFields, async () => ({
    items: (await hubFields(store.db)).map(({ options, ...field }) => ({
      ...field,
      ...(options === undefined ? {} : { options: [...options] }),
    })),
  }));
  register(app, deps, routes.createField, async ({ body }) => {
    const { options, listId, scale, maxLength, ...field } = body;
    await store.transaction((trx) =>
      createField(
        trx,
        {
          ...field,
          ...(options === undefined ? {} : { options }),
          ...(listId === undefined ? {} : { listId }),
          ...(scale === undefined ? {} : { scale }),
          ...(maxLength === undefined ? {} : { maxLength }),
        },
        clock.now(),
      ),
    );
    return { ok: true };
  });
  register(app, deps, routes.events, async ({ body }) => {
    const now = clock.now();
    const events = body.events.map((event) => ({
      id: event.id ?? ids.next('evt'),
      type: event.type,
      at: event.at === undefined ? now : Date.parse(event.at),
      data: event.data,
      onceById: event.id !== undefined && event.at === undefined,
      ...(event.email === undefined ? {} : { email: event.email }),
      ...(event.contactId === undefined ? {} : { contactId: event.contactId }),
    }));
    return { items: [...(await store.transaction((trx) => recordEvents(trx, events, now)))] };
  });
  register(app, deps, routes.listEvents, async ({ query }) => {
    const after = decodeCursor(query.cursor);
    const found = await listEvents(store.db, {
      type: query.type,
      limit: query.limit + 1,
      before: after === undefined ? undefined : { at: after.value, id: after.id },
    });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return {
      items: page.map((event) => ({ ...event, at: iso(event.at) })),
      next: last === undefined ? null : encodeCursor(last.at, last.id),
    };
  });
  register(app, deps, routes.contactScore, async ({ params }) => {
    const { id } = await mustFind(deps, params['id'] ?? '');
    const [{ score, parts }, rules, { score: settings }] = await Promise.all([
      explainScore(store.db, id, clock.now()),
      listScoreRules(store.db),
      readInstanceSettings(store.db),
    ]);
    const names = new Map(rules.map((rule) => [rule.id, rule.name]));
    return {
      score,
      phase: phaseOf(score, settings.phases),
      decay: settings.decay,
      parts: parts.map((part) => ({ ...part, name: part.rule === null ? null : (names.get(part.rule) ?? null) })),
    };
  });
  register(app, deps, routes.scoreRules, async () => ({ items: await listScoreRules(store.db) }));
  register(
    app,
    deps,
    routes.saveScoreRule,
    async ({ body }) => await saveScoreRule(store, body, { ids, at: clock.now() }),
  );
  register(app, deps, routes.deleteScoreRule, async ({ params }) => {
    await deleteScoreRule(store, params['id'] ?? '', clock.now());
    return { ok: true };
  });
}
