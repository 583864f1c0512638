import { timingSafeEqual } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { sql } from 'kysely';
import { Counter, Gauge, Registry } from 'prom-client';
import type { ApiDeps } from './deps.ts';
import type { App } from './register.ts';

const isLoopback = (address: string | undefined): boolean =>
  address === '::1' || /^(::ffff:)?127\./.test(address ?? '');

/** Unknown where no socket stands behind the request. */
function remoteAddress(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined;
  }
}

/** Open to this machine, or to whoever has the token; to nobody else, and not through a proxy by accident. */
function mayRead(c: Context, deps: ApiDeps): boolean {
  const { metricsToken } = deps.config;
  if (metricsToken === undefined) {
    const isForwarded = c.req.header('x-forwarded-for') !== undefined || c.req.header('forwarded') !== undefined;
    return !isForwarded && isLoopback(remoteAddress(c));
  }
  const given = Buffer.from(c.req.header('authorization')?.replace(/^Bearer /i, '') ?? '');
  const wanted = Buffer.from(metricsToken);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** `/metrics` for Prometheus: requests, runs, what waits, what is to be fixed. */
export function addMetrics(app: App, deps: ApiDeps): void {
  const registers = [new Registry()];
  const requests = new Counter({
    name: 'tandem_http_requests_total',
    help: 'Requests by route template and status',
    labelNames: ['route', 'status'],
    registers,
  });
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    query: () => Promise<readonly Record<string, string | number>[]>,
  ): Gauge =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset();
        for (const { value, ...labels } of await query()) this.set(labels, Number(value));
      },
    });
  const { db } = deps.engine.store;
  gauge(
    'tandem_runs',
    'Runs of the last day by connection, direction and status',
    ['connection', 'direction', 'status'],
    async () =>
      (
        await sql<
          Record<string, string | number>
        >`select connection_name as connection, direction, status, count(*)::int as value from runs where created_at > ${deps.engine.clock.now() - 86_400_000} group by 1, 2, 3`.execute(
          db,
        )
      ).rows,
  );
  gauge(
    'tandem_waiting_changes',
    'Changes not yet on the other side',
    ['connection', 'side'],
    async () =>
      (
        await sql<
          Record<string, string | number>
        >`select c.name as connection, d.side, count(*)::int as value from due d join connections c on c.id = d.connection_id group by 1, 2`.execute(
          db,
        )
      ).rows,
  );
  gauge(
    'tandem_rejections',
    'Open rejections by connection and reason',
    ['connection', 'reason'],
    async () =>
      (
        await sql<
          Record<string, string | number>
        >`select c.name as connection, r.reason, count(*)::int as value from rejections r join connections c on c.id = r.connection_id where r.resolved_at is null group by 1, 2`.execute(
          db,
        )
      ).rows,
  );
  app.use('*', async (c, next) => {
    await next();
    requests.inc({ route: c.get('template') || 'other', status: String(c.res.status) });
  });
  app.get('/metrics', async (c) => {
    c.set('template', 'GET /metrics');
    if (!mayRead(c, deps)) return c.text('forbidden', 403);
    const [registry] = registers;
    return c.text((await registry?.metrics()) ?? '', 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    });
  });
}
