import type { Connection } from '../engine/connection.ts';
import type { ConnectionPatch } from './contract/connection.ts';
import { Refused } from './problems.ts';

/**
 * Of a connection's settings, the ones that connect are an administrator's (surface.md, "Rights": credentials, connect, limits): who else could
 * turn the address would have the kept credentials sent there. A value that is sent again as it stands is no change.
 * @throws Refused (403)
 */
export function checkConnectionRight(scopes: readonly string[], patch: ConnectionPatch, before: Connection): void {
  if (scopes.includes('connections:write')) return;
  const { settings } = before;
  const isOther = (next: unknown, now: unknown): boolean => next !== undefined && (next ?? null) !== (now ?? null);
  const reserved =
    patch.credentials !== undefined ||
    isOther(patch.baseUrl, settings.baseUrl) ||
    isOther(patch.authUrl, settings.authUrl) ||
    isOther(patch.quota?.dailyShare, settings.quota.dailyShare);
  if (reserved) throw new Refused(403, 'detail.403', { scope: 'connections:write' });
}
