import { randomBytes } from 'node:crypto';

/** Random bytes; tests and the simulation give their own. */
export type Random = (bytes: number) => Uint8Array;
export const systemRandom: Random = (bytes) => randomBytes(bytes);

const POOL = 4_096;

/** Drawn from the system in pieces: a page of a thousand records asks for thousands of ids. Not for secrets. */
function pooledRandom(): Random {
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  return (bytes) => {
    if (used + bytes > pool.length) {
      pool = systemRandom(Math.max(POOL, bytes));
      used = 0;
    }
    used += bytes;
    return pool.subarray(used - bytes, used);
  };
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Prefixes say what an id belongs to. */
export type IdPrefix =
  | 'con'
  | 'ct'
  | 'lnk'
  | 'lk'
  | 'run'
  | 'rej'
  | 'sch'
  | 'cfl'
  | 'int'
  | 'evt'
  | 'key'
  | 'usr'
  | 'imp'
  | 'blk'
  | 'out'
  | 'rul'
  | 'bat'
  | 'ml'
  | 'inv'
  | 'acc'
  | 'seg'
  | 'frm'
  | 'sub'
  | 'fil'
  | 'cst'
  | 'sit'
  | 'rpt'
  | 'whk'
  | 'dlv';

export interface Ids {
  /** e.g. `ct_01jd3k…`: sorts by the time it was made, 80 random bits. */
  next(prefix: IdPrefix): string;
}

/** Milliseconds as ten letters; whole numbers up to 2^48 are exact in a double. */
const encodeTime = (ms: number): string => {
  let text = '';
  for (let rest = ms, index = 0; index < 10; index += 1, rest = Math.floor(rest / 32))
    text = `${ALPHABET[rest % 32]}${text}`;
  return text;
};

/** Five bits a letter, over the borders of the bytes. */
const encodeBytes = (bytes: Uint8Array): string => {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
};

/** Ids like ULIDs: 48 bits of time, 80 of chance, in an alphabet that cannot be misread. */
export function createIds(clock: { now(): number }, random: Random = pooledRandom()): Ids {
  return {
    next: (prefix) => `${prefix}_${encodeTime(clock.now())}${encodeBytes(random(10))}`,
  };
}
