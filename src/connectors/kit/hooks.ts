import { timingSafeEqual } from 'node:crypto';
import type { Kind } from '../../core/model.ts';

/**
 * A vendor's webhooks, where it has them: we subscribe, renew and withdraw, and read what it sends. They only say "look at
 * this record" (house: a poke); no value is taken from them, and the poll stays the truth.
 */
export interface Hooks {
  /** Asks the vendor to call. Idempotent: what is there already for this address is taken over. @throws RemoteError */
  subscribe(target: HookTarget): Promise<Subscription>;
  /** Makes it last longer, tell of other fields, or be there again; also a cheap look whether it still is. */
  renew(subscription: Subscription, target: HookTarget): Promise<Subscription>;
  /** Withdraws it; gone already is fine. */
  drop(subscription: Subscription): Promise<void>;
  /** What a request says, or that it is not the vendor's. Neither calls nor remembers. */
  read(request: RawRequest, known: KnownHook): readonly Poke[] | 'forged';
}

export interface HookTarget {
  /** Where the vendor calls; its last part cannot be guessed. */
  readonly url: string;
  /** Shown to us by vendors that carry a secret (Basic password, token); at most 50 characters of base64url. */
  readonly secret: string;
  /** CRM field keys whose changes matter, for vendors that tell field by field. */
  readonly fields: readonly string[];
}

/** What the vendor has of ours; kept by the engine as it is. */
export interface Subscription {
  readonly ids: readonly string[];
  /** ms since 1970; null: it does not end by itself. */
  readonly expiresAt: number | null;
  /** What a person has to enter with the app, because the vendor lets nobody else; null: all is done. */
  readonly byHand: string | null;
  /** Of a stream that we listen to: where to go on. */
  readonly position?: string;
}

export interface RawRequest {
  readonly method: string;
  /** The whole public address that was called. */
  readonly url: string;
  readonly headers: Headers;
  /** As it came: signatures are over bytes. */
  readonly body: string;
}

export interface KnownHook {
  readonly secret: string;
  /** Of the connection (R40): calls about other accounts say nothing. */
  readonly accountId: string;
  /** As whom we act there, where known. */
  readonly userId: string | null;
  readonly subscription: Subscription;
}

export interface Poke {
  /** null: the vendor does not tell, or it does not matter. */
  readonly kind: Kind | null;
  readonly id: string;
  /** `gone`: deleted or merged away; believed only from the poll. */
  readonly what: 'changed' | 'gone';
  /** The vendor says that we did it. */
  readonly byUs: boolean;
  /** Names the event, so that one that comes twice is done once. */
  readonly eventId: string;
}

/** Compared without telling by the time how much was right. */
export function sameSecret(shown: string | null | undefined, held: string): boolean {
  const [a, b] = [Buffer.from(shown ?? ''), Buffer.from(held)];
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}

/** A body of JSON; undefined: it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
