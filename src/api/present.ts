import type { Failure } from '../connectors/kit/errors.ts';
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
import { failureText, type NamedCrm } from './messages/failure-text.ts';
import type { Locale } from './messages/say.ts';

/** Times leave as ISO 8601 with `Z`. */
export const iso = (at: number): string => new Date(at).toISOString();
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

/** The CRM of this id, as a failure names it. */
export function namedCrm(
  deps: { readonly engine: Pick<ApiDeps['engine'], 'manifests'> },
  id: string | number | undefined,
): NamedCrm {
  const manifest = deps.engine.manifests.get(String(id ?? ''));
  return manifest === undefined ? null : { id: manifest.id, label: manifest.label };
}

/** A failure as people read it: its message, and what to do, in their language. */
function presentFailure(deps: ApiDeps, locale: Locale, failure: Failure, crm: string | number | undefined): Failure {
  return { ...failure, ...failureText(locale, failure, namedCrm(deps, failure['crm'] ?? crm)) };
}

export const presentRun = (deps: ApiDeps, locale: Locale) => (run: RunView) => ({
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
  error: run.error === null ? null : presentFailure(deps, locale, run.error, undefined),
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
  undo:
    run.undo === null
      ? null
      : {
          of: run.undo.of,
          deleteCreated: run.undo.deleteCreated,
          fields: run.undo.found.fields,
          removed: run.undo.found.removed,
          left: run.undo.found.left,
          leftPeople: run.undo.found.leftPeople,
        },
  undone: run.undone,
  expiresAt: isoOrNull(run.expiresAt),
  batch: run.batch,
});

export const presentHealth = (deps: ApiDeps, locale: Locale, crm: string) => (health: Health) => ({
  light: health.light,
  why: health.why,
  // With a kind it is a failure; the others are numbers and names.
  whyParams:
    health.whyParams['kind'] === undefined ? health.whyParams : presentFailure(deps, locale, health.whyParams, crm),
  lastRun: health.lastRun === null ? null : presentRun(deps, locale)(health.lastRun),
  nextRunAt: isoOrNull(health.nextRunAt),
  oldestWaiting: { toHub: isoOrNull(health.oldestWaiting.toHub), toCrm: isoOrNull(health.oldestWaiting.toCrm) },
  waiting: health.waiting,
  since: isoOrNull(health.since),
  backlog: health.backlog === null ? null : { ...health.backlog, since: iso(health.backlog.since) },
  links: health.links,
});

const presentHooks = (deps: ApiDeps, locale: Locale, crm: string) => (hooks: HooksView) => ({
  ...hooks,
  lastEventAt: isoOrNull(hooks.lastEventAt),
  error:
    hooks.error === null || hooks.state !== 'failed' ? hooks.error : presentFailure(deps, locale, hooks.error, crm),
});

const presentAuthorization = (one: Authorization | null) =>
  one === null ? null : { ...one, at: isoOrNull(one.at), refusedAt: isoOrNull(one.refusedAt) };

/** A connection without its secrets: only which of them are set. */
export async function presentConnection(deps: ApiDeps, connection: Connection, locale: Locale) {
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
    hooks: presentHooks(deps, locale, connection.crm)(await hooksOf(deps.engine, connection)),
    authorization: presentAuthorization(await authorizationOf(deps.engine, connection)),
    health: presentHealth(deps, locale, connection.crm)(await healthOf(deps.engine, connection)),
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
