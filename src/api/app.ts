import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import { readRun } from '../engine/runs.ts';
import { limitKey } from '../platform/addresses.ts';
import { findApiKey } from './api-keys.ts';
import { createClientAddress } from './client-address.ts';
import type { ApiDeps, Caller } from './deps.ts';
import { localeOf } from './messages/say.ts';
import { addMetrics } from './metrics.ts';
import { presentRun } from './present.ts';
import { problemResponse, Refused } from './problems.ts';
import { addDownloads } from './public/download.ts';
import { addFormPages } from './public/form-routes.ts';
import { addLinkPages } from './public/link-pages.ts';
import { addTracking } from './public/tracking.ts';
import { addReference } from './reference/add-reference.ts';
import type { App, Variables } from './register.ts';
import { scopesOf } from './rights.ts';
import { addAccountRoutes } from './routes/account-routes.ts';
import { addBacklogRoutes } from './routes/backlog-routes.ts';
import { addBulkRoutes } from './routes/bulk-routes.ts';
import { addEmulatedRoutes } from './routes/emulated-routes.ts';
import { addEraseRoutes } from './routes/erase-routes.ts';
import { addFindRoutes } from './routes/find-routes.ts';
import { addConsentRoutes, addFileRoutes, addFormRoutes } from './routes/form-routes.ts';
import { addGuideRoutes } from './routes/guide-routes.ts';
import { addHookRoutes } from './routes/hook-routes.ts';
import { addBulkRoute, addContactPageRoutes, addContactRoutes, addScoreRoutes } from './routes/hub-routes.ts';
import { addImportRoutes, IMPORT_BODY } from './routes/import-routes.ts';
import { addInstanceRoutes } from './routes/instance-routes.ts';
import { addListRoutes } from './routes/list-routes.ts';
import { addMergeRoutes } from './routes/merge-routes.ts';
import { addOAuthRoutes } from './routes/oauth-routes.ts';
import { addOutboxRoutes } from './routes/outbox-routes.ts';
import { addOwnerRoutes } from './routes/owner-routes.ts';
import { addParityRoutes } from './routes/parity-routes.ts';
import { addPeopleRoutes } from './routes/people-routes.ts';
import { addPrivacyRoutes } from './routes/privacy-routes.ts';
import { addReportRoutes } from './routes/report-routes.ts';
import { addSchemaRoutes } from './routes/schema-routes.ts';
import { addSegmentRoutes } from './routes/segment-routes.ts';
import { addSignInRoutes } from './routes/sign-in-routes.ts';
import { addSignOnRoutes } from './routes/sign-on-routes.ts';
import { addStoryRoutes } from './routes/story-routes.ts';
import { addSubmissionRoutes } from './routes/submission-routes.ts';
import { addConnectionRoutes, addRunRoutes, addTaskRoutes } from './routes/sync-routes.ts';
import { addTimelineRoutes } from './routes/timeline-routes.ts';
import { addTrackingRoutes } from './routes/tracking-routes.ts';
import { addUndoRoutes } from './routes/undo-routes.ts';
import { addValueRoutes } from './routes/value-routes.ts';
import { addWebhookRoutes } from './routes/webhook-routes.ts';
import { addZapierRoutes } from './routes/zapier-routes.ts';
import { createRateLimit, originCheck, securityHeaders } from './security.ts';

const BODY_MAX = 1024 * 1024;
const BULK_MAX = 20 * 1024 * 1024;
/** Bodies that are larger than others': NDJSON and files. */
const BULK_PATHS: ReadonlySet<string> = new Set(['/api/v1/contacts/bulk', '/api/v1/files']);

const limitBody = (maxSize: number, max: string): MiddlewareHandler =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new Refused(413, 'detail.413', { max });
    },
  });

/** By what the request says of itself; whoever reads the stream counts as well. */
const limitLength =
  (maxSize: number, max: string): MiddlewareHandler =>
  async (c, next) => {
    if (Number(c.req.header('content-length') ?? 0) > maxSize) throw new Refused(413, 'detail.413', { max });
    await next();
  };

/** The whole HTTP side: a function from request to response. */
export function createApp(deps: ApiDeps): App {
  const app: App = new Hono<{ Variables: Variables }>();
  const { clock, log } = deps.engine;
  const clientOf = createClientAddress(deps.config.trustProxy);
  app.onError((error, c) => problemResponse(c, error, log));
  app.notFound((c) => problemResponse(c, new Refused(404, 'problem.404'), log));
  app.use('*', securityHeaders(deps.config));
  app.use('*', async (c, next) => {
    const started = clock.now();
    c.res.headers.set('x-request-id', deps.engine.ids.next('evt').slice(4));
    c.set('caller', null);
    c.set('template', '');
    c.set('client', clientOf(c));
    await next();
    log.info(
      { route: c.get('template') || 'other', method: c.req.method, status: c.res.status, ms: clock.now() - started },
      'request',
    );
  });
  app.use('*', originCheck(deps.config));
  const limits = { ordinary: limitBody(BODY_MAX, '1 MB'), bulk: limitBody(BULK_MAX, '20 MB') };
  // It comes in as a stream, and counts its own bytes.
  const isList = (c: Context): boolean => c.req.method === 'POST' && c.req.path === IMPORT_BODY.path;
  const list = limitLength(IMPORT_BODY.max, IMPORT_BODY.text);
  app.use('/api/*', (c, next) =>
    (isList(c) ? list : BULK_PATHS.has(c.req.path) ? limits.bulk : limits.ordinary)(c, next),
  );
  addMetrics(app, deps);
  addHealth(app, deps);
  addSignInRoutes(app, deps);
  app.use('/api/v1/*', identify(deps));
  addSignOnRoutes(app, deps);
  addLive(app, deps);
  addPeopleRoutes(app, deps);
  addOutboxRoutes(app, deps);
  addGuideRoutes(app, deps);
  addReportRoutes(app, deps);
  addInstanceRoutes(app, deps);
  addAccountRoutes(app, deps);
  addConnectionRoutes(app, deps);
  addOAuthRoutes(app, deps);
  addHookRoutes(app, deps);
  addRunRoutes(app, deps);
  addSchemaRoutes(app, deps);
  addBacklogRoutes(app, deps);
  addParityRoutes(app, deps);
  addUndoRoutes(app, deps);
  addFindRoutes(app, deps);
  addEmulatedRoutes(app, deps);
  addStoryRoutes(app, deps);
  addTaskRoutes(app, deps);
  addBulkRoute(app, deps);
  addContactRoutes(app, deps);
  addContactPageRoutes(app, deps);
  addPrivacyRoutes(app, deps);
  addMergeRoutes(app, deps);
  addEraseRoutes(app, deps);
  addSegmentRoutes(app, deps);
  addBulkRoutes(app, deps);
  addImportRoutes(app, deps);
  addScoreRoutes(app, deps);
  addListRoutes(app, deps);
  addOwnerRoutes(app, deps);
  addTimelineRoutes(app, deps);
  addValueRoutes(app, deps);
  addFormRoutes(app, deps);
  addSubmissionRoutes(app, deps);
  addConsentRoutes(app, deps);
  addFileRoutes(app, deps);
  addFormPages(app, deps);
  addLinkPages(app, deps);
  addDownloads(app, deps);
  addTracking(app, deps);
  addTrackingRoutes(app, deps);
  addWebhookRoutes(app, deps);
  addZapierRoutes(app, deps);
  addReference(app, deps);
  app.all('/api/*', () => {
    throw new Refused(404, 'problem.404');
  });
  addWeb(app, deps);
  return app;
}

function addHealth(app: App, deps: ApiDeps): void {
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', async (c) => {
    await deps.engine.store.db.selectFrom('settings').select('key').limit(1).execute();
    return c.text('ready');
  });
}

/** Who calls: a bearer key, else the session. A wrong key is refused, not ignored. */
const identify = (deps: ApiDeps): MiddlewareHandler<{ Variables: Variables }> => {
  const failures = createRateLimit({ limit: 20, windowMs: 60_000, now: () => deps.engine.clock.now() });
  return async (c, next) => {
    const bearer = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (bearer === undefined) {
      const person = c.req.header('cookie') === undefined ? null : await deps.signIn.personOf(c.req.raw.headers);
      if (person !== null)
        c.set('caller', { kind: 'person', ...person, scopes: scopesOf(person.role) } satisfies Caller);
    } else {
      const key = await findApiKey(deps.engine.store, bearer, deps.engine.clock.now());
      if (key === null) {
        failures(limitKey(c.get('client')));
        throw new Refused(401, 'detail.401');
      }
      c.set('caller', {
        kind: 'key',
        id: key.id,
        name: key.name,
        email: null,
        role: key.role,
        scopes: key.scopes,
        locale: null,
        timeZone: null,
        twoFactor: null,
        previousSignInAt: null,
      });
    }
    await next();
  };
};

/** Live progress as server-sent events: a run's line whenever it has moved. */
function addLive(app: App, deps: ApiDeps): void {
  app.get('/api/v1/runs/stream', (c) => {
    c.set('template', 'GET /api/v1/runs/stream');
    const caller = c.get('caller');
    if (caller === null) throw new Refused(401, 'detail.401');
    if (!caller.scopes.includes('sync:read')) throw new Refused(403, 'detail.403', { scope: 'sync:read' });
    const locale = localeOf(c.req.header('accept-language'));
    return streamSSE(c, async (stream) => {
      const moved = new Set<string>();
      let wake: () => void = () => undefined;
      const stop = deps.watchRuns((id) => {
        moved.add(id);
        wake();
      });
      stream.onAbort(() => {
        stop();
        wake();
      });
      await stream.writeSSE({ event: 'hello', data: '{}' });
      while (!stream.aborted) {
        const ids = [...moved];
        moved.clear();
        for (const id of ids) {
          const run = await readRun(deps.engine.store.db, id).catch(() => null);
          if (run !== null)
            await stream.writeSSE({ event: 'run', data: JSON.stringify(presentRun(deps, locale)(run)) });
        }
        if (moved.size > 0) continue;
        await Promise.race([
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
          stream.sleep(15_000),
        ]);
        if (moved.size === 0 && !stream.aborted) await stream.writeSSE({ event: 'ping', data: '{}' });
      }
      stop();
    });
  });
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.ico': 'image/x-icon',
};

/** The built web interface; every address that is no file is a page of it. */
function addWeb(app: App, deps: ApiDeps): void {
  app.get('*', async (c) => {
    c.set('template', 'web');
    const path = normalize(decodeURIComponent(c.req.path)).replace(/^(\.\.[/\\])+/, '');
    // A person's page may be asked for by address, which ends as a file's name does.
    const isFile = extname(path) !== '' && !path.includes('..') && !path.startsWith('/contacts/');
    const found = isFile ? await readFile(join(deps.webDir, path)).catch(() => null) : null;
    if (found !== null) {
      const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      return c.body(new Uint8Array(found), 200, {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        'cache-control': cache,
      });
    }
    if (isFile) throw new Refused(404, 'problem.404');
    const page = await readFile(join(deps.webDir, 'index.html')).catch(() => null);
    if (page === null) return c.text('The web interface has not been built. Run: npm run build', 503);
    return c.body(new Uint8Array(page), 200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    });
  });
}
