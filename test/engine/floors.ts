import type { FeedInfo, Manifest } from '../../src/connectors/kit/connector.ts';

/**
 * Calls that a vendor's page and batch sizes make necessary, from its connector's manifest. What a run costs beyond them is
 * ours, and at most 5 % of them (R33).
 */
const pages = (count: number, size: number): number => Math.ceil(count / size);

/** Contacts are off, and so are their companies (R25); deletions are followed for every linked record, whatever the boxes say (R18b). */
const feedsInUse = (manifest: Manifest): readonly FeedInfo[] =>
  manifest.feeds.filter(
    (feed) =>
      (feed.carries === 'gone' || feed.kind !== 'contact') &&
      // Leads of SAP carry their company as a text: no account of theirs is looked at.
      feed.name !== 'lead-accounts',
  );

/**
 * What one main feed costs, one call at least: to see that nothing is there.
 * - Sell's sync queue: the page is the vendor's to choose (the emulator's has 100 records); a session is started, each page is
 *   read and acknowledged, and an empty answer ends it. Without anything waiting the start says so.
 * - SAP's filters know no exact "after" (stored stamps are finer than shown ones), and `$skip` over a moving set loses rows: each
 *   page begins with the last row of the page before.
 */
function mainFeed({ id, batch }: Manifest, feed: FeedInfo, records: number): number {
  if (feed.acknowledged === true) return records === 0 ? 1 : 1 + pages(records, 100) * 2 + 1;
  return Math.max(1, pages(records, id === 'sap-c4c' ? batch.readPage.value - 1 : batch.readPage.value));
}

/** The main feed page by page, each other feed once, and the names of companies where records hold but their ids. */
export function importFloor(manifest: Manifest, leads: number, companies: number): number {
  const feeds = feedsInUse(manifest).map((feed) => (feed.carries === 'changes' ? mainFeed(manifest, feed, leads) : 1));
  const names = manifest.id === 'pipedrive' ? pages(companies, manifest.batch.readByIds.value) : 0;
  return feeds.reduce((sum, calls) => sum + calls, names);
}

/** R32: records are read again just before they are written; R2c: and read back where the answer has no values. */
export function exportFloor({ batch, capabilities }: Manifest, changed: number): number {
  const reads = pages(changed, batch.readByIds.value);
  return reads + pages(changed, batch.update.value) + (capabilities.answersCarryRecord ? 0 : reads);
}

/** One look at each feed, and nothing towards the CRM. */
export const quietFloor = (manifest: Manifest): number => importFloor(manifest, 0, 0);
