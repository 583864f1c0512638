import type { Origin, Origins } from './model.ts';

/**
 * Origins as a contact's row keeps them: what most values of a new contact have in common stands once, under the empty key,
 * and `1` means it. Values that are written later have their own. In SQL read by `origin_of(origins, field)`.
 */
export type StoredOrigins = Readonly<Record<string, Origin | 1>>;

const COMMON = '';

/** Of a contact that is made. @param origins by field; no field is called ''. */
export function packOrigins(origins: Origins): StoredOrigins {
  const fields = Object.keys(origins);
  // Any will do; the last is rarely the address, which has a rule of its own.
  const common = origins[fields.at(-1) ?? COMMON];
  if (common === undefined || fields.length < 2) return origins;
  const stored: Record<string, Origin | 1> = { [COMMON]: common };
  for (const field of fields) {
    const origin = origins[field];
    if (origin !== undefined) stored[field] = isSame(origin, common) ? 1 : origin;
  }
  return stored;
}

/** What `packOrigins` was given, with what has been written since. */
export function unpackOrigins(stored: StoredOrigins): Origins {
  const common = stored[COMMON];
  if (common === undefined || common === 1) return withoutMarks(stored);
  const origins: Record<string, Origin> = {};
  for (const field of Object.keys(stored)) {
    const origin = stored[field];
    if (field !== COMMON && origin !== undefined) origins[field] = origin === 1 ? common : origin;
  }
  return origins;
}

// Without a common origin there are no marks; nothing but `packOrigins` makes them.
const withoutMarks = (stored: StoredOrigins): Origins => stored as Origins;

const isSame = (a: Origin, b: Origin): boolean =>
  a === b ||
  (a.by === b.by &&
    a.at === b.at &&
    a.rule === b.rule &&
    a.run === b.run &&
    a.connection === b.connection &&
    a.source === b.source);
