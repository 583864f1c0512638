import { randomBytes } from 'node:crypto';

/** Random bytes; tests and the simulation give their own. */
export type Random = (bytes: number) => Uint8Array;
export const systemRandom: Random = (bytes) => randomBytes(bytes);

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Prefixes say what an id belongs to. */
export type IdPrefix =
  | 'con'
  | 'ct'
  | 'lnk'
  | 'run'
  | 'rej'
  | 'cfl'
  | 'int'
  | 'evt'
  | 'key'
  | 'usr'
  | 'imp'
  | 'out'
  | 'rul'
  | 'bat';

export interface Ids {
  /** e.g. `ct_01jd3k…`: sorts by the time it was made, 80 random bits. */
  next(prefix: IdPrefix): string;
}

const encode = (value: bigint, length: number): string => {
  let text = '';
  let rest = value;
  for (let index = 0; index < length; index += 1) {
    text = `${ALPHABET[Number(rest & 31n)]}${text}`;
    rest >>= 5n;
  }
  return text;
};

/** Ids like ULIDs: 48 bits of time, 80 of chance, in an alphabet that cannot be misread. */
export function createIds(clock: { now(): number }, random: Random = systemRandom): Ids {
  return {
    next: (prefix) => {
      const chance = random(10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      return `${prefix}_${encode(BigInt(clock.now()), 10)}${encode(chance, 16)}`;
    },
  };
}
