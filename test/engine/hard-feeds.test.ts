import { describe, expect, test } from 'vitest';
import { manifests } from '../../src/connectors/index.ts';
import type { Connector, Manifest, StoredToken } from '../../src/connectors/kit/connector.ts';
import type { Kind } from '../../src/core/model.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { CRMS, type EmulatedCrm, openCrm } from '../support/crms.ts';
import { START, type TestClock } from '../support/engine.ts';

const PEOPLE = 20_000;
const LAG_MS = 30_000;

interface Stage {
  readonly crm: EmulatedCrm;
  readonly clock: TestClock;
  readonly manifest: Manifest;
  readonly connector: Connector;
  readonly kind: Kind;
  readonly feed: string;
}

async function open(name: string, indexLagMs = 0): Promise<Stage> {
  const clock = manualClock(START);
  const crm = openCrm(name, { clock, indexLagMs });
  const manifest = manifests.get(name);
  if (manifest === undefined) throw new Error(`no connector ${name}`);
  let stored: StoredToken | null = null;
  const connector = manifest.connect({
    fetch: crm.emulator.request,
    clock,
    tokens: {
      load: async () => stored,
      renew: async (_seen, refresh) => {
        stored = await refresh(stored);
        return stored;
      },
    },
    quota: { take: async () => undefined, observe: () => undefined },
    schema: null,
    settings: {
      ...crm.settings,
      authUrl: crm.settings.authUrl ?? null,
      options: {},
      systemFields: { url: null, score: null, status: null, source: null, syncFlag: null },
      startAutomations: false,
    },
  });
  const kind: Kind = manifest.kinds.includes('lead') ? 'lead' : 'person';
  const feed = manifest.feeds.find((one) => one.carries === 'changes' && one.kind === kind)?.name ?? '';
  return { crm, clock, manifest, connector, kind, feed };
}

const people = (count: number, prefix = 'p') =>
  Array.from({ length: count }, (_, index) => ({
    email: `${prefix}${index}@example.com`,
    first_name: 'F',
    last_name: 'L',
    company: 'Acme',
  }));

/** What a walk to the feed's end delivered last of each record. A feed that does not end is a failure. */
async function walk(
  { connector, feed, manifest }: Stage,
  from: string | null,
  between: (page: number) => void = () => undefined,
): Promise<{ readonly seen: ReadonlyMap<string, string>; readonly next: string; readonly pages: number }> {
  const seen = new Map<string, string>();
  let cursor = from;
  for (let pages = 1; pages <= 1_000; pages += 1) {
    const page = await connector.readChanges(feed, cursor, {
      limit: manifest.batch.readPage.value,
      mode: 'changes',
      fields: manifest.defaultMapping.map((line) => line.crm),
    });
    for (const record of page.changed) seen.set(record.id, String(record.fields[TITLE[manifest.id] ?? ''] ?? ''));
    cursor = page.next;
    if (!page.more) return { seen, next: page.next, pages };
    between(pages);
  }
  throw new Error('the feed does not end');
}

/** Where each CRM keeps the job title, by its default mapping. */
const TITLE: Readonly<Record<string, string>> = Object.fromEntries(
  [...manifests.values()].map((manifest) => [
    manifest.id,
    manifest.defaultMapping.find((line) => line.hub === 'job_title' && line.kind !== 'contact')?.crm ?? '',
  ]),
);

describe.each(CRMS)('%s', (name) => {
  test('[R22] [R30] 20,000 records of one modification second come in whole, and the walk ends', async () => {
    const stage = await open(name);
    const ids = stage.crm.emulator.world.seed(people(PEOPLE), 'lead');
    stage.clock.advance(120_000);
    const { seen, pages } = await walk(stage, null);
    expect(seen.size).toBe(PEOPLE);
    expect(ids.every((id) => seen.has(id))).toBe(true);
    // One page more than needed for the last, and one more for SAP's change from stamps to ids.
    expect(pages).toBeLessThanOrEqual(
      Math.ceil(PEOPLE / Math.min(stage.manifest.batch.readPage.value, QUEUE[name] ?? PEOPLE)) + 4,
    );
  });

  test('[R22] what is edited, added and deleted between pages, in one second, is in this walk or in the next', async () => {
    const stage = await open(name);
    const { world } = stage.crm.emulator;
    const ids = [...world.seed(people(3_000), 'lead')];
    stage.clock.advance(120_000);
    const wanted = new Map<string, string>();
    const change = (page: number): void => {
      // One that was read for certain, one that was not yet, one new: all in the same second.
      for (const index of [page, ids.length - page]) {
        const id = ids[index] ?? '';
        world.edit(id, { job_title: `edit ${page}` });
        wanted.set(id, `edit ${page}`);
      }
      const [added = ''] = world.seed(people(1, `new${page}-`), 'lead');
      wanted.set(added, '');
    };
    const first = await walk(stage, null, change);
    change(999);
    const later = await (async () => {
      stage.clock.advance(120_000);
      return walk(stage, first.next);
    })();
    const known = new Map([...first.seen, ...later.seen]);
    expect([...wanted].filter(([id, title]) => known.get(id) !== title)).toEqual([]);
    expect(wanted.size).toBeGreaterThan(4);
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
  });

  test('[R22] an index that is 30 seconds behind hides nothing for good', async () => {
    const stage = await open(name, LAG_MS);
    const { world } = stage.crm.emulator;
    const seen = new Set<string>();
    const made: string[] = [];
    let cursor: string | null = null;
    // Somebody is added every seven seconds, and the feed is read every ten, always before the index has caught up.
    for (let second = 0; second < 120; second += 1) {
      stage.clock.advance(1_000);
      if (second % 7 === 0) made.push(...world.seed(people(2, `s${second}-`), 'lead'));
      if (second % 10 !== 0) continue;
      const read = await walk(stage, cursor);
      for (const id of read.seen.keys()) seen.add(id);
      cursor = read.next;
    }
    stage.clock.advance(LAG_MS + 1_000);
    for (const id of (await walk(stage, cursor)).seen.keys()) seen.add(id);
    expect(made.filter((id) => !seen.has(id))).toEqual([]);
    expect(made).toHaveLength(36);
  });
});

/** The emulator's page of Sell's queue: the vendor's to choose. */
const QUEUE: Readonly<Record<string, number>> = { 'zendesk-sell': 100 };
