import { sql } from 'kysely';
import type { StoredToken, TokenKeeper } from '../connectors/kit/connector.ts';
import type { Queryable } from '../store/db.ts';
import type { EngineDeps } from './deps.ts';

/**
 * Tokens of a connection, encrypted, one refresh for all: the first to find a token dead takes a short lease on refreshing;
 * the others wait and get the winner's. A new token is committed before anybody uses it, so a rotated refresh token is
 * never lost between two processes. No transaction is open while the vendor answers.
 */
export function createTokens(deps: EngineDeps, connectionId: string): TokenKeeper {
  const owner = `token:${connectionId}`;
  const load = async (q: Queryable = deps.store.db): Promise<StoredToken | null> => {
    const { token } = await deps.secrets.load(q, owner);
    // Written below, from this very type.
    return token === undefined ? null : (JSON.parse(token) as StoredToken);
  };
  const renew: TokenKeeper['renew'] = async (seen, refresh) => {
    for (let tries = 0; tries < 120; tries += 1) {
      const current = await load();
      if (current !== null && current.accessToken !== seen?.accessToken) return current;
      if (await takeRefresh(deps, owner)) {
        try {
          const fresh = await refresh(current);
          await deps.store.transaction((trx) =>
            deps.secrets.save(trx, owner, { token: JSON.stringify(fresh) }, deps.clock.now()),
          );
          return fresh;
        } finally {
          await deps.store.db.deleteFrom('settings').where('key', '=', `refresh:${owner}`).execute();
        }
      }
      await deps.clock.sleep(250);
    }
    throw new Error('another process has been refreshing the token for half a minute');
  };
  return { load: () => load(), renew };
}

const REFRESH_LEASE_MS = 30_000;

async function takeRefresh(deps: EngineDeps, owner: string): Promise<boolean> {
  const now = deps.clock.now();
  const taken = await sql<{ key: string }>`
    insert into settings (key, value, updated_at) values (${`refresh:${owner}`}, '{}'::jsonb, ${now})
    on conflict (key) do update set updated_at = excluded.updated_at where settings.updated_at < ${now - REFRESH_LEASE_MS}
    returning key`.execute(deps.store.db);
  return taken.rows.length > 0;
}
