import { describe, expect, test } from 'vitest';
import { field } from '../../test/support/field.ts';
import { fc } from '../../test/support/properties.ts';
import type { Meeting } from './decide.ts';
import { decide } from './decide-link.ts';
import { bindLines } from './mapping.ts';
import type { Fields, MappingLine, Shadow, Value } from './model.ts';
import { plainPhoneKey } from './same.ts';
import { applyShadow, settleCrm, settleHub } from './settle.ts';

const HUB = [
  field('city'),
  field('phone', { type: 'phone' }),
  field('size', { type: 'number' }),
  field('email', { type: 'email', required: true }),
  field('opt_out', { type: 'boolean' }),
  field('score', { type: 'number', calculated: true }),
];
const CRM = [
  field('City', { maxLength: 5 }),
  field('Phone', { type: 'phone' }),
  field('Size', { type: 'number', scale: 1 }),
  field('Email', { type: 'email', storedLowerCase: true }),
  field('Out', { type: 'boolean' }),
  field('Score', { type: 'number' }),
];

const both = (hub: string, crm: string, extra: Partial<MappingLine> = {}): MappingLine => ({
  kind: 'lead',
  hub,
  crm,
  direction: 'both',
  ...extra,
});
const bind = (lines: readonly MappingLine[]) =>
  bindLines({ lines, kind: 'lead', hubFields: HUB, crmFields: CRM, conflict: 'latest', phoneKey: plainPhoneKey }).bound;

function meeting(
  lines: readonly MappingLine[],
  extra: Partial<Meeting> & { readonly hubFields?: Fields; readonly crmFields?: Fields },
): Meeting {
  const { hubFields = {}, crmFields = {}, ...rest } = extra;
  return {
    lines: bind(lines),
    shadow: {},
    hub: { fields: hubFields, dates: {} },
    crm: { fields: crmFields, modifiedAt: 1_000 },
    skewMs: 0,
    resolutionMs: 1,
    holds: {},
    crmWrites: 'all',
    frozen: false,
    ...rest,
  };
}
const city = both('city', 'City');
const shadowOf = (hub: Value, crm: Value): Shadow => ({ 'lead:city:City': { hub, crm } });

describe('one field, two sides', () => {
  test('[R1] an echo of our own write equals the shadow, so nothing is written, whatever the dates say', () => {
    const decision = decide(
      meeting([city], {
        shadow: shadowOf('Paris', 'Paris'),
        hubFields: { city: 'Paris' },
        crmFields: { City: 'Paris' },
      }),
    );
    expect(decision).toMatchObject({ toHub: [], toCrm: [], conflicts: [] });
  });
  test('[R1b] changed is compared in each side’s own form, agreed through the codec', () => {
    const spelt = { hub: '+43 1 222', crm: '0043 1222' };
    const lines = [both('phone', 'Phone')];
    const shadow: Shadow = { [bind(lines)[0]?.key ?? '']: spelt };
    const quiet = decide(meeting(lines, { shadow, hubFields: { phone: spelt.hub }, crmFields: { Phone: spelt.crm } }));
    expect(quiet).toMatchObject({ toHub: [], toCrm: [] });
    const edited = decide(
      meeting(lines, { shadow, hubFields: { phone: spelt.hub }, crmFields: { Phone: '+43 1 333' } }),
    );
    expect(edited.toHub).toMatchObject([{ value: '+43 1 333', before: spelt.hub, source: '+43 1 333' }]);
  });
  test('[R3] a longer hub value is never overwritten by its own truncated copy', () => {
    const decision = decide(meeting([city], { hubFields: { city: 'Philadelphia' }, crmFields: { City: 'Phila' } }));
    expect(decision).toMatchObject({ toHub: [], toCrm: [] });
    expect(decision.agreed).toHaveLength(1);
  });
  test('[R4] changed on both sides: the later one wins and the conflict is kept', () => {
    const decide4 = (hubAt: number) =>
      decide(
        meeting([city], {
          shadow: shadowOf('Rome', 'Rome'),
          hub: { fields: { city: 'Bern' }, dates: { city: hubAt } },
          crmFields: { City: 'Oslo' },
        }),
      );
    expect(decide4(2_000)).toMatchObject({
      toCrm: [{ field: 'City', value: 'Bern', rule: 'R4' }],
      toHub: [],
      conflicts: [{ winner: 'hub', why: 'latest' }],
    });
    expect(decide4(500)).toMatchObject({
      toHub: [{ field: 'city', value: 'Oslo' }],
      conflicts: [{ winner: 'crm', why: 'latest' }],
    });
    expect(decide4(1_000)).toMatchObject({ conflicts: [{ winner: 'crm', why: 'tie' }] });
  });
  test('[R4c] a held conflict follows the sides and closes by itself when one returns to the shadow', () => {
    const ask = both('city', 'City', { conflict: 'ask' });
    const holds = { 'lead:city:City': { why: 'ask', hub: 'Bern', crm: 'Oslo' } } as const;
    const held = decide(
      meeting([ask], {
        shadow: shadowOf('Rome', 'Rome'),
        hubFields: { city: 'Bern' },
        crmFields: { City: 'Graz' },
        holds,
      }),
    );
    expect(held).toMatchObject({ toHub: [], toCrm: [], conflicts: [{ winner: null, crm: 'Graz' }], released: [] });
    const closed = decide(
      meeting([ask], {
        shadow: shadowOf('Rome', 'Rome'),
        hubFields: { city: 'Rome' },
        crmFields: { City: 'Graz' },
        holds,
      }),
    );
    expect(closed).toMatchObject({ toHub: [{ value: 'Graz' }], released: ['lead:city:City'] });
  });
  test('[R5] at a first meeting an empty value never overwrites a filled one, whatever the direction', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('both', 'toHub', 'toCrm'),
        fc.constantFrom('latest', 'hub', 'crm', 'ask'),
        fc.boolean(),
        (direction, conflict, hubFilled) => {
          const decision = decide(
            meeting([both('city', 'City', { direction, conflict })], {
              hubFields: { city: hubFilled ? 'Bonn' : null },
              crmFields: { City: hubFilled ? '' : 'Bonn' },
            }),
          );
          for (const write of [...decision.toHub, ...decision.toCrm]) expect(write.value).toBe('Bonn');
        },
      ),
    );
  });
  test('[R6] clearing a field is a change like any other; [R6b] an absent one is unknown', () => {
    expect(
      decide(
        meeting([city], { shadow: shadowOf('Rome', 'Rome'), hubFields: { city: null }, crmFields: { City: 'Rome' } }),
      ),
    ).toMatchObject({ toCrm: [{ value: null }] });
    expect(
      decide(meeting([city], { shadow: shadowOf('Rome', 'Rome'), hubFields: { city: null }, crmFields: {} })),
    ).toMatchObject({ toCrm: [], toHub: [], agreed: [] });
  });
  test('[R7] on a one-way line the source wins and what a person put on the other side is kept', () => {
    const line = both('city', 'City', { direction: 'toHub' });
    const changed = decide(
      meeting([line], { shadow: shadowOf('Rome', 'Rome'), hubFields: { city: 'Bern' }, crmFields: { City: 'Oslo' } }),
    );
    expect(changed).toMatchObject({
      toHub: [{ value: 'Oslo', rule: 'R7' }],
      conflicts: [{ why: 'direction', hub: 'Bern' }],
    });
    const quiet = meeting([line], {
      shadow: shadowOf('Rome', 'Rome'),
      hubFields: { city: 'Bern' },
      crmFields: { City: 'Rome' },
    });
    expect(decide(quiet).toHub).toEqual([]);
    expect(decide({ ...quiet, full: true }).toHub).toMatchObject([{ value: 'Rome' }]);
  });
  test('[R8] opt-out becomes true on both sides before every other rule, also on frozen and foreign records', () => {
    const out = both('opt_out', 'Out', { optOut: true });
    for (const extra of [{ frozen: true }, { crmWrites: 'none' as const }, {}]) {
      expect(
        decide(meeting([out], { ...extra, hubFields: { opt_out: true }, crmFields: { Out: false } })).toCrm,
      ).toMatchObject([{ value: true, rule: 'R8' }]);
      expect(
        decide(meeting([out], { ...extra, hubFields: { opt_out: false }, crmFields: { Out: true } })).toHub,
      ).toMatchObject([{ value: true }]);
    }
    const shadow: Shadow = { 'lead:opt_out:Out': { hub: true, crm: true } };
    const again = decide(meeting([out], { shadow, hubFields: { opt_out: true }, crmFields: { Out: false } }));
    expect(again).toMatchObject({ toHub: [], toCrm: [], conflicts: [{ why: 'resubscribe', winner: null }] });
  });
  test('[R12] a contact belongs to sales: nothing is written to it, everything comes in', () => {
    const decision = decide(
      meeting([city], {
        crmWrites: 'none',
        shadow: shadowOf('Rome', 'Rome'),
        hubFields: { city: 'Bern' },
        crmFields: { City: 'Oslo' },
      }),
    );
    expect(decision).toMatchObject({ toCrm: [], toHub: [{ value: 'Oslo' }] });
  });
  test('[R19] a frozen link carries nothing', () => {
    expect(
      decide(
        meeting([city], {
          frozen: true,
          shadow: shadowOf('Rome', 'Rome'),
          hubFields: { city: 'Bern' },
          crmFields: { City: 'Oslo' },
        }),
      ),
    ).toMatchObject({ toCrm: [], toHub: [] });
  });
  test('[R23] a calculated value alone never makes a record urgent, and travels with another write', () => {
    const lines = [city, both('score', 'Score', { direction: 'toCrm' })];
    const lazy = { keys: ['score'], due: false };
    const alone = meeting(lines, {
      lazy,
      shadow: shadowOf('Rome', 'Rome'),
      hubFields: { city: 'Rome', score: 12 },
      crmFields: { City: 'Rome', Score: 3 },
    });
    expect(decide(alone).toCrm).toEqual([]);
    expect(decide({ ...alone, lazy: { ...lazy, due: true } }).toCrm).toHaveLength(1);
    expect(decide({ ...alone, hub: { fields: { city: 'Bern', score: 12 }, dates: {} } }).toCrm).toHaveLength(2);
  });
  test('[R10b] an unusable e-mail is never copied, the other fields flow', () => {
    const decision = decide(
      meeting([both('email', 'Email'), city], {
        shadow: { 'lead:email:Email': { hub: 'a@b.co', crm: 'a@b.co' } },
        hubFields: { email: 'a@b.co' },
        crmFields: { Email: 'nonsense', City: 'Rome' },
      }),
    );
    expect(decision.toHub.map((write) => write.field)).toEqual(['city']);
    expect(decision.faults).toMatchObject([{ fault: { reason: 'invalid_email' } }]);
  });
});

/** A CRM that cuts at five characters, rounds to one decimal, and lower-cases e-mails. */
const stored = (key: string, value: Value): Value => {
  if (key === 'City' && typeof value === 'string') return value.slice(0, 5).trim() || null;
  if (key === 'Size' && typeof value === 'number') return Math.round(value * 10) / 10;
  return value;
};

describe('any history of two sides', () => {
  const lines = [city, both('phone', 'Phone'), both('size', 'Size')];
  const value = (key: string): fc.Arbitrary<Value> =>
    key === 'size'
      ? fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 99 }))
      : fc.constantFrom(null, 'Rome', 'Oslo', 'Bern', '+1 22', '+1 33');
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('edit' as const),
      side: fc.constantFrom('hub' as const, 'crm' as const),
      key: fc.constantFrom('city', 'phone', 'size'),
      seed: fc.nat(5),
    }),
    fc.record({ kind: fc.constant('run' as const), crash: fc.boolean() }),
  );

  test('[R1] [R2] [R3] settles: after three quiet runs nothing more is written and both sides agree, crashes or not', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const hub: Record<string, Value> = {};
        const crm: Record<string, Value> = { City: null, Phone: null, Size: null };
        const dates: Record<string, number> = {};
        let shadow: Shadow = {};
        let now = 1;
        const bound = bind(lines);
        const run = (crash: boolean): number => {
          const decision = decide(
            meeting(lines, {
              shadow,
              hub: { fields: { ...hub }, dates },
              crm: { fields: { ...crm }, modifiedAt: now },
            }),
          );
          const moved: [string, { hub: Value; crm: Value }][] = decision.agreed.map((one) => [one.key, one]);
          for (const write of decision.toHub) {
            hub[write.field] = write.value;
            moved.push([write.key, settleHub(write)]);
          }
          for (const write of decision.toCrm) {
            crm[write.field] = stored(write.field, write.value);
            const line = bound.find((one) => one.key === write.key);
            const settled = line === undefined ? null : settleCrm(write, crm[write.field], line).shadow;
            if (settled !== null) moved.push([write.key, settled]);
          }
          // Killed between "written" and "remembered": the shadow stays as it was.
          if (!crash) shadow = applyShadow(shadow, moved);
          return decision.toHub.length + decision.toCrm.length;
        };
        for (const one of steps) {
          now += 10;
          if (one.kind === 'run') run(one.crash);
          else {
            const made = fc.sample(value(one.key), { numRuns: 1, seed: one.seed })[0] ?? null;
            if (one.side === 'hub') {
              hub[one.key] = made;
              dates[one.key] = now;
            } else
              crm[{ city: 'City', phone: 'Phone', size: 'Size' }[one.key] ?? ''] = stored(
                { city: 'City', phone: 'Phone', size: 'Size' }[one.key] ?? '',
                made,
              );
          }
        }
        run(false);
        run(false);
        expect(run(false)).toBe(0);
        for (const line of bound) {
          const back = line.codec.toHub(crm[line.line.crm] ?? null);
          const held = hub[line.line.hub] ?? null;
          expect(
            back.ok &&
              (line.codec.sameHub(back.value, held) || line.codec.sameHub(back.value, line.codec.roundTrip(held))),
          ).toBe(true);
        }
      }),
      { numRuns: 2_000, seed: 20_261_124 },
    );
  });
});
