import { sql } from 'kysely';
import type { InstanceSettings } from '../core/instance.ts';
import type { Queryable } from '../store/db.ts';
import type { Reader } from './words.ts';

/** An address that belongs to somebody who signs in is written to in that person's language and zone. */
export async function readersOf(
  q: Queryable,
  addresses: readonly string[],
  settings: InstanceSettings,
): Promise<readonly Reader[]> {
  const people = await q
    .selectFrom('user')
    .select(['email', 'locale', 'timeZone'])
    .where('deactivatedAt', 'is', null)
    .where(sql<boolean>`lower(email) = any(${addresses.map((one) => one.toLowerCase())}::text[])`)
    .execute();
  const byAddress = new Map(people.map((person) => [person.email.toLowerCase(), person]));
  return addresses.map((address) => {
    const person = byAddress.get(address.toLowerCase());
    const locale = person?.locale?.slice(0, 2);
    return {
      address,
      locale: locale === 'fr' || locale === 'en' ? locale : settings.locale,
      timeZone: usable(person?.timeZone) ?? usable(settings.timeZone) ?? 'UTC',
    };
  });
}

/** A zone that this Node.js knows: a name from an old browser must not stop a report. */
function usable(timeZone: string | null | undefined): string | undefined {
  if (timeZone === null || timeZone === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
