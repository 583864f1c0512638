import { expect, test } from 'vitest';
import type { Manifest } from '../connector.ts';
import type { TimelineEntry } from '../timeline.ts';
import type { Bench } from './connector-contract.ts';
import type { ContractRule } from './contract-rule.ts';

interface Options {
  readonly manifest: Manifest;
  readonly rule: ContractRule;
  /** Adds people; @returns their ids. */
  readonly seed: (bench: Bench, count: number) => readonly string[];
  readonly isLeft: (rule: string) => boolean;
}

/** What a connector with a timeline must do (C37); one without says so in its deviations. */
export function timelineContract({ manifest, rule, seed, isLeft }: Options): void {
  test('[C37] a timeline is declared with its batch, or left out with a reason', () => {
    expect(manifest.timeline === undefined).toBe(isLeft('C37'));
  });
  const kind = manifest.kinds.includes('lead') ? 'lead' : 'person';
  const entry = (key: string, recordId: string): TimelineEntry => ({
    key,
    kind,
    recordId,
    title: 'Form: Contact <us> & "others"',
    text: 'Sent on 24 Nov 2026.\nhttps://hub.example.com/contacts/ct_1?a=1&b=2',
    at: Date.UTC(2026, 10, 24, 9),
  });
  const needed = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('the timeline is missing');
    return part;
  };
  rule(
    'C37',
    'writes entries on the records they are told, aligned, and finds them again by our key',
    async (bench) => {
      const timeline = needed(bench.connector.timeline);
      const book = needed(bench.emulator.world.timeline);
      const [first = '', second = '', gone = ''] = seed(bench, 3);
      bench.emulator.world.remove(gone);
      const entries = [entry('evt_1', first), entry('evt_gone', gone), entry('sub_2', second), entry('evt_3', first)];
      const outcomes = await timeline.add(entries);
      expect(outcomes.map((one) => one.kind)).toEqual(['stored', 'gone', 'stored', 'stored']);
      expect(book.of(first).map((one) => one.text.includes('24 Nov 2026'))).toEqual([true, true]);
      expect(book.of(second)).toHaveLength(1);
      const found = await timeline.find([...entries, entry('evt_nobody', second)]);
      const ids = outcomes.map((one) => (one.kind === 'stored' ? one.id : null));
      expect(Object.fromEntries(found)).toEqual({ evt_1: ids[0], sub_2: ids[2], evt_3: ids[3] });
    },
  );
  rule('C37', 'calls an entry without an answer unknown, does not repeat it, and finds it once', async (bench) => {
    const timeline = needed(bench.connector.timeline);
    const [first = ''] = seed(bench, 1);
    // Whatever is asked before: the account's words, tokens.
    await timeline.add([entry('evt_0', first)]);
    bench.emulator.faults.add({ kind: 'drop', method: 'POST' });
    expect(await timeline.add([entry('evt_1', first)])).toEqual([{ kind: 'unknown' }]);
    expect([...(await timeline.find([entry('evt_1', first)])).keys()]).toEqual(['evt_1']);
    expect(bench.emulator.world.timeline?.keys().get('evt_1')).toBe(1);
  });
  rule('C37', 'writes as many entries in a call as it says', async (bench) => {
    const timeline = needed(bench.connector.timeline);
    const most = needed(manifest.timeline).perCall.value;
    const [first = ''] = seed(bench, 1);
    await timeline.add([entry('evt_0', first)]);
    const before = bench.emulator.calls();
    const many = Array.from({ length: most + 1 }, (_, index) => entry(`evt_many_${index}`, first));
    expect((await timeline.add(many)).every((one) => one.kind === 'stored')).toBe(true);
    expect(bench.emulator.calls() - before).toBe(2);
  });
  rule('C37', 'leaves undone what the CRM throttles, and says so of each', async (bench) => {
    const timeline = needed(bench.connector.timeline);
    const [first = ''] = seed(bench, 1);
    await timeline.add([entry('evt_0', first)]);
    bench.emulator.faults.add({ kind: 'throttle', times: 20 });
    const outcomes = await timeline.add([entry('evt_1', first)]);
    expect(['throttled', 'unknown']).toContain(outcomes[0]?.kind);
    expect(bench.emulator.world.timeline?.keys().has('evt_1')).toBe(false);
  });
}
