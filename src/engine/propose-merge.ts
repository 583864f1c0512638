import type { RemoteRecord } from '../connectors/kit/connector.ts';
import type { MergeFound } from '../store/merge-proposals.ts';
import type { Effects } from './page-effects.ts';
import { type ContactState, emailKeys, type LinkState, type PageState } from './page-state.ts';

/** R18b: the records of two contacts became one: that the contacts are one person is for somebody to say. */
export function proposeMerge(
  state: PageState,
  effects: Effects,
  found: { readonly links: readonly [holder: LinkState, other: LinkState]; readonly why: MergeFound['why'] },
): void {
  const [holder, other] = found.links;
  const [a, b] = [holder.contactId, other.contactId];
  if (a === null || b === null || a === b || !state.contacts.has(a) || !state.contacts.has(b)) return;
  effects.merges.push({ contacts: [a, b], why: found.why, crmId: holder.crmId });
}

/** One record has the main addresses of two contacts: the one that it is linked to, and another. */
export function proposeByAddresses(
  state: PageState,
  effects: Effects,
  pair: { readonly contact: ContactState; readonly record: RemoteRecord },
): void {
  const { contact, record } = pair;
  if (record.emails.length < 2) return;
  for (const key of emailKeys(record.emails)) {
    const holder = state.byEmail.get(key);
    if (holder === undefined || holder.id === contact.id) continue;
    // Its main address is another contact's: that is said as a rejection, which proposes the merge itself.
    if (key === state.incoming.get(record.id)) continue;
    const held = state.primaryOf.get(holder.id);
    const givesUp = held !== undefined && (state.incoming.get(held.crmId) ?? key) !== key;
    if (givesUp) continue;
    effects.merges.push({ contacts: [contact.id, holder.id], why: 'both_addresses', crmId: record.id });
  }
}
