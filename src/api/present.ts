import type { Origin } from '../core/model.ts';
import { type Authorization, authorizationOf } from '../engine/authorize.ts';
import { secretsOwner } from '../engine/connect.ts';
import type { Connection } from '../engine/connection.ts';
import { manifestOf } from '../engine/connection.ts';
import { type Health, healthOf } from '../engine/health.ts';
import { type HooksView, hooksOf } from '../engine/hook-subscriptions.ts';
import { countLinked } from '../engine/mass-guard.ts';
import type { RunView } from '../engine/runs.ts';
import type { ContactView } from '../hub/read-contacts.ts';
import type { ApiDeps } from './deps.ts';

/** Times leave as ISO 8601 with `Z`. */
export const iso = (at: number): string => new Date(at).toISOString();
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export const presentRun = (run: RunView) => ({
  id: run.id,
  connection: run.connection,
  connectionId: run.connectionId,
  direction: run.direction,
  trigger: run.trigger,
  mode: run.mode,
  dryRun: run.dryRun,
  status: run.status,
  pausedReason: run.pausedReason,
  createdAt: iso(run.createdAt),
  startedAt: isoOrNull(run.startedAt),
  endedAt: isoOrNull(run.endedAt),
  counts: run.counts,
  apiCalls: run.apiCalls,
  slowed: run.slowed,
  waitedMs: run.waitedMs,
  error: run.error,
  cost:
    run.plan === null
      ? null
      : {
          calls: run.plan.calls,
          ofDailyQuota: run.plan.ofDailyQuota,
          seconds: run.plan.seconds,
          calculated: run.plan.calculated ?? 0,
        },
  guard: run.guard,
  leftOut: run.approval?.leaveOut ?? [],
  lines: run.lines,
  suspended: run.suspended,
  expiresAt: isoOrNull(run.expiresAt),
  batch: run.batch,
});

export const presentHealth = (health: Health) => ({
  light: health.light,
  why: health.why,
  whyParams: health.whyParams,
  lastRun: health.lastRun === null ? null : presentRun(health.lastRun),
  nextRunAt: isoOrNull(health.nextRunAt),
  oldestWaiting: { toHub: isoOrNull(health.oldestWaiting.toHub), toCrm: isoOrNull(health.oldestWaiting.toCrm) },
  waiting: health.waiting,
  since: isoOrNull(health.since),
  backlog: health.backlog === null ? null : { ...health.backlog, since: iso(health.backlog.since) },
  links: health.links,
});

const presentHooks = (hooks: HooksView) => ({ ...hooks, lastEventAt: isoOrNull(hooks.lastEventAt) });

const presentAuthorization = (one: Authorization | null) =>
  one === null ? null : { ...one, at: isoOrNull(one.at), refusedAt: isoOrNull(one.refusedAt) };

/** A connection without its secrets: only which of them are set. */
export async function presentConnection(deps: ApiDeps, connection: Connection) {
  const manifest = manifestOf(deps.engine, connection.crm);
  const { account } = connection;
  const set = await deps.engine.secrets.names(deps.engine.store.db, secretsOwner(connection.id));
  const host = connection.settings.baseUrl === undefined ? null : new URL(connection.settings.baseUrl).host;
  return {
    ...connection.settings,
    id: connection.id,
    name: connection.name,
    crm: connection.crm,
    crmLabel: manifest.label,
    enabled: connection.enabled,
    credentials: { method: connection.credentialMethod, set },
    mappings: connection.mappings,
    version: connection.settingsVersion,
    pausedReason: connection.pausedReason,
    account: account === null ? null : { id: account.id, name: account.name, sandbox: account.sandbox },
    counts: account?.counts ?? {},
    linked: await countLinked(deps.engine.store.db, connection.id),
    countedAt: isoOrNull(connection.accountCheckedAt),
    writtenBy: connection.writtenBy,
    emulated: host !== null && deps.emulatedHosts.has(host),
    hooks: presentHooks(await hooksOf(deps.engine, connection)),
    authorization: presentAuthorization(await authorizationOf(deps.engine, connection)),
    health: presentHealth(await healthOf(deps.engine, connection)),
  };
}

export const presentContact = (contact: ContactView) => ({
  id: contact.id,
  email: contact.email,
  fields: contact.fields,
  score: contact.score,
  archivedAt: isoOrNull(contact.archivedAt),
  createdAt: iso(contact.createdAt),
  updatedAt: iso(contact.updatedAt),
  version: contact.version,
});

export const presentOrigin = (origin: Origin) => ({
  by: origin.by,
  at: isoOrNull(origin.at),
  connection: origin.connection ?? null,
  source: origin.source ?? null,
  rule: origin.rule ?? null,
  run: origin.run ?? null,
});

/** An opaque `next` made of a sort value and an id. */
export const encodeCursor = (value: number, id: string): string =>
  Buffer.from(JSON.stringify([value, id])).toString('base64url');
export function decodeCursor(cursor: string | undefined): { readonly value: number; readonly id: string } | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parsed) && typeof parsed[0] === 'number' && typeof parsed[1] === 'string')
      return { value: parsed[0], id: parsed[1] };
  } catch {
    // Not one of ours: read as no cursor at all.
  }
  return undefined;
}
