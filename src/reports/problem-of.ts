import type { Connection } from '../engine/connection.ts';

/** What stops a connection: a message key under `stop.`, what it needs, since when. */
export interface Problem {
  readonly key: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly since: number;
}

/** `fine`: it works. `unknown`: switched off or paused by a person, or too early to say; nothing is told. */
export type Verdict = 'fine' | 'unknown' | Problem;

/** Errors that may mend themselves are told only when they have lasted for so long. */
const GRACE_MS = 15 * 60_000;
const MENDS_ITSELF = new Set(['unavailable', 'throttled', 'quota', 'cursor', 'unexpected', 'internal']);
/** These wait for somebody. `quota` goes on by itself, `person` and `restored` were a person's own wish. */
const NEEDS_SOMEBODY = new Set(['auth', 'other_account', 'breaker', 'mass_deletion', 'schema']);

/** Does the connection stand still, and has it been long enough to bother somebody? */
export function problemOf(connection: Connection, now: number): Verdict {
  const { pausedReason, lastError, failingSince } = connection;
  if (!connection.enabled) return 'unknown';
  if (pausedReason !== null)
    return NEEDS_SOMEBODY.has(pausedReason)
      ? { key: pausedReason, params: { ...connection.pausedDetail }, since: connection.pausedAt ?? now }
      : 'unknown';
  if (lastError === null) return connection.accountId === null ? 'unknown' : 'fine';
  const kind = String(lastError['kind'] ?? 'internal');
  const since = failingSince ?? now;
  if (MENDS_ITSELF.has(kind) && now - since < GRACE_MS) return 'unknown';
  return { key: `error_${kind}`, params: { ...lastError }, since };
}

/** Is it another thing to do than what was told? An outage that turned out to be a lost password is told again. */
export const isWorthTelling = (told: string | null, problem: Problem): boolean =>
  told === null || (told !== problem.key && NEEDS_SOMEBODY.has(problem.key));
