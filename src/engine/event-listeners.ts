import { sql } from 'kysely';
import { type Failure, failureOf, RemoteError } from '../connectors/kit/errors.ts';
import type { Events } from '../connectors/kit/events.ts';
import type { Poke, Subscription } from '../connectors/kit/hooks.ts';
import { loadConnection } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { CLAIM_MS } from './hook-claim.ts';
import { hear } from './receive-hook.ts';

const RETRY_MS = 60_000;
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

interface Listener {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** The event streams that this worker listens to: one listener per connection among all workers, by the claim on its row. */
export class EventListeners {
  readonly #deps: EngineDeps;
  readonly #running = new Map<string, Listener>();

  constructor(deps: EngineDeps) {
    this.#deps = deps;
  }

  /** Starts anew, also where one listens already: settings or account may have changed. @param claim `next_at` as this worker set it. */
  listen(connectionId: string, events: Events, from: { readonly after: string | null; readonly claim: number }): void {
    this.#running.get(connectionId)?.abort.abort();
    const abort = new AbortController();
    const done = this.#run(connectionId, events, { ...from, abort }).finally(() => {
      if (this.#running.get(connectionId)?.abort === abort) this.#running.delete(connectionId);
    });
    this.#running.set(connectionId, { abort, done });
  }

  end(connectionId: string): void {
    this.#running.get(connectionId)?.abort.abort();
  }

  /** Ends all; their rows are free for another worker at once. */
  async stop(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { abort } of all) abort.abort();
    await Promise.all(all.map(({ done }) => done));
  }

  async #run(
    id: string,
    events: Events,
    start: { readonly after: string | null; readonly claim: number; readonly abort: AbortController },
  ): Promise<void> {
    const { abort } = start;
    let { claim } = start;
    let isOpen = false;
    const heard = async (pokes: readonly Poke[], position: string): Promise<void> => {
      const connection = await loadConnection(this.#deps.store.db, id).catch(() => null);
      if (connection?.enabled !== true || connection.pausedReason === 'restored') return abort.abort();
      if (pokes.length > 0) await hear(this.#deps, connection, pokes);
      const next = await this.#keep(id, claim, { ids: [], expiresAt: null, byHand: null, position });
      if (next === null) return abort.abort();
      claim = next;
      isOpen = true;
    };
    try {
      await events.listen({ after: start.after, signal: abort.signal, heard });
      await this.#leave(id, claim, { nextAt: this.#deps.clock.now() });
    } catch (error) {
      await this.#leave(id, claim, this.#endOf(error, isOpen, id));
    }
  }

  /** Still ours? Then for longer, with the new position. @returns the new claim; null: another worker has it. */
  async #keep(id: string, claim: number, vendor: Subscription): Promise<number | null> {
    const now = this.#deps.clock.now();
    // A claim is told apart by its time: never the same twice.
    const next = Math.max(now + CLAIM_MS, claim + 1);
    const kept = await sql<{ one: number }>`
      update hook_subscriptions set next_at = ${next}, state = 'live', error = null, vendor = ${JSON.stringify(vendor)}::jsonb, updated_at = ${now}
       where connection_id = ${id} and next_at = ${claim} returning 1 as one`.execute(this.#deps.store.db);
    return kept.rows.length > 0 ? next : null;
  }

  #endOf(error: unknown, wasOpen: boolean, id: string): Ending {
    const now = this.#deps.clock.now();
    const known = error instanceof RemoteError ? error : null;
    if (known === null) this.#deps.log.error({ err: error, connection: id }, 'a stream of events stumbled');
    // Streams end now and then: it is taken up again at once.
    if (known?.kind === 'unavailable' && wasOpen) return { nextAt: now };
    const isRefused = known !== null && ['forbidden', 'invalid'].includes(known.kind);
    return {
      nextAt: now + (isRefused ? DAY_MS : known?.kind === 'auth' ? HOUR_MS : RETRY_MS),
      failed: failureOf(error),
    };
  }

  async #leave(id: string, claim: number, ending: Ending): Promise<void> {
    const failed = ending.failed === undefined ? null : JSON.stringify(ending.failed);
    await sql`update hook_subscriptions set next_at = ${Math.round(ending.nextAt)},
                state = case when ${failed}::text is null then state else 'failed' end,
                error = case when ${failed}::text is null then error else ${failed}::jsonb end
               where connection_id = ${id} and next_at = ${claim}`
      .execute(this.#deps.store.db)
      .catch((error: unknown) => this.#deps.log.warn({ err: error, connection: id }, 'the claim on a stream stays'));
  }
}

interface Ending {
  readonly nextAt: number;
  readonly failed?: Failure;
}
