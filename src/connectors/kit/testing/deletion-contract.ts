import { expect, test } from 'vitest';
import type { Kind } from '../../../core/model.ts';
import type { Cursor, Manifest } from '../connector.ts';
import type { DeleteOutcome, Deletion, RecordToDelete } from '../deletion.ts';
import type { Bench } from './connector-contract.ts';
import type { ContractRule } from './contract-rule.ts';
import type { EmulatedDeletion } from './emulator.ts';

/** How this CRM deletes people's records (R18). */
export interface DeletionWords {
  /** The call that deletes: its method, and part of its path. */
  readonly method: 'DELETE' | 'POST';
  readonly path: string;
  /** Part of the call's body, where other calls have the same path. */
  readonly body?: string;
  /** Whose records the vendor deletes at all; absent: those of every kind. */
  readonly kinds?: readonly Kind[];
  /** The CRM tells of a record that it was merged into another one; false: it is simply gone. */
  readonly tellsMerges: boolean;
  /** Options of a connection that may delete. */
  readonly connection?: Readonly<Record<string, unknown>>;
}

interface Options {
  readonly manifest: Manifest;
  readonly words: DeletionWords | undefined;
  readonly rule: ContractRule;
  readonly isLeft: (rule: string) => boolean;
}
interface Parts extends Bench {
  readonly deletion: Deletion;
  readonly bin: EmulatedDeletion;
  /** Adds so many people. */
  readonly add: (count: number, kind?: Kind) => readonly RecordToDelete[];
  /** Those of these that are still there, by a rep's own eyes. */
  readonly left: (records: readonly RecordToDelete[]) => readonly string[];
  /** Makes the calls that are made once: tokens, descriptions. @returns how many calls are made from here on. */
  readonly warm: () => Promise<() => number>;
}

/** What a connector that deletes must do (C50 to C55); one that does not says so in its deviations. */
export function deletionContract({ manifest, words, rule, isLeft }: Options): void {
  test('[C50] deletion is declared with its batches and its bin, or left out with a reason', () => {
    expect([manifest.deletion === undefined, words === undefined]).toEqual([isLeft('C50'), isLeft('C50')]);
    const { perCall, binDays, forever } = manifest.deletion ?? { perCall: null, binDays: null, forever: null };
    for (const limit of [perCall, binDays, forever])
      if (limit !== null) expect([limit.value >= 1, limit.source.length > 10]).toEqual([true, true]);
  });
  if (words === undefined || manifest.deletion === undefined) return;
  const info = manifest.deletion;
  const { connection } = words;
  const kinds: readonly Kind[] = words.kinds ?? manifest.kinds;
  const first = kinds.includes('lead') ? 'lead' : 'person';
  const parts = (run: (parts: Parts) => Promise<void>) => (bench: Bench) => run(partsOf(bench, first));

  rule(
    'C51',
    'deletes exactly the records that are named, of every kind, and tells of each in their order',
    parts(async ({ deletion, add, left }) => {
      const records = kinds.flatMap((kind) => add(3, kind));
      const wanted = records.filter((_one, index) => index % 3 !== 1).toReversed();
      const twice = [...wanted, ...wanted.slice(0, 1)];
      expect(await deletion.delete(twice, 'bin')).toEqual(twice.map(() => ({ kind: 'deleted' })));
      expect(left(records)).toEqual(idsOf(records.filter((_one, index) => index % 3 === 1)));
      expect(await deletion.delete([], 'bin')).toEqual([]);
    }),
    connection,
  );
  rule(
    'C51',
    'spends the calls that its batches allow, and a look by id where it needs one',
    parts(async ({ deletion, add, left, warm }) => {
      const most = info.perCall.value;
      const records = kinds.flatMap((kind) => add(most + 1, kind));
      const spent = await warm();
      expect(kindsOf(await deletion.delete(records, 'bin'))).toEqual(records.map(() => 'deleted'));
      const each = Math.ceil((most + 1) / most) + Math.ceil((most + 1) / manifest.batch.readByIds.value);
      expect(spent()).toBeLessThanOrEqual(kinds.length * each);
      expect(left(records)).toEqual([]);
    }),
    connection,
  );
  rule(
    'C51 C28',
    'lets one that may not be deleted, or is no id at all, fail alone, in our words with the vendor’s',
    parts(async ({ deletion, bin, add, left }) => {
      const records = add(4);
      const kept = records[1] as RecordToDelete;
      bin.protect(kept.id);
      const nobody = { kind: first, id: 'no such id' } as const;
      const outcomes = await deletion.delete([...records.slice(0, 2), nobody, ...records.slice(2)], 'bin');
      expect([0, 1, 3, 4].map((index) => outcomes[index]?.kind)).toEqual(['deleted', 'refused', 'deleted', 'deleted']);
      expect(['refused', 'deleted']).toContain(outcomes[2]?.kind);
      expect(left(records)).toEqual([kept.id]);
      const faults = outcomes.flatMap((one) => (one.kind === 'refused' ? one.faults : []));
      for (const { field, params } of faults) {
        expect([field, String(params['why'])]).toEqual([null, expect.stringMatching(/^deletion/)]);
        expect(`${params['vendor'] ?? ''}${params['code'] ?? ''}`).not.toBe('');
      }
    }),
    connection,
  );
  rule(
    'C52',
    'counts a record that is gone already as deleted, however often it is asked',
    parts(async ({ deletion, emulator, add, left }) => {
      const records = kinds.flatMap((kind) => add(2, kind));
      emulator.world.remove(records[0]?.id ?? '');
      for (const _time of ['first', 'second'])
        expect(kindsOf(await deletion.delete(records, 'bin'))).toEqual(records.map(() => 'deleted'));
      expect(left(records)).toEqual([]);
    }),
    connection,
  );
  rule(
    'C53',
    'calls a deletion without an answer unknown, sends nothing more, and ends well when it is asked again',
    parts(async ({ deletion, emulator, add, left, warm }) => {
      const records = add(info.perCall.value * 6 + 1);
      await warm();
      const { method, path, body } = words;
      emulator.faults.add({ kind: 'drop', method, path, times: 40, ...(body === undefined ? {} : { body }) });
      const outcomes = await deletion.delete(records, 'bin');
      expect(new Set(kindsOf(outcomes))).toEqual(new Set(['unknown', 'throttled']));
      const untouched = records.filter((_one, index) => outcomes[index]?.kind === 'throttled');
      expect(left(untouched)).toEqual(idsOf(untouched));
      emulator.faults.clear();
      expect(kindsOf(await deletion.delete(records, 'bin'))).toEqual(records.map(() => 'deleted'));
      expect(left(records)).toEqual([]);
    }),
    connection,
  );
  rule(
    'C53',
    'stops when it is throttled, says when, and has deleted nothing that it does not say',
    parts(async ({ deletion, emulator, clock, add, left, warm }) => {
      const records = add(info.perCall.value * 6 + 1);
      await warm();
      emulator.faults.add({ kind: 'throttle', times: 400 });
      const before = emulator.calls();
      const outcomes = await deletion.delete(records, 'bin');
      for (const one of outcomes) {
        expect(['throttled', 'unknown']).toContain(one.kind);
        if (one.kind === 'throttled' && one.retryAt !== null) expect(one.retryAt).toBeGreaterThan(clock.now() - 60_000);
      }
      // Four tries of a call, of at most as many calls as are under way at once.
      expect(emulator.calls() - before).toBeLessThanOrEqual(20);
      expect(left(records)).toEqual(idsOf(records));
      emulator.faults.clear();
      expect(kindsOf(await deletion.delete(records, 'bin'))).toEqual(records.map(() => 'deleted'));
    }),
    connection,
  );
  rule(
    'C54',
    'tells of a merged record where the other lives on, and deletes that one only when it is asked for',
    parts(async ({ deletion, emulator, add, left }) => {
      const [loser, winner] = add(2) as [RecordToDelete, RecordToDelete];
      const stays: RecordToDelete = { kind: first, id: emulator.world.merge(loser.id, winner.id) };
      const told = words.tellsMerges ? { kind: 'moved', to: stays.id, why: 'merged' } : { kind: 'deleted' };
      expect(await deletion.delete([loser], 'bin')).toEqual([told]);
      expect(left([stays])).toEqual([stays.id]);
      expect(kindsOf(await deletion.delete([loser, stays], 'bin'))).toEqual(['deleted', 'deleted']);
      expect(left([stays])).toEqual([]);
      expect(kindsOf(await deletion.delete([loser], 'bin'))).toEqual(['deleted']);
    }),
    connection,
  );
  if (kinds.includes('contact') && kinds.includes('lead'))
    rule(
      'C54',
      'tells of a converted lead which contact it became, and deletes both only when both are asked for',
      parts(async ({ deletion, emulator, add, left }) => {
        const [lead, other] = add(2, 'lead') as [RecordToDelete, RecordToDelete];
        const contact: RecordToDelete = { kind: 'contact', id: emulator.world.convert(lead.id) };
        // Where a lead is a contact in another stage nothing moved.
        const isOne = contact.id === lead.id;
        const outcomes = await deletion.delete([lead, other], 'bin');
        expect(outcomes).toEqual([
          isOne ? { kind: 'deleted' } : { kind: 'moved', to: contact.id, why: 'converted' },
          { kind: 'deleted' },
        ]);
        if (isOne) return;
        expect(left([contact])).toEqual([contact.id]);
        expect(kindsOf(await deletion.delete([lead, contact], 'bin'))).toEqual(['deleted', 'deleted']);
        expect(left([contact, lead])).toEqual([]);
      }),
      connection,
    );
  rule(
    'C55',
    'leaves a deleted record in no read and tells of it in the feed of deletions; from the bin it comes back',
    parts(async (bench) => {
      const { deletion, connector, bin, clock, add } = bench;
      const [gone, stays] = add(2) as [RecordToDelete, RecordToDelete];
      const positions = await readGone(bench, manifest, new Map());
      clock.advance(1_000);
      expect(kindsOf(await deletion.delete([gone], 'bin'))).toEqual(['deleted']);
      const read = async (): Promise<readonly string[]> =>
        (await connector.readByIds(first, [gone.id, stays.id], [])).map(({ id }) => id);
      expect(await read()).toEqual([stays.id]);
      const told = (await readGone(bench, manifest, positions.at)).gone;
      if (manifest.capabilities.deletesInFeed) expect(told).toContain(gone.id);
      expect(told).not.toContain(stays.id);
      expect(bin.bin().some(({ id }) => id === gone.id)).toBe(info.binDays !== null);
      expect(bin.restore(gone.id)).toBe(info.binDays !== null);
      expect(await read()).toHaveLength(info.binDays === null ? 1 : 2);
    }),
    connection,
  );
  rule(
    'C55',
    'deletes for ever what nobody can bring back and no look-up finds, where the vendor has it',
    parts(async ({ deletion, connector, emulator, bin, clock, add, left, warm }) => {
      const records = add(3);
      const emails = records.map(({ id }) => String(emulator.world.get(id)?.fields['email']));
      // One of them is in the bin already, as a rep would have put it there.
      emulator.world.remove(records[1]?.id ?? '');
      const spent = await warm();
      expect(kindsOf(await deletion.delete(records, 'forever'))).toEqual(records.map(() => 'deleted'));
      const perCall = (info.forever ?? info.perCall).value;
      expect(spent()).toBeLessThanOrEqual(Math.ceil(records.length / perCall) + 2);
      expect(left(records)).toEqual([]);
      if (info.forever !== null) expect(records.map(({ id }) => bin.restore(id))).toEqual([false, false, false]);
      clock.advance(manifest.lookupLagMs + 1_000);
      const found = await connector.findByKeys(
        emails.map((email) => ({ email })),
        [],
      );
      expect(found.flatMap((one) => one.records)).toEqual([]);
      expect(kindsOf(await deletion.delete(records, 'forever'))).toEqual(records.map(() => 'deleted'));
    }),
    connection,
  );
}

const idsOf = (records: readonly RecordToDelete[]): string[] => records.map(({ id }) => id);
const kindsOf = (outcomes: readonly DeleteOutcome[]): string[] => outcomes.map(({ kind }) => kind);

function partsOf(bench: Bench, first: Kind): Parts {
  const { connector, emulator } = bench;
  const { deletion } = connector;
  const { world } = emulator;
  if (deletion === undefined || world.deletion === undefined) throw new Error('deletion is missing');
  let last = 0;
  const add = (count: number, kind: Kind = first): readonly RecordToDelete[] =>
    world
      .seed(
        Array.from({ length: count }, () => {
          last += 1;
          return { email: `d${last}@example.com`, first_name: `D${last}`, last_name: 'L', company: 'Acme' };
        }),
        kind === 'contact' ? 'contact' : 'lead',
      )
      .map((id) => ({ kind, id }));
  const left = (records: readonly RecordToDelete[]): readonly string[] => {
    const there = new Set(world.all().map(({ id }) => id));
    return idsOf(records).filter((id) => there.has(id));
  };
  const warm = async (): Promise<() => number> => {
    await deletion.delete(add(1), 'bin');
    const before = emulator.calls();
    return () => emulator.calls() - before;
  };
  return { ...bench, deletion, bin: world.deletion, add, left, warm };
}

/** Every feed to its end, from where it was left. */
async function readGone(
  { connector, context }: Bench,
  manifest: Manifest,
  from: ReadonlyMap<string, Cursor>,
): Promise<{ at: Map<string, Cursor>; gone: string[] }> {
  const at = new Map<string, Cursor>();
  const gone: string[] = [];
  for (const feed of manifest.feeds.filter((one) => one.carries !== 'companies')) {
    let cursor = from.get(feed.name) ?? null;
    for (let more = true; more; ) {
      const since = context.clock.now();
      const page = await connector.readChanges(feed.name, cursor, { limit: 500, mode: 'changes', fields: [], since });
      gone.push(...page.gone);
      cursor = page.next;
      more = page.more;
    }
    at.set(feed.name, cursor ?? '');
  }
  return { at, gone };
}
