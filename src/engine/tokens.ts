import { sql } from 'kysely';
import type { StoredToken, TokenKeeper } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import { TOKEN_TIMEOUT_MS } from '../connectors/kit/http.ts';
import { NOT_AUTHORISED } from '../connectors/kit/oauth.ts';
import type { Queryable, Store } from '../store/db.ts';
import type { EngineDeps } from './deps.ts';

/** Under which the token of a connection is kept in `secrets`. */
export const tokenOwner = (connectionId: string): string => `token:${connectionId}`;

/** Longer than a token endpoint may take and than saving is tried: whoever holds it longer is dead. */
export const REFRESH_LEASE_MS = TOKEN_TIMEOUT_MS + 25_000;
/** Others wait for a refresh until a dead one's lease has run out, too. */
const WAIT_MS = REFRESH_LEASE_MS + 15_000;
const POLL_MS = 250;
/** Pauses between tries to save a token that only this process knows. */
export const SAVE_PAUSES_MS = [200, 1_000, 3_000];

/**
 * Tokens of a connection, encrypted, one refresh for all processes: the first to find a token dead takes a lease on
 * refreshing, the others wait and get the winner's. A rotated refresh token is committed before anybody uses it, saved again
 * until it is saved, and kept in memory where the database is away for longer. It replaces only the token that it came
 * from, so a person who authorises meanwhile wins. A failed refresh leaves the stored token as it is. No transaction is
 * open while the vendor answers.
 */
export function createTokens(deps: EngineDeps, connectionId: string): TokenKeeper {
  const refresher = new Refresher(deps, connectionId);
  return { load: () => refresher.load(), renew: (seen, refresh) => refresher.renew(seen, refresh) };
}

interface Unsaved {
  readonly from: StoredToken | null;
  readonly token: StoredToken;
}
/** Tokens that a vendor gave and the database has not taken yet, by owner. */
const unsaved = new WeakMap<Store, Map<string, Unsaved>>();

class Refresher {
  readonly #deps: EngineDeps;
  readonly #connectionId: string;
  readonly #owner: string;

  constructor(deps: EngineDeps, connectionId: string) {
    this.#deps = deps;
    this.#connectionId = connectionId;
    this.#owner = tokenOwner(connectionId);
  }

  async load(q: Queryable = this.#deps.store.db): Promise<StoredToken | null> {
    const { token } = await this.#deps.secrets.load(q, this.#owner);
    // Written below and in authorize.ts, from this very type.
    return token === undefined ? null : (JSON.parse(token) as StoredToken);
  }

  async renew(
    seen: StoredToken | null,
    refresh: (current: StoredToken | null) => Promise<StoredToken>,
  ): Promise<StoredToken> {
    const { clock } = this.#deps;
    const until = clock.now() + WAIT_MS;
    for (;;) {
      const current = await this.load();
      if (isNewer(current, seen)) return current;
      const lease = await this.#takeLease();
      if (lease !== null) {
        try {
          return await this.#alone(seen, refresh, lease.afterCrash);
        } finally {
          await this.#release(lease.by);
        }
      }
      if (clock.now() >= until)
        throw new RemoteError('unavailable', 'another process has been renewing the token for a minute');
      await clock.sleep(POLL_MS);
    }
  }

  async #alone(
    seen: StoredToken | null,
    refresh: (current: StoredToken | null) => Promise<StoredToken>,
    afterCrash: boolean,
  ): Promise<StoredToken> {
    const left = this.#unsaved.get(this.#owner);
    if (left !== undefined) await this.#save(left);
    // Read again under the lease: the one before may have stored a token after we looked.
    const current = await this.load();
    if (isNewer(current, seen)) return current;
    let token: StoredToken;
    try {
      token = await refresh(current);
    } catch (error) {
      const now = await this.load();
      if (isNewer(now, current)) return now;
      throw await this.#refused(error, current, afterCrash);
    }
    this.#deps.checkpoint?.('token:renewed');
    return this.#save({ from: current, token });
  }

  get #unsaved(): Map<string, Unsaved> {
    const { store } = this.#deps;
    const known = unsaved.get(store) ?? new Map<string, Unsaved>();
    unsaved.set(store, known);
    return known;
  }

  /** @returns what is stored now: the new token, or the one that somebody put in place of the old one meanwhile. */
  async #save(renewed: Unsaved): Promise<StoredToken> {
    this.#unsaved.set(this.#owner, renewed);
    for (const pause of [...SAVE_PAUSES_MS, null]) {
      try {
        const stored = await this.#commit(renewed);
        this.#unsaved.delete(this.#owner);
        return stored;
      } catch (error) {
        if (pause === null) throw error;
        this.#deps.log.warn({ err: error, connection: this.#connectionId }, 'a new token could not be saved yet');
        await this.#deps.clock.sleep(pause);
      }
    }
    return renewed.token;
  }

  #commit({ from, token }: Unsaved): Promise<StoredToken> {
    const { store, secrets, clock } = this.#deps;
    return store.transaction(async (trx) => {
      await sql`select 1 from secrets where owner = ${this.#owner} for update`.execute(trx);
      const stored = await this.load(trx);
      if (isNewer(stored, from)) return stored;
      const at = clock.now();
      await secrets.save(trx, this.#owner, { token: JSON.stringify(token) }, at);
      await sql`update authorizations set refused_at = null, refused_code = null where connection_id = ${this.#connectionId} and refused_at is not null`.execute(
        trx,
      );
      return token;
    });
  }

  /** Remembers for the screen that a person has to authorise again. */
  async #refused(error: unknown, current: StoredToken | null, afterCrash: boolean): Promise<unknown> {
    if (!(error instanceof RemoteError) || error.kind !== 'auth' || error.case === NOT_AUTHORISED) return error;
    // The vendor's last answer was lost with the process that waited for it, and with it, where tokens rotate, the token.
    const isLost = afterCrash && current?.refreshToken !== undefined;
    const told = isLost
      ? new RemoteError('auth', 'the new token was lost when the program was stopped: connect again', {
          code: 'token_lost',
          case: 'token_lost',
          cause: error,
        })
      : error;
    await sql`update authorizations set refused_at = coalesce(refused_at, ${this.#deps.clock.now()}), refused_code = coalesce(refused_code, ${told.code ?? null}) where connection_id = ${this.#connectionId}`.execute(
      this.#deps.store.db,
    );
    return told;
  }

  async #takeLease(): Promise<{ readonly by: string; readonly afterCrash: boolean } | null> {
    const { clock, ids, store } = this.#deps;
    const now = clock.now();
    const by = ids.next('evt');
    const taken = await sql<{ value: { readonly afterCrash: boolean } }>`
      insert into settings (key, value, updated_at) values (${this.#leaseKey}, ${JSON.stringify({ by, afterCrash: false })}::jsonb, ${now})
      on conflict (key) do update set value = ${JSON.stringify({ by, afterCrash: true })}::jsonb, updated_at = excluded.updated_at
        where settings.updated_at < ${now - REFRESH_LEASE_MS}
      returning value`.execute(store.db);
    const [row] = taken.rows;
    return row === undefined ? null : { by, afterCrash: row.value.afterCrash };
  }

  async #release(by: string): Promise<void> {
    await sql`delete from settings where key = ${this.#leaseKey} and value ->> 'by' = ${by}`.execute(
      this.#deps.store.db,
    );
  }

  get #leaseKey(): string {
    return `refresh:${this.#owner}`;
  }
}

/** Has somebody stored another token than the one that was seen? */
const isNewer = (stored: StoredToken | null, seen: StoredToken | null): stored is StoredToken =>
  stored !== null && stored.accessToken !== seen?.accessToken;
