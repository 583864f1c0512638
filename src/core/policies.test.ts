import fc from 'fast-check';
import { expect, test } from 'vitest';
import { field } from '../../test/support/field.ts';
import type { Hold } from './decide.ts';
import { decide } from './decide-link.ts';
import { bindLines } from './mapping.ts';
import type { Direction, MappingLine, Shadow, Value } from './model.ts';
import { plainPhoneKey } from './same.ts';
import { applyShadow, settleCrm, settleHub } from './settle.ts';

const KEY = 'lead:city:City';
const DIRECTIONS: readonly Direction[] = ['both', 'toHub', 'toCrm'];

const step = fc.oneof(
  fc.record({
    side: fc.constantFrom('hub' as const, 'crm' as const),
    value: fc.constantFrom<Value>(null, 'Rome', 'Oslo', 'Bern'),
  }),
  fc.constant('run' as const),
);

/** One field of one person on both sides, under one set of rules. */
class Pair {
  hub: Value = null;
  crm: Value = null;
  #hubAt: number | null = null;
  #crmAt = 1;
  #now = 1;
  #shadow: Shadow = {};
  #hold: Hold | null = null;
  readonly #bound;

  constructor(line: MappingLine, conflict: 'latest' | 'hub' | 'crm' | 'ask') {
    const fields = { hubFields: [field('city')], crmFields: [field('City')] };
    this.#bound = bindLines({ lines: [line], kind: 'lead', ...fields, conflict, phoneKey: plainPhoneKey }).bound;
    expect(this.#bound).toHaveLength(1);
  }

  edit(side: 'hub' | 'crm', value: Value): void {
    this.#now += 10;
    if (side === 'hub') [this.hub, this.#hubAt] = [value, this.#now];
    else [this.crm, this.#crmAt] = [value, this.#now];
  }

  /** @returns whether both sides are held before a person's eyes. */
  run(): boolean {
    this.#now += 10;
    const [bound] = this.#bound;
    if (bound === undefined) throw new Error('no line');
    const decision = decide({
      lines: this.#bound,
      shadow: this.#shadow,
      hub: { fields: { city: this.hub }, dates: this.#hubAt === null ? {} : { city: this.#hubAt } },
      crm: { fields: { City: this.crm }, modifiedAt: this.#crmAt },
      skewMs: 0,
      resolutionMs: 1,
      holds: this.#hold === null ? {} : { [KEY]: this.#hold },
      crmWrites: 'all',
      frozen: false,
    });
    const moved = decision.agreed.map((one) => [one.key, { hub: one.hub, crm: one.crm }] as const);
    this.#shadow = applyShadow(this.#shadow, moved);
    for (const write of decision.toHub) {
      this.hub = write.value;
      this.#shadow = applyShadow(this.#shadow, [[KEY, settleHub(write)]]);
    }
    for (const write of decision.toCrm) {
      this.crm = write.value;
      const { shadow } = settleCrm(write, write.value, bound);
      if (shadow !== null) this.#shadow = applyShadow(this.#shadow, [[KEY, shadow]]);
    }
    if (decision.released?.includes(KEY) === true) this.#hold = null;
    for (const found of decision.conflicts)
      if (found.winner === null) this.#hold = { why: 'ask', hub: found.hub, crm: found.crm };
    return this.#hold !== null;
  }

  /** R4c: what `resolveConflict` does: the loser's side is what both agreed on, so that the winner's is the only change. */
  decideFor(winner: 'hub' | 'crm'): void {
    const lost = winner === 'hub' ? this.crm : this.hub;
    this.#shadow = { [KEY]: { hub: lost, crm: lost } };
    this.#hold = null;
  }
}

test('[R7] [R4] whatever was edited under whatever rules, an edit of a side that the line follows arrives on the other, at once or when a person has decided', () => {
  const cases = fc.record({
    direction: fc.constantFrom(...DIRECTIONS),
    conflict: fc.constantFrom('latest' as const, 'hub' as const, 'crm' as const, 'ask' as const),
    ignoreEmpty: fc.boolean(),
    steps: fc.array(step, { maxLength: 12 }),
    last: fc.constantFrom('hub' as const, 'crm' as const),
  });
  const seen = new Set<string>();
  fc.assert(
    fc.property(cases, ({ direction, conflict, ignoreEmpty, steps, last }) => {
      const pair = new Pair({ kind: 'lead', hub: 'city', crm: 'City', direction, ignoreEmpty }, conflict);
      for (const one of steps)
        if (one === 'run') pair.run();
        else pair.edit(one.side, one.value);
      const settle = (): void => {
        for (let runs = 0; runs < 3; runs += 1) {
          if (!pair.run()) continue;
          seen.add('held');
          pair.decideFor(last);
        }
      };
      // What came before is settled; then one side is edited, alone.
      settle();
      const source = direction === 'both' ? last : direction === 'toHub' ? 'crm' : 'hub';
      pair.edit(source, 'Paris');
      settle();
      seen.add(`${direction} ${conflict} ${ignoreEmpty}`);
      expect({ direction, conflict, hub: pair.hub, crm: pair.crm }).toMatchObject({ hub: 'Paris', crm: 'Paris' });
    }),
    { numRuns: 3_000, seed: 20_261_126 },
  );
  // Every set of rules was met, and some history was held.
  expect(seen.size).toBe(DIRECTIONS.length * 4 * 2 + 1);
});
