import { describe, expect, test } from 'vitest';
import { field } from '../../test/support/field.ts';
import type { Meeting } from './decide.ts';
import { decide } from './decide-link.ts';
import { bindLines, checkMapping } from './mapping.ts';
import type { ConsentState, LineShadow, MappingLine, Value } from './model.ts';
import { plainPhoneKey } from './same.ts';

const HUB = [field('consent', { calculated: true }), field('opt_out', { type: 'boolean' })];
const option = (id: string) => ({ id, label: id.toUpperCase(), active: true });
const CRM = [
  field('NoMail', { type: 'boolean' }),
  field('News', { type: 'boolean' }),
  field('Status', { type: 'oneOf', options: [option('none'), option('yes'), option('no')], restricted: true }),
  field('Bases', { type: 'manyOf', options: [option('none'), option('yes'), option('no')] }),
  field('Size', { type: 'number' }),
];
const line = (crm: string, extra: Partial<MappingLine> = {}): MappingLine => ({
  kind: 'lead',
  hub: 'consent',
  crm,
  direction: 'both',
  ...extra,
});
const OUT_BOX = line('NoMail', { consent: { purpose: 'newsletter', withdrawn: [true] } });
const NEWS = line('News', { consent: { purpose: 'newsletter', given: [true] } });
const LIST = line('Status', { consent: { purpose: 'newsletter', given: ['YES'], withdrawn: ['NO'] } });
const asSource = (of: MappingLine): MappingLine => ({
  ...of,
  consent: { purpose: 'newsletter', ...of.consent, source: true },
});

const state = (given: boolean, extra: Partial<ConsentState> = {}): ConsentState => ({
  given,
  at: 1_000,
  proven: false,
  how: 'form',
  ...extra,
});

function meet(
  of: MappingLine,
  sides: {
    readonly here?: ConsentState;
    readonly there: Value;
    readonly shadow?: LineShadow;
    readonly more?: Partial<Meeting>;
  },
) {
  const { bound } = bindLines({
    lines: [of],
    kind: 'lead',
    hubFields: HUB,
    crmFields: CRM,
    conflict: 'latest',
    phoneKey: plainPhoneKey,
  });
  const { here } = sides;
  return decide({
    lines: bound,
    shadow: sides.shadow === undefined ? {} : { [bound[0]?.key ?? '']: sides.shadow },
    hub: {
      fields: here === undefined ? {} : { 'consent:newsletter': here.given ? 'given' : 'withdrawn' },
      dates: {},
    },
    consents: here === undefined ? {} : { newsletter: here },
    crm: { fields: { [of.crm]: sides.there }, modifiedAt: 2_000 },
    skewMs: 0,
    resolutionMs: 1,
    holds: {},
    crmWrites: 'all',
    frozen: false,
    ...sides.more,
  });
}
const NOTHING = { toHub: [], toCrm: [], conflicts: [] };
const withdraws = { toHub: [{ field: 'consent:newsletter', value: 'withdrawn', rule: 'R8a' }], toCrm: [] };

describe('a permission of the CRM and one purpose', () => {
  test('[R8a] a withdrawal in the CRM counts here, whatever was said here before; of what the CRM lets happen nothing does', () => {
    for (const of of [OUT_BOX, LIST]) {
      const there = of === LIST ? 'no' : true;
      expect(meet(of, { there })).toMatchObject(withdraws);
      expect(meet(of, { there, here: state(true) })).toMatchObject(withdraws);
      expect(meet(of, { there, here: state(true), more: { frozen: true, crmWrites: 'none' } })).toMatchObject(
        withdraws,
      );
    }
    expect(meet(OUT_BOX, { there: false })).toMatchObject(NOTHING);
    expect(meet(LIST, { there: 'none' })).toMatchObject(NOTHING);
  });

  test('[R8a] what the CRM says was agreed counts here only where the line names it as the source', () => {
    expect(meet(LIST, { there: 'yes' })).toMatchObject(NOTHING);
    expect(meet(NEWS, { there: true })).toMatchObject(NOTHING);
    for (const [of, there] of [
      [LIST, 'yes'],
      [NEWS, true],
    ] as const)
      expect(meet(asSource(of), { there })).toMatchObject({
        toHub: [{ field: 'consent:newsletter', value: 'given', rule: 'R8a', source: there }],
      });
    expect(meet(asSource(LIST), { there: 'yes', more: { frozen: true } })).toMatchObject(NOTHING);
  });

  test('[R8a] an unticked box is no withdrawal, unless it was ticked when both agreed', () => {
    expect(meet(NEWS, { there: false })).toMatchObject(NOTHING);
    const agreed = { hub: 'given', crm: true };
    expect(meet(NEWS, { there: false, here: state(true, { proven: true }), shadow: agreed })).toMatchObject(withdraws);
    expect(meet(LIST, { there: null, here: state(true), shadow: { hub: 'given', crm: 'yes' } })).toMatchObject(
      withdraws,
    );
  });

  test('[R8a] a withdrawal here goes to the CRM in its own words, on frozen and foreign records too', () => {
    const here = state(false);
    const guarded = { frozen: true, crmWrites: 'none' } as const;
    expect(meet(OUT_BOX, { there: false, here, more: guarded }).toCrm).toMatchObject([{ value: true, rule: 'R8a' }]);
    expect(meet(LIST, { there: 'yes', here, more: guarded }).toCrm).toMatchObject([{ value: 'no' }]);
    expect(meet(NEWS, { there: true, here, shadow: { hub: 'given', crm: true } }).toCrm).toMatchObject([
      { value: false },
    ]);
    // A box without its tick says so already.
    expect(meet(NEWS, { there: false, here })).toMatchObject({ ...NOTHING, agreed: [{ hub: 'withdrawn' }] });
    expect(meet({ ...OUT_BOX, direction: 'toHub' }, { there: false, here })).toMatchObject(NOTHING);
  });

  test('[R8a] what was agreed here goes where the CRM has said nothing, once, and never to records of sales', () => {
    const here = state(true);
    expect(meet(NEWS, { there: false, here }).toCrm).toMatchObject([{ value: true, rule: 'R8a' }]);
    expect(meet(LIST, { there: 'none', here }).toCrm).toMatchObject([{ value: 'yes' }]);
    expect(meet(OUT_BOX, { there: false, here })).toMatchObject({ ...NOTHING, agreed: [{ hub: 'given' }] });
    expect(meet(NEWS, { there: false, here, more: { crmWrites: 'none' } })).toMatchObject(NOTHING);
    expect(meet(NEWS, { there: false, here, more: { frozen: true } })).toMatchObject(NOTHING);
  });

  test('[R46] over a withdrawal only a proven agreement goes to the CRM, unless it was withdrawn there again since', () => {
    const shadow = { hub: 'withdrawn', crm: true };
    const proven = state(true, { proven: true, at: 3_000 });
    expect(meet(OUT_BOX, { there: true, here: proven, shadow }).toCrm).toMatchObject([{ value: false, rule: 'R46' }]);
    expect(meet(OUT_BOX, { there: true, here: proven }).toCrm).toMatchObject([{ value: false, rule: 'R46' }]);
    expect(meet(OUT_BOX, { there: true, here: state(true, { proven: true }) })).toMatchObject(withdraws);
    expect(meet(OUT_BOX, { there: true, here: proven, shadow, more: { crmWrites: 'none' } })).toMatchObject(NOTHING);
    const unproven = meet(OUT_BOX, { there: true, here: state(true, { at: 3_000 }), shadow });
    expect(unproven).toMatchObject({ toHub: [], toCrm: [], conflicts: [{ why: 'resubscribe', winner: null }] });
  });

  test('[R8a] a lift in the CRM waits for a person, but for a source that takes its own withdrawal back', () => {
    const shadow = { hub: 'withdrawn', crm: 'no' };
    const waits = { toHub: [], toCrm: [], conflicts: [{ why: 'resubscribe' }] };
    expect(meet(LIST, { there: 'yes', here: state(false, { how: 'crm' }), shadow })).toMatchObject(waits);
    expect(meet(asSource(LIST), { there: 'yes', here: state(false, { how: 'preferences' }), shadow })).toMatchObject(
      waits,
    );
    expect(meet(asSource(LIST), { there: 'yes', here: state(false, { how: 'crm' }), shadow })).toMatchObject({
      toHub: [{ value: 'given' }],
      conflicts: [],
    });
    expect(meet(OUT_BOX, { there: false, here: state(false), shadow: { hub: 'withdrawn', crm: true } })).toMatchObject(
      waits,
    );
  });

  test('[R8a] whatever was decided and settled, the same meeting again decides nothing', () => {
    const words: Record<string, readonly Value[]> = {
      NoMail: [true, false],
      News: [true, false],
      Status: ['none', 'yes', 'no', null],
    };
    let moved = 0;
    for (const of of [OUT_BOX, NEWS, LIST, asSource(NEWS), asSource(LIST)])
      for (const there of words[of.crm] ?? [])
        for (const here of [undefined, state(true), state(false), state(true, { proven: true, at: 3_000 })]) {
          const first = meet(of, here === undefined ? { there } : { there, here });
          const [inward] = first.toHub;
          const [outward] = first.toCrm;
          moved += first.toHub.length + first.toCrm.length;
          expect(first.toHub.length + first.toCrm.length).toBeLessThan(2);
          const shadow: LineShadow | undefined =
            inward !== undefined
              ? { hub: inward.value, crm: inward.source }
              : outward !== undefined
                ? { hub: outward.source, crm: outward.value }
                : first.agreed[0];
          const nowHere = inward === undefined ? here : state(inward.value === 'given', { how: 'crm', at: 3_000 });
          const again = meet(of, {
            there: outward === undefined ? there : outward.value,
            ...(nowHere === undefined ? {} : { here: nowHere }),
            ...(shadow === undefined ? {} : { shadow }),
          });
          expect([of.crm, there, here, again]).toMatchObject([of.crm, there, here, NOTHING]);
        }
    expect(moved).toBeGreaterThan(10);
  });
});

describe('saving a line of consent', () => {
  const problems = (of: MappingLine) =>
    checkMapping({ lines: [of], hubFields: HUB, crmFields: { lead: CRM }, kinds: ['lead'], conflict: 'latest' }).map(
      ({ path, code }) => `${path.replace('mappings.0.', '')} ${code}`,
    );

  test('[R7] what a permission cannot say is refused, with the path', () => {
    expect([OUT_BOX, NEWS, LIST, asSource(LIST)].flatMap(problems)).toEqual([]);
    expect(problems({ ...LIST, direction: 'toCrm' })).toEqual(['direction consent_direction']);
    expect(problems(asSource(OUT_BOX))).toEqual(['consent.source consent_source']);
    expect(problems(line('NoMail', { consent: { purpose: 'newsletter', given: [true], withdrawn: [false] } }))).toEqual(
      ['consent consent_box'],
    );
    expect(
      problems(line('Status', { consent: { purpose: 'news letter', given: ['yes'], withdrawn: ['nope'] } })),
    ).toEqual(['consent.purpose field_key', 'consent.withdrawn not_in_list']);
    expect(problems(line('Status', { consent: { purpose: 'news', given: ['yes'] } }))).toEqual([
      'consent.withdrawn required',
    ]);
    expect(problems(line('Bases', { consent: { purpose: 'news', given: ['yes'], withdrawn: ['no'] } }))).toEqual([
      'direction consent_many',
    ]);
    expect(problems(line('Size', { consent: { purpose: 'news', given: ['yes'], withdrawn: ['no'] } }))).toEqual([
      'crm consent_type',
    ]);
    expect(problems(line('News', { hub: 'opt_out', consent: { purpose: 'news', given: [true] } }))).toEqual([
      'hub consent_field',
    ]);
  });
});
