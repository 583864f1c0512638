import type { Poke } from './hooks.ts';

/** A vendor's stream of events, for vendors that call nobody: we listen. As with webhooks, it only says "look at this record". */
export interface Events {
  /**
   * Listens until the signal aborts, and resolves then. @throws RemoteError when the vendor ends it: `forbidden` where
   * nothing can be heard at all, else listen again.
   */
  listen(options: ListenOptions): Promise<void>;
}

export interface ListenOptions {
  /** Where to go on, as `heard` gave it; null: from now on. */
  readonly after: string | null;
  readonly signal: AbortSignal;
  /** What came, and where to go on afterwards. Also called without pokes, at least every two minutes: it still listens. */
  readonly heard: (pokes: readonly Poke[], position: string) => Promise<void>;
}
