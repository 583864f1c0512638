import { sql } from 'kysely';
import type { Trx } from '../store/db.ts';
import type { Effects } from './page-effects.ts';

/**
 * R18: whoever was erased or deleted since they were read is left out of what is about to be written, their values and their
 * new record's included. Those who are there stay so until the transaction ends: an erasure waits for it, and then takes what
 * it wrote along.
 * @returns ids of those who are gone.
 */
export async function leaveOutGone(
  trx: Trx,
  effects: Effects,
  contactIds: readonly string[],
): Promise<ReadonlySet<string>> {
  // In the order in which pages of other connections lock them.
  const { rows } = await sql<{ id: string }>`
    select id from contacts where id = any(${contactIds as string[]}::text[]) order by id for share`.execute(trx);
  const alive = new Set(rows.map((row) => row.id));
  const gone = new Set(contactIds.filter((id) => !alive.has(id)));
  if (gone.size === 0) return gone;
  const links = [...effects.links].filter(([, link]) => gone.has(link.contactId ?? ''));
  const linkIds = new Set(links.map(([, link]) => link.id));
  const crmIds = new Set([
    ...links.map(([, link]) => link.crmId),
    ...effects.items.flatMap((item) => (gone.has(item.contactId ?? '') ? (item.crmId ?? []) : [])),
  ]);
  for (const [key] of links) effects.links.delete(key);
  for (const id of gone) for (const map of [effects.contacts, effects.dueCrm]) map.delete(id);
  for (const id of crmIds) effects.dueHub.delete(id);
  keep(effects.directory, (one) => !gone.has(one.link_back ?? '') && !crmIds.has(one.crm_id));
  for (const list of [effects.items, effects.rejections, effects.cleared, effects.consents])
    keep<{ readonly contactId: string | null }>(list, (one) => !gone.has(one.contactId ?? ''));
  keep(effects.conflicts, ({ link }) => !gone.has(link.contactId ?? ''));
  keep(effects.flips, (one) => !linkIds.has(one.linkId));
  keep(effects.merges, ({ contacts }) => !contacts.some((id) => gone.has(id)));
  return gone;
}

function keep<T>(list: T[], isKept: (one: T) => boolean): void {
  const kept = list.filter(isKept);
  list.splice(0, list.length, ...kept);
}
