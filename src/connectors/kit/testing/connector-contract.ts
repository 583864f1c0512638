import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../core/model.ts';
import type { manualClock } from '../../../platform/clock.ts';
import type {
  ConnectContext,
  Connector,
  Cursor,
  Manifest,
  ReadOptions,
  RemoteRecord,
  RemoteWrite,
  Schema,
  StoredToken,
} from '../connector.ts';
import { RemoteError } from '../errors.ts';
import { type CompanyWords, companiesContract } from './companies-contract.ts';
import type { ContractRule } from './contract-rule.ts';
import { type DeletionWords, deletionContract } from './deletion-contract.ts';
import type { Emulator } from './emulator.ts';
import { timelineContract } from './timeline-contract.ts';

export interface ContractOptions {
  readonly manifest: Manifest;
  /** A fresh emulated CRM on a clock that the suite moves, and what a connection to it needs. */
  readonly open: () => {
    readonly emulator: Emulator;
    readonly clock: ReturnType<typeof manualClock>;
    readonly credentials: ConnectContext['settings']['credentials'];
  };
  /** CRM field keys of this CRM for the suite's neutral words. */
  readonly keys: { readonly email: string; readonly firstName: string; readonly city: string };
  /** Values that a create needs beside the address. */
  readonly needed: Readonly<Record<string, string>>;
  /** A write that the CRM refuses by field. */
  readonly refused: { readonly field: string; readonly value: string | number };
  /** The CRM field that holds the way back to us. */
  readonly linkBack: string;
  /** Absent: this CRM's people carry their company as a text. */
  readonly companies?: CompanyWords;
  /** Absent: no way is documented to delete a person's record. */
  readonly deletion?: DeletionWords;
  /** Parts of this CRM's paths, so that a fault meets the right call. */
  readonly paths: { readonly api: string; readonly create: string };
  /** Rules this CRM cannot keep, each with a reason and a source. */
  readonly deviations: readonly { readonly rule: string; readonly reason: string; readonly source: string }[];
}

export interface Bench {
  readonly connector: Connector;
  readonly emulator: Emulator;
  readonly clock: ReturnType<typeof manualClock>;
  readonly errors: string[];
  readonly context: ConnectContext;
}

const READ: Omit<ReadOptions, 'fields'> = { limit: 2_000, mode: 'changes' };

/** One suite over all connectors: what a connector must do, with ids that stand in the titles (docs/spec.md, C1…). */
export function connectorContract(id: string, options: ContractOptions): void {
  const { manifest, keys } = options;
  const isLeft = (rule: string): boolean => options.deviations.some((one) => one.rule === rule);
  const rule: ContractRule = (ids, title, run, connection = {}) => {
    const left = ids.split(' ').find(isLeft);
    const reason = options.deviations.find((one) => one.rule === left);
    const name = `${ids
      .split(' ')
      .map((one) => `[${one}]`)
      .join(' ')} ${title}`;
    if (reason === undefined) test(name, async () => run(await openBench(options, connection)));
    else test.skip(`${name} (left out: ${reason.reason}; ${reason.source})`, () => undefined);
  };
  const fields = [keys.email, keys.firstName, keys.city];
  const kind: Kind = manifest.kinds.includes('lead') ? 'lead' : 'person';
  const feed = manifest.feeds.find((one) => one.carries === 'changes' && one.kind === kind)?.name ?? '';
  const person = (index: number) => ({
    email: `p${index}@example.com`,
    first_name: `P${index}`,
    last_name: 'L',
    company: 'Acme',
  });
  const seed = ({ emulator }: Bench, count: number) =>
    emulator.world.seed(
      Array.from({ length: count }, (_, index) => person(index)),
      'lead',
    );
  const create = (key: string, email: string, extra: RemoteWrite['fields'] = {}): RemoteWrite => ({
    op: 'create',
    kind,
    key,
    fields: { [keys.email]: email, ...options.needed, ...extra },
  });

  describe(`contract of ${id}`, () => {
    test('a deviation has a reason and a source', () => {
      for (const one of options.deviations)
        expect([one.reason, one.source].every((text) => text.length > 10)).toBe(true);
    });
    rule('C1', 'says who it is', async ({ connector }) => {
      expect(await connector.check()).toMatchObject({ id: expect.stringMatching(/.+/) as string });
    });
    rule(
      'C2',
      'describes every field that its default mapping names, and calls revoked access auth',
      async ({ connector, emulator, context }) => {
        const schema = await connector.describe();
        if (schema === 'unchanged') throw new Error('nothing was known yet');
        // Several lines of one hub field are alternatives: which of them exists depends on the account.
        for (const { kind: of, hub } of manifest.defaultMapping) {
          const known = (schema.kinds[of] ?? []).map((field) => field.key);
          const lines = manifest.defaultMapping.filter((line) => line.kind === of && line.hub === hub);
          expect([of, hub, lines.filter((line) => known.includes(line.crm)).length]).toEqual([of, hub, 1]);
        }
        emulator.faults.add({ kind: 'expire', times: 9 });
        const revoked = manifest.connect({ ...context, tokens: memoryTokens() });
        await expect(revoked.check()).rejects.toMatchObject({ kind: 'auth' });
      },
    );
    rule('C3 C4', 'delivers every record at least once and always advances', async (bench) => {
      const ids = seed(bench, 450);
      const { seen, pages } = await drain(bench.connector, feed, null, fields);
      expect(new Set(seen.map((record) => record.id))).toEqual(new Set(ids));
      expect(pages).toBeLessThan(10);
    });
    rule('C5', 'loses nothing when resumed from any earlier position', async (bench) => {
      const ids = seed(bench, 450);
      const first = await bench.connector.readChanges(feed, null, { ...READ, limit: 200, fields });
      const rest = await drain(bench.connector, feed, first.next, fields);
      expect(new Set([...first.changed, ...rest.seen].map((record) => record.id))).toEqual(new Set(ids));
    });
    rule('C6', 'loses nothing when thousands share one moment', async (bench) => {
      const ids = seed(bench, 4_300);
      const { seen } = await drain(bench.connector, feed, null, fields);
      expect(new Set(seen.map((record) => record.id)).size).toBe(ids.length);
    });
    rule('C7 C8 R22', 'loses no edit that falls between pages or into the position’s own tick', async (bench) => {
      const ids = seed(bench, 450);
      const first = await bench.connector.readChanges(feed, null, { ...READ, limit: 200, fields });
      bench.emulator.world.edit(ids[0] ?? '', { city: 'Oslo' });
      bench.emulator.world.edit(ids[300] ?? '', { city: 'Oslo' });
      const rest = await drain(bench.connector, feed, first.next, fields);
      bench.clock.advance(1);
      const later = await drain(bench.connector, feed, rest.next, fields);
      const edited = new Map([...rest.seen, ...later.seen].map((record) => [record.id, record.fields[keys.city]]));
      expect([edited.get(ids[0] ?? ''), edited.get(ids[300] ?? '')]).toEqual(['Oslo', 'Oslo']);
    });
    rule('C9', 'reports a deletion', async (bench) => {
      const ids = seed(bench, 3);
      const positions = new Map<string, Cursor>();
      for (const { name } of manifest.feeds)
        positions.set(name, (await drain(bench.connector, name, null, fields)).next);
      bench.clock.advance(1_000);
      bench.emulator.world.remove(ids[1] ?? '');
      const gone: string[] = [];
      for (const [name, position] of positions)
        gone.push(...(await bench.connector.readChanges(name, position, { ...READ, fields })).gone);
      expect(gone).toContain(ids[1]);
      const left = await bench.connector.readByIds(kind, ids, fields);
      expect(new Set(left.map((record) => record.id))).toEqual(new Set([ids[0], ids[2]]));
    });
    rule('C10 C26', 'reports the loser of a merge as moved', async (bench) => {
      const [loser, winner] = seed(bench, 2);
      const stays = bench.emulator.world.merge(loser ?? '', winner ?? '');
      const moved = new Map<string, string | null>();
      for (const one of manifest.feeds)
        for (const move of (await bench.connector.readChanges(one.name, null, { ...READ, fields })).moved)
          moved.set(move.from, move.to);
      expect(moved.get(loser ?? '')).toBe(stays);
    });
    rule('C11', 'returns or lets be read the record as stored', async (bench) => {
      const [made] = await bench.connector.write([create('k1', 'New@Example.com', { [keys.city]: '  Wien ' })]);
      expect(made).toMatchObject({ kind: 'stored' });
      const [record] = await bench.connector.readByIds(kind, [made?.kind === 'stored' ? made.id : ''], fields);
      expect(record?.emails[0]?.toLowerCase()).toBe('new@example.com');
      expect(record?.url).toContain(record?.id);
    });
    rule('C12 C25', 'clears on null, leaves absent fields untouched, and absent is not null', async (bench) => {
      const [first] = bench.emulator.world.seed([{ ...person(1), city: 'Rom' }], 'lead');
      await bench.connector.write([{ op: 'update', kind, id: first ?? '', key: 'k', fields: { [keys.city]: null } }]);
      const [record] = await bench.connector.readByIds(kind, [first ?? ''], [keys.city]);
      expect(record?.fields).toMatchObject({ [keys.city]: null, [keys.firstName]: 'P1' });
    });
    rule(
      'C13 C14 C28',
      'one poison row in a full batch rejects one row, by field, in the writes’ order',
      async (bench) => {
        const writes = Array.from({ length: 100 }, (_, index) =>
          create(
            `k${index}`,
            `n${index}@example.com`,
            index === 41 ? { [options.refused.field]: options.refused.value } : {},
          ),
        );
        const outcomes = await bench.connector.write(writes);
        expect(outcomes.filter((one) => one.kind === 'stored')).toHaveLength(99);
        expect(outcomes[41]).toMatchObject({ kind: 'refused', faults: [{ field: options.refused.field }] });
      },
    );
    rule('C15', 'answers gone for a vanished record', async (bench) => {
      const [first] = seed(bench, 1);
      bench.emulator.world.remove(first ?? '');
      expect(
        await bench.connector.write([{ op: 'update', kind, id: first ?? '', key: 'k', fields: { [keys.city]: 'X' } }]),
      ).toMatchObject([{ kind: 'gone' }]);
    });
    rule('C16', 'is patient when throttled and writes nothing twice', async (bench) => {
      bench.emulator.faults.add({ kind: 'throttle', times: 1 });
      const outcomes = await bench.connector.write([create('k', 'once@example.com')]);
      if (outcomes[0]?.kind !== 'stored') await bench.connector.write([create('k', 'once@example.com')]);
      expect(bench.emulator.world.find('once@example.com', 9)).toHaveLength(1);
    });
    rule('C46', 'has as many calls under way at once as it declares, and no more', async ({ context }) => {
      let underWay = 0;
      let most = 0;
      const fetch: ConnectContext['fetch'] = async (url, init) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise(setImmediate);
        return context.fetch(url, init).finally(() => {
          underWay -= 1;
        });
      };
      const connector = manifest.connect({ ...context, fetch });
      await connector.describe();
      const count = manifest.batch.create.value * 6;
      const made = await connector.write(
        Array.from({ length: count }, (_, index) => create(`k${index}`, `many${index}@example.com`)),
      );
      expect([new Set(made.map((one) => (one.kind === 'stored' ? one.id : one.kind))).size, most]).toEqual([
        count,
        manifest.inFlight.value,
      ]);
      most = 0;
      const many = Array.from({ length: count }, (_, index) => ({ email: `many${index}@example.com` }));
      const found = await connector.findByKeys(many, fields);
      expect([found.length, most <= manifest.inFlight.value]).toEqual([count, true]);
    });
    rule('C17', 'renews an expired session once, mid-page', async (bench) => {
      seed(bench, 3);
      bench.emulator.faults.add({
        kind: 'expire',
        times: 1,
        path: options.paths.api,
      });
      expect((await drain(bench.connector, feed, null, fields)).seen).toHaveLength(3);
    });
    rule('C18', 'calls a create without an answer unknown and never repeats it blindly', async (bench) => {
      await bench.connector.describe();
      bench.emulator.faults.add({
        kind: 'drop',
        method: 'POST',
        path: options.paths.create,
      });
      expect(await bench.connector.write([create('k', 'lost@example.com')])).toEqual([{ kind: 'unknown' }]);
      expect(bench.emulator.world.find('lost@example.com', 9)).toHaveLength(1);
    });
    rule(
      'C35',
      'names everybody who can own records, says who is deactivated, and gives a new record to whom it is told',
      async (bench) => {
        const owners = (await bench.connector.people?.owners()) ?? [];
        const rita = owners.find((one) => one.email === 'rita@example.com');
        expect(rita).toMatchObject({ name: 'Rita Rep', active: true });
        expect(owners.find((one) => one.email === 'gustav@example.com')).toMatchObject({ active: false });
        const owner = rita?.id ?? '';
        const [made] = await bench.connector.write([{ ...create('k1', 'owned@example.com'), owner }]);
        const [record] = await bench.connector.readByIds(kind, [made?.kind === 'stored' ? made.id : ''], fields);
        expect(record?.owner).toBe(owner);
      },
    );
    rule('C22', 'puts no secret into an error', async (bench) => {
      bench.emulator.faults.add({ kind: 'error', times: 20 });
      const error = await bench.connector.check().catch((one: unknown) => one);
      expect(error).toBeInstanceOf(RemoteError);
      for (const secret of Object.values(bench.context.settings.credentials))
        if (secret.length > 8) expect(JSON.stringify([String(error), (error as Error).stack])).not.toContain(secret);
    });
    rule('C29', 'finds people by address, whatever its case, and by our link', async (bench) => {
      const [first] = seed(bench, 2);
      await bench.connector.write([
        create('k', 'linked@example.com', { [options.linkBack]: 'http://localhost:4000/contacts/ct_1' }),
      ]);
      const found = await bench.connector.findByKeys(
        [
          { email: 'P0@example.com' },
          { email: 'nobody@example.com' },
          { linkBack: 'http://localhost:4000/contacts/ct_1' },
        ],
        fields,
      );
      expect(found.map((one) => one.records.length)).toEqual([1, 0, 1]);
      expect(found[0]?.records[0]?.id).toBe(first);
    });
    timelineContract({ manifest, rule, seed, isLeft });
    companiesContract({ manifest, words: options.companies, rule, isLeft });
    deletionContract({ manifest, words: options.deletion, rule, isLeft });
  });
}

async function drain(
  connector: Connector,
  feed: string,
  from: Cursor | null,
  fields: readonly string[],
): Promise<{ seen: RemoteRecord[]; pages: number; next: Cursor }> {
  const seen: RemoteRecord[] = [];
  let cursor = from;
  for (let pages = 1; pages < 200; pages += 1) {
    const page = await connector.readChanges(feed, cursor, { ...READ, fields });
    seen.push(...page.changed);
    if (page.more && page.next === cursor) throw new Error('the feed stands still');
    cursor = page.next;
    if (!page.more) return { seen, pages, next: page.next };
  }
  throw new Error('the feed does not end');
}

function memoryTokens(): ConnectContext['tokens'] {
  let stored: StoredToken | null = null;
  return {
    load: async () => stored,
    renew: async (_seen, refresh) => {
      stored = await refresh(stored);
      return stored;
    },
  };
}

export async function openBench(
  options: Pick<ContractOptions, 'open' | 'manifest' | 'linkBack'>,
  connection: Readonly<Record<string, unknown>> = {},
): Promise<Bench> {
  const { emulator, clock, credentials } = options.open();
  const errors: string[] = [];
  const context = (schema: Schema | null): ConnectContext => ({
    fetch: emulator.request,
    clock,
    tokens: memoryTokens(),
    quota: { take: async () => undefined, observe: () => undefined },
    schema,
    settings: {
      baseUrl: null,
      authUrl: null,
      credentials,
      options: connection,
      systemFields: { url: options.linkBack, score: null, status: null, source: null, syncFlag: null },
      startAutomations: false,
    },
  });
  const described = await options.manifest.connect(context(null)).describe();
  const made = context(described === 'unchanged' ? null : described);
  return { connector: options.manifest.connect(made), emulator, clock, errors, context: made };
}
