import type { Found, Key, RemoteRecord } from './connector.ts';

/**
 * Which of these records each key means: by any of their addresses or by the way back to us, whatever the capitals (ours differ
 * in nothing else, and some vendors keep or compare them folded). Vendors' own comparisons are wider now and then (wildcards,
 * parts, other fields), so what they found is compared again. A record that came twice counts once.
 */
export function foundByKeys(
  keys: readonly Key[],
  records: readonly RemoteRecord[],
  mayLag: (key: Key) => boolean,
): readonly Found[] {
  const byEmail = new Map<string, RemoteRecord[]>();
  const byLink = new Map<string, RemoteRecord[]>();
  for (const record of new Map(records.map((one) => [one.id, one])).values()) {
    for (const email of new Set(record.emails.map((one) => one.toLowerCase()))) add(byEmail, email, record);
    if (record.linkBack !== null) add(byLink, record.linkBack.toLowerCase(), record);
  }
  return keys.map((key) => ({
    key,
    mayLag: mayLag(key),
    records: ('email' in key ? byEmail.get(key.email.toLowerCase()) : byLink.get(key.linkBack.toLowerCase())) ?? [],
  }));
}

function add(index: Map<string, RemoteRecord[]>, name: string, record: RemoteRecord): void {
  const there = index.get(name);
  if (there === undefined) index.set(name, [record]);
  else there.push(record);
}
