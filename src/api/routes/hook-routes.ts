import { bodyLimit } from 'hono/body-limit';
import { loadConnection } from '../../engine/connection.ts';
import { hookSetup } from '../../engine/hook-subscriptions.ts';
import { receiveHook } from '../../engine/receive-hook.ts';
import { limitKey } from '../../platform/addresses.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { Refused } from '../problems.ts';
import { type App, register } from '../register.ts';
import { createRateLimit } from '../security.ts';

/** A hundred events of any vendor are smaller. */
const BODY_MAX = 512 * 1024;

/** Where the CRMs call. Verified, noted, answered at once; what it says is looked up later, by a worker. */
export function addHookRoutes(app: App, deps: ApiDeps): void {
  register(app, deps, routes.hookSetup, async ({ params }) =>
    hookSetup(deps.engine, await loadConnection(deps.engine.store.db, params['id'] ?? '')),
  );
  const failures = createRateLimit({ limit: 60, windowMs: 60_000, now: () => deps.engine.clock.now() });
  const limit = bodyLimit({
    maxSize: BODY_MAX,
    onError: () => {
      throw new Refused(413, 'detail.413', { max: '512 kB' });
    },
  });
  app.post('/hooks/:connection/:secret', limit, async (c) => {
    // Never the raw path: it holds the secret.
    c.set('template', 'POST /hooks/{connection}/{secret}');
    const { pathname, search } = new URL(c.req.url);
    const door = { connectionId: c.req.param('connection'), path: c.req.param('secret') };
    const heard = await receiveHook(deps.engine, door, {
      method: c.req.method,
      // As the vendor called it: a proxy in front may have changed scheme and host.
      url: `${deps.config.url}${pathname}${search}`,
      headers: c.req.raw.headers,
      body: await c.req.text(),
    });
    if (heard === 'heard') return c.body(null, 202);
    failures(limitKey(c.get('client')));
    throw new Refused(heard === 'forged' ? 401 : 404, heard === 'forged' ? 'detail.forged' : 'problem.404');
  });
}
