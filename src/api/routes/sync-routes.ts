import type { Kind, Option, Value } from '../../core/model.ts';
import { checkConnection, createFields } from '../../engine/check-connection.ts';
import { listConflicts, resolveConflict } from '../../engine/conflicts.ts';
import { connect } from '../../engine/connect.ts';
import { listConnections, loadConnection } from '../../engine/connection.ts';
import { createConnection, disconnect, updateConnection } from '../../engine/connections.ts';
import { estimateFull } from '../../engine/estimate.ts';
import { examplePeople } from '../../engine/example-people.ts';
import { healthOf } from '../../engine/health.ts';
import { approveRun, cancelRun, resumeRun } from '../../engine/held-runs.ts';
import { addressHolders } from '../../engine/merge-proposals.ts';
import { knownOptions } from '../../engine/option-links.ts';
import { resumeConnection } from '../../engine/pause.ts';
import { fixRejection, groupRejections, listRejections, retryRejections } from '../../engine/rejections.ts';
import { listRunLines, unfold } from '../../engine/run-lines.ts';
import { listRuns, readBatchOfRuns, readRun, requestRuns, waitForRuns } from '../../engine/runs.ts';
import { freshSchema } from '../../engine/schema-cache.ts';
import { countByScore } from '../../hub/read-contacts.ts';
import { checkConnectionRight } from '../connection-rights.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { fieldName, namingOther, reasonText } from '../messages/reason-text.ts';
import { isMessage, say } from '../messages/say.ts';
import {
  decodeCursor,
  encodeCursor,
  iso,
  isoOrNull,
  namedCrm,
  presentConnection,
  presentHealth,
  presentRun,
} from '../present.ts';
import { presentFindings } from '../present-findings.ts';
import { itemPage } from '../present-items.ts';
import { type App, register, withEtag } from '../register.ts';

const labelOf = (deps: ApiDeps, crm: string): string => deps.engine.manifests.get(crm)?.label ?? crm;

/** Connections: settings, preflight, fields, runs now. */
export function addConnectionRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { db } = engine.store;
  register(app, deps, routes.connections, async ({ locale }) => ({
    items: await Promise.all((await listConnections(db)).map((one) => presentConnection(deps, one, locale))),
    next: null,
  }));
  register(app, deps, routes.createConnection, async ({ c, body, locale }) => {
    const made = await createConnection(engine, body, 'api');
    return c.json(await presentConnection(deps, made, locale), 201);
  });
  register(app, deps, routes.connection, async ({ c, params, locale }) => {
    const connection = await loadConnection(db, params['id'] ?? '');
    return withEtag(c, await presentConnection(deps, connection, locale), connection.settingsVersion);
  });
  register(app, deps, routes.updateConnection, async ({ c, params, body, ifMatch, caller, locale }) => {
    const isScreen = caller.kind === 'person';
    checkConnectionRight(caller.scopes, body, await loadConnection(db, params['id'] ?? ''));
    const saved = await updateConnection(engine, params['id'] ?? '', body, {
      writtenBy: isScreen ? 'screen' : 'api',
      ifVersion: ifMatch,
    });
    return withEtag(c, await presentConnection(deps, saved, locale), saved.settingsVersion);
  });
  register(app, deps, routes.disconnect, async ({ params }) => {
    await disconnect(engine, params['id'] ?? '');
    return { ok: true };
  });
  register(app, deps, routes.check, async ({ params, locale }) => {
    const report = await checkConnection(engine, params['id'] ?? '');
    const findings = presentFindings(locale, report.findings, (id) => namedCrm(deps, id));
    return { ...report, findings, counts: { ...report.counts }, missingFields: [...report.missingFields] };
  });
  register(app, deps, routes.lastCheck, async ({ params, locale }) => {
    const { checked } = await loadConnection(db, params['id'] ?? '');
    return {
      at: isoOrNull(checked?.at ?? null),
      ok: checked?.ok ?? null,
      counts: { ...checked?.counts },
      findings: presentFindings(locale, checked?.findings ?? [], (id) => namedCrm(deps, id)),
      missingFields: [...(checked?.missingFields ?? [])],
    };
  });
  register(app, deps, routes.connectionFields, async ({ params, query }) => {
    const connection = await loadConnection(db, params['id'] ?? '');
    const schema =
      connection.schema ?? (await freshSchema(engine, connection, (await connect(engine, connection)).connector));
    const kinds = query.kind === undefined ? (Object.keys(schema.kinds) as Kind[]) : [query.kind as Kind];
    const items = kinds.slice(0, 1).flatMap((kind) => [...(schema.kinds[kind] ?? [])]);
    const known = await knownOptions(db, connection.id);
    return {
      items: items.map(({ options, ...field }) => ({
        ...field,
        ...(options === undefined ? {} : { options: withValues(options, known.get(field.key)) }),
      })),
    };
  });
  register(app, deps, routes.examplePeople, async ({ params, query }) => ({
    items: await examplePeople(engine, params['id'] ?? '', query.kind),
  }));
  register(app, deps, routes.createFields, async ({ params, body }) => ({
    items: [...(await createFields(engine, params['id'] ?? '', body.keys))],
  }));
  register(app, deps, routes.mappings, async ({ params }) => ({
    items: [...(await loadConnection(db, params['id'] ?? '')).mappings],
  }));
  register(app, deps, routes.putMappings, async ({ params, body, ifMatch, caller }) => {
    const saved = await updateConnection(
      engine,
      params['id'] ?? '',
      { mappings: body.items },
      { writtenBy: caller.kind === 'person' ? 'screen' : 'api', ifVersion: ifMatch },
    );
    return { items: [...saved.mappings] };
  });
  register(app, deps, routes.health, async ({ params, locale }) => {
    const connection = await loadConnection(db, params['id'] ?? '');
    return presentHealth(deps, locale, connection.crm)(await healthOf(engine, connection));
  });
  register(app, deps, routes.preview, async ({ query }) => ({ people: await countByScore(db, query.minimumScore) }));
  register(app, deps, routes.estimate, async ({ params }) => ({ ...(await estimateFull(engine, params['id'] ?? '')) }));
  register(app, deps, routes.resumeConnection, async ({ params }) => {
    await resumeConnection(engine, params['id'] ?? '');
    return { ok: true };
  });
  register(app, deps, routes.startRuns, async ({ c, params, query, body, caller, locale }) => {
    const connection = await loadConnection(db, params['id'] ?? '');
    const started = await requestRuns(engine, connection.id, {
      ...body,
      trigger: caller.kind === 'person' ? 'person' : 'api',
    });
    const runs =
      query.wait === undefined
        ? started
        : await waitForRuns(
            engine,
            started.map((run) => run.id),
            query.wait * 1000,
          );
    const ended = runs.every((run) => run.endedAt !== null);
    return c.json({ runs: runs.map(presentRun(deps, locale)) }, ended ? 200 : 202);
  });
}

/** History: runs and what they did with whom. */
export function addRunRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { db } = engine.store;
  register(app, deps, routes.runs, async ({ query, locale }) => {
    const present = presentRun(deps, locale);
    const connectionId = query.connection === undefined ? undefined : (await loadConnection(db, query.connection)).id;
    if (query.line !== undefined)
      return { items: (await unfold(db, await readRun(db, query.line))).map(present), next: null };
    if (query.batch !== undefined) return { items: (await readBatchOfRuns(db, query.batch)).map(present), next: null };
    const after = decodeCursor(query.cursor);
    if (query.fold !== undefined) {
      const lines = await listRunLines(db, {
        connectionId,
        limit: query.limit + 1,
        before: after === undefined ? undefined : { createdAt: after.value, id: after.id },
      });
      const shown = lines.slice(0, query.limit);
      const end = lines.length > query.limit ? shown.at(-1) : undefined;
      return {
        items: shown.map((line) => ({ ...present(line), folded: line.folded })),
        next: end === undefined ? null : encodeCursor(end.createdAt, end.id),
      };
    }
    const found = await listRuns(db, {
      connectionId,
      since: query.since === undefined ? undefined : Date.parse(query.since),
      trigger: query.trigger,
      limit: query.limit + 1,
      before: after === undefined ? undefined : { createdAt: after.value, id: after.id },
    });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return { items: page.map(present), next: last === undefined ? null : encodeCursor(last.createdAt, last.id) };
  });
  register(app, deps, routes.run, async ({ params, locale }) =>
    presentRun(deps, locale)(await readRun(db, params['id'] ?? '')),
  );
  register(app, deps, routes.approve, async ({ params, body, caller, locale }) => {
    const trigger = caller.kind === 'person' ? 'person' : 'api';
    const runs = await approveRun(engine, params['id'] ?? '', body.leaveOut, { ...body, trigger });
    return { runs: runs.map(presentRun(deps, locale)) };
  });
  register(app, deps, routes.resumeRun, async ({ params, locale }) =>
    presentRun(deps, locale)(await resumeRun(engine, params['id'] ?? '')),
  );
  register(app, deps, routes.cancel, async ({ params, locale }) =>
    presentRun(deps, locale)(await cancelRun(engine, params['id'] ?? '')),
  );
  register(app, deps, routes.items, async ({ params, query, locale }) => {
    const run = await readRun(db, params['id'] ?? '');
    return itemPage(deps, { runs: [run], query, locale });
  });
}

/** To fix and conflicts. */
export function addTaskRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { db } = engine.store;
  register(app, deps, routes.rejections, async ({ query, locale, caller }) => {
    const connectionId = query.connection === undefined ? undefined : (await loadConnection(db, query.connection)).id;
    const after = decodeCursor(query.cursor);
    const found = await listRejections(engine, {
      connectionId,
      reason: query.reason,
      search: query.search,
      limit: query.limit + 1,
      before: after === undefined ? undefined : { lastAt: after.value, id: after.id },
    });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    const taken = page.flatMap((row) => (row.reason === 'address_taken' ? [row.id] : []));
    const others = await addressHolders(db, caller.scopes.includes('contacts:read') ? taken : []);
    return {
      items: page.map((row) => ({
        id: row.id,
        connection: row.connection_name,
        direction: row.direction as 'toHub' | 'toCrm',
        contactId: row.contact_id,
        crmId: row.crm_id,
        email: row.email,
        name: row.name,
        field: row.field,
        fieldLabel: fieldName(locale, row.field, row.params),
        line: row.line,
        reason: row.reason,
        value: row.params['value'] === undefined ? null : String(row.params['value']),
        other: others.get(row.id) ?? null,
        ...reasonText(locale, namingOther({ ...row, crm: labelOf(deps, row.crm) }, others.get(row.id))),
        firstAt: iso(row.first_at),
        lastAt: iso(row.last_at),
        tries: row.tries,
      })),
      next: last === undefined ? null : encodeCursor(last.last_at, last.id),
      groups: (await groupRejections(engine, connectionId)).map((group) => {
        const key = `reasonName.${group.reason}`;
        return { ...group, label: isMessage(key) ? say(locale, key) : group.reason };
      }),
    };
  });
  register(app, deps, routes.fixRejection, async ({ params, body }) => ({
    retried: await fixRejection(engine, params['id'] ?? '', body),
  }));
  register(app, deps, routes.retryRejections, async ({ body }) => {
    const connectionId = body.connection === undefined ? undefined : (await loadConnection(db, body.connection)).id;
    return { retried: await retryRejections(engine, { ids: body.ids, reason: body.reason, connectionId }) };
  });
  const presentConflict = (row: Awaited<ReturnType<typeof listConflicts>>[number]) => ({
    id: row.id,
    connection: row.connection_name,
    contactId: row.contact_id,
    email: row.email,
    field: row.hub_field,
    hubValue: row.hub_value as string | null,
    crmValue: row.crm_value as string | null,
    hubAt: isoOrNull(row.hub_at),
    crmAt: isoOrNull(row.crm_at),
    winner: row.winner,
    why: row.why,
    status: row.status,
    at: iso(row.at),
  });
  register(app, deps, routes.conflicts, async ({ query }) => {
    const connectionId = query.connection === undefined ? undefined : (await loadConnection(db, query.connection)).id;
    const after = decodeCursor(query.cursor);
    const found = await listConflicts(engine, {
      connectionId,
      status: query.status,
      limit: query.limit + 1,
      before: after === undefined ? undefined : { at: after.value, id: after.id },
    });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return { items: page.map(presentConflict), next: last === undefined ? null : encodeCursor(last.at, last.id) };
  });
  register(app, deps, routes.resolveConflict, async ({ params, body, caller }) => {
    const id = params['id'] ?? '';
    await resolveConflict(engine, id, {
      winner: body.winner,
      hubValue: body.hubValue as Value,
      crmValue: body.crmValue as Value,
      by: caller.id,
    });
    const [row] = (await listConflicts(engine, { limit: 500 })).filter((one) => one.id === id);
    return row === undefined ? new Response(null, { status: 204 }) : presentConflict(row);
  });
  register(app, deps, routes.quota, async () => {
    const rows = await db.selectFrom('quota_days').selectAll().orderBy('day', 'desc').limit(60).execute();
    return {
      items: rows.map((row) => ({ account: row.account, day: row.day, used: row.reserved, limit: row.vendor_limit })),
    };
  });
}

type KnownValues = ReadonlyMap<string, readonly { readonly list: string; readonly key: string }[]>;
/** A CRM's options with the values of our lists that they are. */
const withValues = (options: readonly Option[], known: KnownValues | undefined) =>
  options.map((option) => {
    const is = known?.get(option.id);
    const { spellings, ...plain } = option;
    return {
      ...plain,
      ...(spellings === undefined ? {} : { spellings: [...spellings] }),
      ...(is === undefined ? {} : { is: [...is] }),
    };
  });
