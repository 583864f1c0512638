import { createHash } from 'node:crypto';
import { limitKey } from '../../platform/addresses.ts';
import { isPrivateAddress } from '../../platform/guarded-fetch.ts';
import { systemRandom } from '../../platform/ids.ts';

/** How much of `POST /t` is taken in a minute; 0: no limit. */
export interface TrackLimits {
  /** Posts of one address (of one IPv6 network of 64 bits). */
  readonly postsPerAddress: number;
  /** Signs of all visitors together, by the site key. */
  readonly signs: number;
}

export interface TrackLimit {
  /** Whether one more post of this address is taken now. */
  fromAddress(address: string): boolean;
  /** Whether so many signs more are taken now. */
  ofSite(signs: number): boolean;
  /** Until the next minute begins, s. */
  secondsLeft(): number;
}

const MINUTE_MS = 60_000;
/** Two rows of so many counters: half a megabyte, however many addresses post. */
const COUNTERS = 65_536;

/**
 * Counts by the minute, in memory that does not grow: an address has a counter in each of two rows, chosen by a hash that
 * only this process knows, and is over its limit when both are. So whoever shares one counter with somebody who floods is
 * not refused. Private addresses are not counted one by one: behind a proxy that nobody named (`TANDEM_TRUST_PROXY`) they
 * stand for everybody.
 */
export function createTrackLimit(limits: TrackLimits, now: () => number, secret = systemRandom(16)): TrackLimit {
  const rows = [new Uint32Array(COUNTERS), new Uint32Array(COUNTERS)] as const;
  let minute = 0;
  let signsSeen = 0;
  const roll = (): void => {
    const present = Math.floor(now() / MINUTE_MS);
    if (present === minute) return;
    minute = present;
    signsSeen = 0;
    for (const row of rows) row.fill(0);
  };
  const count = (address: string): number => {
    const hash = createHash('sha1').update(secret).update(limitKey(address)).digest();
    return Math.min(
      ...rows.map((row, index) => {
        const at = hash.readUInt16LE(index * 2);
        const value = (row[at] ?? 0) + 1;
        row[at] = value;
        return value;
      }),
    );
  };
  return {
    fromAddress: (address) => {
      if (limits.postsPerAddress === 0 || address === 'unknown' || isPrivateAddress(address)) return true;
      roll();
      return count(address) <= limits.postsPerAddress;
    },
    ofSite: (signs) => {
      roll();
      signsSeen += signs;
      return limits.signs === 0 || signsSeen <= limits.signs;
    },
    secondsLeft: () => Math.ceil((MINUTE_MS - (now() % MINUTE_MS)) / 1000),
  };
}
