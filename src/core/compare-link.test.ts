import { describe, expect, test } from 'vitest';
import { field } from '../../test/support/field.ts';
import { compareLink, type LinkDebts } from './compare-link.ts';
import type { Meeting } from './decide.ts';
import { bindLines } from './mapping.ts';
import type { Fields, MappingLine, Shadow } from './model.ts';
import { plainPhoneKey } from './same.ts';

const HUB = [
  field('city'),
  field('phone', { type: 'phone' }),
  field('opt_out', { type: 'boolean' }),
  field('consent', { calculated: true }),
  field('score', { type: 'number', calculated: true }),
];
const CRM = [
  field('City', { maxLength: 5 }),
  field('Phone', { type: 'phone' }),
  field('Out', { type: 'boolean' }),
  field('Score', { type: 'number' }),
  field('News'),
];
const CITY: MappingLine = { kind: 'lead', hub: 'city', crm: 'City', direction: 'both' };
const SETTLED: LinkDebts = { hubOwed: false, crmOwed: false, rejected: new Set(), exports: true };

/** Why one line's two values differ; null: they do not. */
function whyOf(
  line: MappingLine,
  sides: { readonly hub: Fields; readonly crm: Fields; readonly shadow?: Shadow },
  more: { readonly meeting?: Partial<Meeting>; readonly debts?: Partial<LinkDebts> } = {},
): string | null {
  const { bound } = bindLines({
    lines: [line],
    kind: 'lead',
    hubFields: HUB,
    crmFields: CRM,
    conflict: 'latest',
    phoneKey: plainPhoneKey,
  });
  const [found] = compareLink(
    {
      lines: bound,
      shadow: sides.shadow ?? {},
      hub: { fields: sides.hub, dates: {} },
      crm: { fields: sides.crm, modifiedAt: 1_000 },
      skewMs: 0,
      resolutionMs: 1,
      holds: {},
      crmWrites: 'all',
      frozen: false,
      lazy: { keys: ['score'], due: false },
      ...more.meeting,
    },
    { ...SETTLED, ...more.debts },
  );
  return found?.why ?? null;
}
const agreed = (hub: string | null, crm: string | null): Shadow => ({ 'lead:city:City': { hub, crm } });

describe('[R90] two linked records, value by value', () => {
  test('the same through the codec is the same: other spelling, a cut copy, two empties, a spelling of the CRM’s own', () => {
    expect(whyOf(CITY, { hub: { city: 'Paris' }, crm: { City: 'Paris' } })).toBe(null);
    expect(whyOf(CITY, { hub: { city: 'Villeurbanne' }, crm: { City: 'Ville' } })).toBe(null);
    expect(whyOf(CITY, { hub: { city: '' }, crm: { City: null } })).toBe(null);
    expect(whyOf(CITY, { hub: { city: 'Wien' }, crm: { City: 'VIE' }, shadow: agreed('Wien', 'VIE') })).toBe(null);
    const phone: MappingLine = { kind: 'lead', hub: 'phone', crm: 'Phone', direction: 'both' };
    expect(whyOf(phone, { hub: { phone: '+43 1 222' }, crm: { Phone: '+431222' } })).toBe(null);
  });

  test('a field that the answer does not carry is unknown, not different', () => {
    expect(whyOf(CITY, { hub: { city: 'Paris' }, crm: {} })).toBe(null);
  });

  test('a change that nothing is owed for is missed; one that somebody is owed waits', () => {
    const hubMoved = { hub: { city: 'Lyon' }, crm: { City: 'Paris' }, shadow: agreed('Paris', 'Paris') };
    const crmMoved = { hub: { city: 'Paris' }, crm: { City: 'Lyon' }, shadow: agreed('Paris', 'Paris') };
    expect(whyOf(CITY, hubMoved)).toBe('missed');
    expect(whyOf(CITY, crmMoved)).toBe('missed');
    expect(whyOf(CITY, hubMoved, { debts: { crmOwed: true } })).toBe('waits');
    expect(whyOf(CITY, crmMoved, { debts: { hubOwed: true } })).toBe('waits');
    // A mark towards the CRM carries nothing to the hub.
    expect(whyOf(CITY, crmMoved, { debts: { crmOwed: true } })).toBe('missed');
  });

  test('an open rejection of the line, or of the person, is the reason; one of another line is not', () => {
    const moved = { hub: { city: 'Lyon' }, crm: { City: 'Paris' }, shadow: agreed('Paris', 'Paris') };
    expect(whyOf(CITY, moved, { debts: { rejected: new Set(['lead:city:City']) } })).toBe('rejected');
    expect(whyOf(CITY, moved, { debts: { rejected: new Set(['']) } })).toBe('rejected');
    expect(whyOf(CITY, moved, { debts: { rejected: new Set(['lead:phone:Phone']) } })).toBe('missed');
  });

  test('what is held, frozen, sales’ own, one-way, switched off or ignored when empty says so', () => {
    const moved = { hub: { city: 'Lyon' }, crm: { City: 'Paris' }, shadow: agreed('Paris', 'Paris') };
    const hold = { 'lead:city:City': { why: 'undone', hub: 'Lyon', crm: 'Paris' } } as const;
    expect(whyOf(CITY, moved, { meeting: { holds: hold } })).toBe('undone');
    expect(whyOf(CITY, moved, { meeting: { frozen: true } })).toBe('frozen');
    expect(whyOf(CITY, moved, { meeting: { crmWrites: 'none' } })).toBe('sales');
    expect(whyOf(CITY, moved, { meeting: { crmWrites: 'none' }, debts: { exports: false } })).toBe('export_off');
    expect(whyOf({ ...CITY, direction: 'toHub' }, moved)).toBe('one_way');
    const emptied = { hub: { city: 'Paris' }, crm: { City: null }, shadow: agreed('Paris', 'Paris') };
    expect(whyOf({ ...CITY, ignoreEmpty: true }, emptied)).toBe('ignored_empty');
    expect(whyOf(CITY, emptied)).toBe('missed');
  });

  test('a score that may travel later is no loss', () => {
    const score: MappingLine = { kind: 'lead', hub: 'score', crm: 'Score', direction: 'toCrm' };
    const shadow = { 'lead:score:Score': { hub: 10, crm: 10 } };
    expect(whyOf(score, { hub: { score: 12 }, crm: { Score: 10 }, shadow })).toBe('later');
    // A look at the record does not bring it along (R23); a mark towards the CRM does.
    expect(whyOf(score, { hub: { score: 12 }, crm: { Score: 10 }, shadow }, { debts: { hubOwed: true } })).toBe(
      'later',
    );
    expect(whyOf(score, { hub: { score: 12 }, crm: { Score: 10 }, shadow }, { debts: { crmOwed: true } })).toBe(
      'waits',
    );
  });

  test('[R23] a calculated value that the CRM was never given is no difference; one that is owed, or was lost there, is', () => {
    const score: MappingLine = { kind: 'lead', hub: 'score', crm: 'Score', direction: 'toCrm' };
    const sides = { hub: { score: 12 }, crm: { Score: null } };
    expect(whyOf(score, sides)).toBe(null);
    expect(whyOf(score, sides, { debts: { hubOwed: true } })).toBe(null);
    expect(whyOf(score, sides, { meeting: { crmWrites: 'none' } })).toBe(null);
    expect(whyOf(score, sides, { debts: { crmOwed: true } })).toBe('waits');
    expect(whyOf(score, sides, { debts: { rejected: new Set(['lead:score:Score']) } })).toBe('rejected');
    const given = { 'lead:score:Score': { hub: 10, crm: 10 } };
    expect(whyOf(score, { ...sides, shadow: given })).toBe('later');
    expect(whyOf({ ...CITY, direction: 'toCrm' }, { hub: { city: 'Lyon' }, crm: { City: null } })).toBe('missed');
  });

  test('[R8a] a purpose that is agreed to here and withdrawn there is a difference, and why nobody carries it over is told', () => {
    const news: MappingLine = {
      kind: 'lead',
      hub: 'consent',
      crm: 'News',
      direction: 'both',
      consent: { purpose: 'news', given: ['yes'], withdrawn: ['no'] },
    };
    const proven = { given: true, at: 2_000, proven: true, how: 'form' } as const;
    const here = { hub: { 'consent:news': 'given' }, shadow: { 'lead:consent:News': { hub: 'withdrawn', crm: 'no' } } };
    const meeting = { consents: { news: proven } };
    const no = { ...here, crm: { News: 'no' } };
    expect(whyOf(news, no, { meeting })).toBe('missed');
    expect(whyOf(news, no, { meeting: { ...meeting, crmWrites: 'none' } })).toBe('sales');
    expect(whyOf(news, no, { meeting: { ...meeting, frozen: true } })).toBe('frozen');
    expect(whyOf({ ...news, direction: 'toHub' }, no, { meeting })).toBe('one_way');
    // A yes beside nothing: the CRM's own agreement counts only where the line names it as the source.
    expect(whyOf(news, { hub: {}, crm: { News: 'yes' } })).toBe(null);
  });

  test('[R8] an opt-out on one side is never explained away, not even on a frozen record', () => {
    const out: MappingLine = { kind: 'lead', hub: 'opt_out', crm: 'Out', direction: 'both', optOut: true };
    const sides = {
      hub: { opt_out: true },
      crm: { Out: false },
      shadow: { 'lead:opt_out:Out': { hub: false, crm: false } },
    };
    expect(whyOf(out, sides, { meeting: { frozen: true, crmWrites: 'none' } })).toBe('missed');
    expect(whyOf(out, { hub: { opt_out: false }, crm: { Out: null } })).toBe(null);
  });
});
