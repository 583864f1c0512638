import { expect, test } from 'vitest';
import type { Kind } from '../../../core/model.ts';
import type { Companies } from '../companies.ts';
import type { Cursor, Manifest, RemoteRecord, RemoteWrite } from '../connector.ts';
import type { Bench } from './connector-contract.ts';
import type { ContractRule } from './contract-rule.ts';
import type { EmulatedCompanies } from './emulator.ts';

/** Where this CRM has company records, and how people belong to them (R25). */
export interface CompanyWords {
  /** The kind whose records belong to companies, its field for the address, the one that names the company. */
  readonly kind: Kind;
  readonly email: string;
  readonly field: string;
  /** Values that a create of this kind needs beside the address. */
  readonly needed: Readonly<Record<string, string>>;
  /** Options of a connection that has company records. */
  readonly connection?: Readonly<Record<string, unknown>>;
  /** Part of the path of the call that makes one. */
  readonly path: string;
}

interface Options {
  readonly manifest: Manifest;
  readonly words: CompanyWords | undefined;
  readonly rule: ContractRule;
  readonly isLeft: (rule: string) => boolean;
}
interface Parts extends Bench {
  readonly manifest: Manifest;
  readonly companies: Companies;
  readonly world: EmulatedCompanies;
  /** Until a look-up shows what happened. */
  readonly settle: () => void;
}

/** What a connector with company records must do (C40 to C45); one without says so in its deviations. */
export function companiesContract({ manifest, words, rule, isLeft }: Options): void {
  test('[C40] companies are declared with their batches, or left out with a reason', () => {
    expect([manifest.companies === undefined, words === undefined]).toEqual([isLeft('C40'), isLeft('C40')]);
  });
  if (words === undefined) return;
  const { kind, field } = words;
  const info = manifest.companies ?? { find: { value: 1 }, create: { value: 1 }, renamed: 'never', ended: 'use' };
  const company = (ids: string, title: string, run: (parts: Parts) => Promise<void>): void =>
    rule(ids, title, (bench) => run(partsOf(bench, manifest)), words.connection);
  const person = (key: string, name: string, id: string): RemoteWrite => ({
    op: 'create',
    kind,
    key,
    fields: { [words.email]: `${key}@example.com`, ...words.needed, [field]: name },
    companyIds: { [field]: id },
  });
  const idsOf = (list: readonly { readonly id: string }[]): string[] =>
    list.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1));
  const moved = (id: string, name: string | null, to?: string): RemoteWrite => ({
    op: 'update',
    kind,
    id,
    key: `m_${id}`,
    fields: { [field]: name },
    ...(to === undefined ? {} : { companyIds: { [field]: to } }),
  });
  const idOf = (outcome: { readonly kind: string; readonly id?: string | null } | undefined): string =>
    outcome?.kind === 'stored' ? (outcome.id ?? '') : '';

  company(
    'C40',
    'finds companies whatever the spelling of their names, and those alone',
    async ({ companies, world, settle }) => {
      const names = ['McDonald’s', "O'Neill & Söhne AG", '100 % Öko*', 'Beta GmbH'];
      const ids = names.map((name) => world.add(name));
      const second = world.add('Beta GmbH');
      world.add('Beta GmbH & Co');
      settle();
      const asked = [' MCDONALD’S', "o'neill & söhne ag", '100 % öko*', 'beta  gmbh', 'Beta', 'Nobody'];
      const found = await companies.find(asked);
      expect(found.map((list) => idsOf(list))).toEqual([
        [ids[0]],
        [ids[1]],
        [ids[2]],
        idsOf([{ id: ids[3] ?? '' }, { id: second }]),
        [],
        [],
      ]);
      expect(found.slice(0, 3).map((list) => list[0]?.name)).toEqual(names.slice(0, 3));
    },
  );
  company('C40', 'makes the others, one bad name alone, and changes none that is there', async (parts) => {
    const { companies, world } = parts;
    const before = world.add('Acme');
    const outcomes = await companies.create(['Beta', ' ', 'Gamma'].map((name, index) => ({ key: `k${index}`, name })));
    expect(outcomes.map((one) => one.kind)).toEqual(['stored', 'refused', 'stored']);
    const there = world.all().toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(there).toEqual([
      { id: before, name: 'Acme' },
      { id: idOf(outcomes[0]), name: 'Beta' },
      { id: idOf(outcomes[2]), name: 'Gamma' },
    ]);
  });
  company('C41', 'spends on 100 people of 60 companies the calls that its batches allow', async (parts) => {
    const { companies, world, connector, emulator } = parts;
    // Whatever is asked once: tokens, the account's words.
    await companies.find(['Nobody']);
    await connector.write([person('warm', 'Acme', world.add('Acme'))]);
    let before = emulator.calls();
    const spent = (): number => {
      const calls = emulator.calls() - before;
      before += calls;
      return calls;
    };
    const names = Array.from({ length: 60 }, (_, index) => `Company ${index} of people`);
    expect((await companies.find(names)).flat()).toEqual([]);
    expect(spent()).toBeLessThanOrEqual(Math.ceil(60 / info.find.value));
    const made = (await companies.create(names.map((name) => ({ key: name, name })))).map(idOf);
    expect([new Set(made).size, made.includes('')]).toEqual([60, false]);
    expect(spent()).toBeLessThanOrEqual(Math.ceil(60 / info.create.value));
    const writes = Array.from({ length: 100 }, (_, index) =>
      person(`p${index}`, names[index % 60] ?? '', made[index % 60] ?? ''),
    );
    const written = (await connector.write(writes)).map(idOf);
    expect(spent()).toBeLessThanOrEqual(Math.ceil(100 / manifest.batch.create.value));
    expect(written.map((id) => world.of(id))).toEqual(writes.map((_, index) => made[index % 60]));
  });
  company('C42', 'calls a company without an answer unknown, makes no second one, and finds it', async (parts) => {
    const { companies, world, settle, emulator } = parts;
    await companies.find(['Nobody']);
    emulator.faults.add({ kind: 'drop', method: 'POST', path: words.path });
    expect(await companies.create([{ key: 'k', name: 'Lost & Co' }])).toEqual([{ kind: 'unknown' }]);
    settle();
    const [found] = await companies.find(['LOST & CO']);
    expect([found?.map(({ id }) => id), world.all().length]).toEqual([world.all().map(({ id }) => id), 1]);
  });
  company('C43', 'tells of a company’s new name and of its end, and finds none that has ended', async (parts) => {
    const { companies, world, settle, clock } = parts;
    const [renamed, ended, stays] = ['Acme', 'Beta', 'Gamma'].map((name) => world.add(name)) as [
      string,
      string,
      string,
    ];
    const positions = await readFeeds(parts, new Map());
    clock.advance(120_000);
    world.rename(renamed, 'Acme Holding');
    world.remove(ended);
    clock.advance(1_000);
    const news = await readFeeds(parts, positions.at);
    if (info.renamed === 'feed') expect(news.names.get(renamed)).toBe('Acme Holding');
    if (info.ended === 'feed') expect(news.gone).toContain(ended);
    expect(news.gone).not.toContain(stays);
    expect(await companies.gone([stays, ended, renamed])).toEqual([ended]);
    settle();
    expect((await companies.find(['Beta', 'Gamma'])).map((list) => list.map(({ id }) => id))).toEqual([[], [stays]]);
  });
  company('C44', 'refuses a write that names a company which has ended, for that person alone', async (parts) => {
    const { world, connector } = parts;
    const [stays, ended] = [world.add('Acme'), world.add('Beta')];
    const [first] = await connector.write([person('first', 'Acme', stays)]);
    world.remove(ended);
    const outcomes = await connector.write([
      moved(idOf(first), 'Beta', ended),
      person('second', 'Beta', ended),
      person('third', 'Acme', stays),
    ]);
    expect(outcomes.map((one) => one.kind)).toEqual(['refused', 'refused', 'stored']);
    const faults = outcomes.flatMap((one) => (one.kind === 'refused' ? one.faults : []));
    expect(faults.every((fault) => fault.field === field || fault.field === null)).toBe(true);
    expect(world.of(idOf(first))).toBe(stays);
  });
  company(
    'C45',
    'reads a person’s company and owner back, moves them to another company, and to none',
    async (parts) => {
      const { world, connector } = parts;
      const [acme, beta] = [world.add('Acme'), world.add('Beta')];
      const rita = (await connector.people?.owners())?.find((one) => one.email === 'rita@example.com')?.id ?? '';
      const id = idOf((await connector.write([{ ...person('p', 'Acme', acme), owner: rita }]))[0]);
      const read = async (): Promise<RemoteRecord | undefined> =>
        (await connector.readByIds(kind, [id], [words.email, field]))[0];
      const tells = async (name: string | null, companyId: string | null): Promise<void> => {
        const record = await read();
        expect([record?.fields[field], record?.owner]).toEqual([name, rita]);
        // Where the CRM shows it with the person at all.
        if (record?.companyId !== undefined) expect(record.companyId || null).toBe(companyId);
      };
      await tells('Acme', acme);
      expect(await connector.write([moved(id, 'Beta', beta)])).toMatchObject([{ kind: 'stored' }]);
      await tells('Beta', beta);
      expect(world.of(id)).toBe(beta);
      expect(await connector.write([moved(id, null)])).toMatchObject([{ kind: 'stored' }]);
      await tells(null, null);
      expect(world.all().map(({ name }) => name)).toEqual(['Acme', 'Beta']);
    },
  );
}

function partsOf(bench: Bench, manifest: Manifest): Parts {
  const { companies } = bench.connector;
  const world = bench.emulator.world.companies;
  if (companies === undefined || world === undefined) throw new Error('companies are missing');
  return { ...bench, manifest, companies, world, settle: () => bench.clock.advance(manifest.lookupLagMs + 1_000) };
}

/** Every feed to its end, from where it was left. */
async function readFeeds(
  { connector, context, manifest }: Parts,
  from: ReadonlyMap<string, Cursor>,
): Promise<{ at: Map<string, Cursor>; names: Map<string, string>; gone: string[] }> {
  const at = new Map<string, Cursor>();
  const names = new Map<string, string>();
  const gone: string[] = [];
  for (const feed of manifest.feeds) {
    let cursor = from.get(feed.name) ?? null;
    for (let more = true; more; ) {
      const page = await connector.readChanges(feed.name, cursor, {
        limit: 500,
        mode: 'changes',
        fields: [],
        since: context.clock.now(),
      });
      for (const one of page.companies ?? []) names.set(one.id, one.name);
      gone.push(...(page.companiesGone ?? []));
      cursor = page.next;
      more = page.more;
    }
    at.set(feed.name, cursor ?? '');
  }
  return { at, names, gone };
}
