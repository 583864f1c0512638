import { describe, expect, test } from 'vitest';
import { fc } from '../../test/support/properties.ts';
import { lineCodec } from './codec.ts';
import { foldLabel, LABEL_MAX, valueKey } from './labels.ts';
import type { OptionLinks } from './list-values.ts';
import { checkMapping } from './mapping.ts';
import type { FieldSchema, MappingLine, Option, Value, ValueType } from './model.ts';
import { roundTo } from './numbers.ts';
import { plainPhoneKey } from './same.ts';
import { instantOf, isZone, localTime } from './zones.ts';

const field = (key: string, type: ValueType = 'text', extra: Partial<FieldSchema> = {}): FieldSchema => ({
  key,
  label: key,
  type,
  calculated: false,
  writableOnCreate: true,
  writableOnUpdate: true,
  required: false,
  ...extra,
});
const line = (extra: Partial<MappingLine> = {}): MappingLine => ({
  kind: 'lead',
  hub: 'a',
  crm: 'b',
  direction: 'both',
  ...extra,
});
const options = (...labels: string[]): Option[] =>
  labels.map((label, index) => ({ id: String(index + 10), label, active: true }));
const hubList = (...labels: string[]): Partial<FieldSchema> => ({
  listId: 'list',
  options: labels.map((label) => ({ id: valueKey(label), label, active: true })),
});
const codecOf = (
  hub: FieldSchema,
  crm: FieldSchema,
  extra: Partial<MappingLine> = {},
  more: { zone?: string; links?: OptionLinks } = {},
) => lineCodec(line(extra), hub, crm, { phoneKey: plainPhoneKey, ...more });

describe('list values', () => {
  test('[R21] two spellings that are not one value never get one id, and an id can be read', () => {
    expect(valueKey(' Chief  Cook ')).toBe('chief_cook');
    expect(valueKey('Directeur général')).toBe('directeur_général');
    expect(new Set(['C', 'C++', 'C#', 'c_', 'É', 'E', '🙂', '🙃', '-', '+'].map(valueKey)).size).toBe(10);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(valueKey(a) === valueKey(b)).toBe(foldLabel(a) === foldLabel(b));
        expect(valueKey(a).length).toBeGreaterThan(foldLabel(a) === '' ? -1 : 0);
      }),
    );
  });

  test('[R21] every unknown choice of a list of several is added, not only the first', () => {
    const codec = codecOf(
      field('a', 'manyOf', hubList('Retail')),
      field('b', 'manyOf', { options: options('Retail', 'Steel', 'Food') }),
    );
    expect(codec.toHub(['10', '11', '12'])).toEqual({
      ok: true,
      value: ['retail', 'steel', 'food'],
      addsValues: [
        { key: 'steel', label: 'Steel' },
        { key: 'food', label: 'Food' },
      ],
    });
  });

  test('[R21] a value that a person removed is not added again, and it is said', () => {
    const hub = field('a', 'oneOf', { listId: 'list', options: [{ id: 'intern', label: 'Intern', active: false }] });
    const codec = codecOf(hub, field('b'));
    expect(codec.toHub('intern ')).toMatchObject({
      ok: false,
      fault: { reason: 'unmapped_value', params: { why: 'removed' } },
    });
  });

  test('[R21] an option is known by its id: a label that is changed in the CRM changes nothing here', () => {
    const links = { toHub: new Map([['17', 'ceo']]), toCrm: new Map([['ceo', '17']]) };
    const crm = field('b', 'oneOf', {
      restricted: true,
      options: [{ id: '17', label: 'Managing Director', active: true }],
    });
    const codec = codecOf(field('a', 'oneOf', hubList('CEO')), crm, {}, { links });
    expect(codec.toHub('17')).toEqual({ ok: true, value: 'ceo' });
    expect(codec.toCrm('ceo')).toEqual({ ok: true, value: '17' });
    expect(codec.roundTrip('ceo')).toBe('ceo');
  });

  test('[R21] other spellings of a value find it, in both directions', () => {
    const hub = field('a', 'oneOf', {
      listId: 'list',
      options: [{ id: 'ceo', label: 'CEO', active: true, spellings: ['Chief Executive', 'Boss'] }],
    });
    const codec = codecOf(hub, field('b', 'oneOf', { restricted: true, options: options('boss') }));
    expect(codec.toHub('10')).toEqual({ ok: true, value: 'ceo' });
    expect(codec.toCrm('ceo')).toEqual({ ok: true, value: '10' });
  });

  test('[R21] the value table works in both directions and before everything else', () => {
    const codec = codecOf(
      field('a', 'oneOf', hubList('Boss', 'Cook')),
      field('b', 'oneOf', { restricted: true, options: options('CEO', 'Cook', 'Chef') }),
      { values: { Boss: 'CEO', Cook: 'Chef' } },
    );
    expect([codec.toCrm('boss'), codec.toCrm('cook')]).toEqual([
      { ok: true, value: '10' },
      { ok: true, value: '12' },
    ]);
    expect([codec.toHub('10'), codec.toHub('12')]).toMatchObject([{ value: 'boss' }, { value: 'cook' }]);
    const many = codecOf(
      field('a', 'oneOf', hubList('Boss')),
      field('b', 'oneOf', { options: options('CEO', 'Owner') }),
      {
        values: { Boss: ['CEO', 'Owner'] },
      },
    );
    expect([many.toHub('10'), many.toHub('11'), many.toCrm('boss')]).toMatchObject([
      { value: 'boss' },
      { value: 'boss' },
      { value: '10' },
    ]);
  });

  test('[R21] what is left out is neither carried nor rejected, and stays where it is', () => {
    const codec = codecOf(
      field('a', 'manyOf', hubList('Retail', 'Internal')),
      field('b', 'manyOf', { restricted: true, options: options('Retail', 'VIP') }),
      { leaveOut: ['Internal', 'VIP'] },
    );
    expect(codec.toCrm(['internal'])).toEqual({ ok: false, fault: null });
    expect(codec.toCrm(['retail', 'internal'])).toEqual({ ok: true, value: ['10'] });
    expect(codec.beside('crm', ['10'], ['11'])).toEqual(['10', '11']);
    expect(codec.beside('hub', ['retail'], ['internal', 'retail'])).toEqual(['retail', 'internal']);
  });

  test('[R21] [R15] an unmapped choice is a fault and never becomes empty; several never become one', () => {
    const codec = codecOf(
      field('a', 'manyOf', hubList('Retail', 'Food')),
      field('b', 'oneOf', { restricted: true, options: options('Steel') }),
    );
    expect(codec.toCrm(['food'])).toMatchObject({
      ok: false,
      fault: { reason: 'not_in_list', params: { value: 'Food' } },
    });
    expect(codec.toCrm(['food', 'retail'])).toMatchObject({ ok: false, fault: { reason: 'wrong_type' } });
    expect(codec.roundTrip(['food'])).toEqual(['food']);
  });

  test('[R20] yes and no find the options that say so, in the CRM’s words', () => {
    const codec = codecOf(
      field('a', 'boolean'),
      field('b', 'oneOf', { restricted: true, options: options('Oui', 'Non') }),
    );
    expect([codec.toCrm(true), codec.toCrm(false)]).toEqual([
      { ok: true, value: '10' },
      { ok: true, value: '11' },
    ]);
    expect([codec.toHub('10'), codec.toHub('11')]).toEqual([
      { ok: true, value: true },
      { ok: true, value: false },
    ]);
  });

  test('[R21] what the mapping says of yes and no goes before options that say so, in both directions', () => {
    const values = { Yes: 'Oui', No: 'Perhaps' };
    const codec = codecOf(
      field('a', 'boolean'),
      field('b', 'oneOf', { restricted: true, options: options('Oui', 'Non', 'Perhaps') }),
      { values },
    );
    expect([true, false].map((one) => codec.toCrm(one))).toEqual([
      { ok: true, value: '10' },
      { ok: true, value: '12' },
    ]);
    expect(['10', '11', '12'].map((one) => codec.toHub(one))).toEqual([
      { ok: true, value: true },
      { ok: true, value: false },
      { ok: true, value: false },
    ]);
    const asText = codecOf(field('a', 'boolean'), field('b'), { values: { Yes: 'opt-in', No: 'opt-out' } });
    expect(asText.toCrm(true)).toEqual({ ok: true, value: 'opt-in' });
    expect(asText.toHub('Opt-Out')).toEqual({ ok: true, value: false });
  });

  test('[R21] a text too long for a list is no list value', () => {
    const codec = codecOf(field('a', 'oneOf', hubList('x')), field('b', 'longText'));
    expect(codec.toHub('x'.repeat(LABEL_MAX + 1))).toMatchObject({ ok: false, fault: { reason: 'unmapped_value' } });
  });

  test('[R20b] a default that names a choice stands for that choice', () => {
    const codec = codecOf(field('a'), field('b', 'oneOf', { restricted: true, options: options('Web', 'Fair') }), {
      default: 'fair',
    });
    expect(codec.standIn).toBe('11');
    expect(codec.toHub('11')).toEqual({ ok: true, value: null });
  });

  test('[R7] a value table that names what the CRM does not have is refused with its path; saved lines are not', () => {
    const one = line({ values: { Boss: 'CEO' }, default: 'nobody' });
    const input = {
      lines: [one],
      hubFields: [field('a')],
      kinds: ['lead'] as const,
      conflict: 'latest' as const,
      crmFields: { lead: [field('b', 'oneOf', { restricted: true, options: options('Cook') })] },
    };
    expect(checkMapping(input).map((problem) => problem.path)).toEqual([
      'mappings.0.values.Boss',
      'mappings.0.default',
    ]);
    expect(checkMapping({ ...input, saved: [one] })).toEqual([]);
  });

  test('[C24] [R21] any list value comes back as the declared round trip, whatever its label', () => {
    const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((text) => foldLabel(text) !== '');
    fc.assert(
      fc.property(fc.uniqueArray(label, { selector: foldLabel, minLength: 1, maxLength: 6 }), (labels) => {
        const crm = { restricted: true, options: options(...labels) };
        const codec = codecOf(field('a', 'manyOf', hubList(...labels)), field('b', 'manyOf', crm));
        const all = labels.map(valueKey);
        const sent = codec.toCrm(all);
        const back = sent.ok ? codec.toHub(sent.value) : sent;
        expect(back.ok && codec.sameHub(back.value, all)).toBe(true);
        // The order of a set says nothing.
        expect(codec.sameHub([...all].reverse(), all)).toBe(true);
        const single = codecOf(field('a', 'oneOf', hubList(...labels)), field('b', 'oneOf', crm));
        for (const key of all) expect(single.roundTrip(key)).toBe(key);
      }),
    );
  });
});

const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Africa/Cairo',
  'Australia/Lord_Howe',
];

describe('dates', () => {
  const zone = fc.constantFrom(...ZONES);
  const instant = fc.date({ min: new Date('1971-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });

  test('[R22] a local time and the instant at which clocks show it belong together, in every zone', () => {
    expect(isZone('Europe/Paris')).toBe(true);
    expect(isZone('Mars/Olympus')).toBe(false);
    expect(localTime(Date.UTC(2026, 2, 29, 1), 'Europe/Paris')).toBe('2026-03-29T03:00:00.000');
    // 02:30 never comes on that day, and comes twice in October: the first of the two.
    expect(new Date(instantOf('2026-03-29T02:30:00', 'Europe/Paris')).toISOString()).toBe('2026-03-29T01:30:00.000Z');
    expect(new Date(instantOf('2026-10-25T02:30:00', 'Europe/Paris')).toISOString()).toBe('2026-10-25T00:30:00.000Z');
    // Midnight did not come: the day began at one.
    expect(new Date(instantOf('2018-11-04', 'America/Sao_Paulo')).toISOString()).toBe('2018-11-04T03:00:00.000Z');
    fc.assert(
      fc.property(instant, zone, (at, name) => {
        const local = localTime(at.getTime(), name);
        expect(localTime(instantOf(local, name), name)).toBe(local);
      }),
    );
  });

  test('[R22] a day stays that day: through a date-time field and back, in any zone', () => {
    fc.assert(
      fc.property(instant, zone, (at, name) => {
        const day = at.toISOString().slice(0, 10);
        // Samoa left a day out when it changed sides of the date line.
        fc.pre(!(name === 'Pacific/Apia' && day === '2011-12-30'));
        const codec = codecOf(field('a', 'date'), field('b', 'dateTime'), {}, { zone: name });
        expect(codec.roundTrip(day)).toBe(day);
      }),
    );
  });

  test('[R22] an instant is the day that the account’s calendar shows, not London’s', () => {
    const codec = codecOf(field('a', 'date'), field('b', 'dateTime'), {}, { zone: 'Europe/Paris' });
    expect(codec.toHub('2026-03-01T23:30:00.000Z')).toEqual({ ok: true, value: '2026-03-02' });
    expect(codec.toCrm('2026-03-02')).toEqual({ ok: true, value: '2026-03-01T23:00:00.000Z' });
  });

  test('[R20] [R22] date, date-time and local date-time are three things; what is none of them is refused', () => {
    const toLocal = codecOf(field('a', 'dateTime'), field('b', 'localDateTime'), {}, { zone: 'Asia/Kolkata' });
    expect(toLocal.toCrm('2026-05-01T20:00:00.000Z')).toEqual({ ok: true, value: '2026-05-02T01:30:00.000' });
    expect(toLocal.toHub('2026-05-02T01:30')).toEqual({ ok: true, value: '2026-05-01T20:00:00.000Z' });
    const text = codecOf(field('a'), field('b', 'date'));
    for (const none of ['2026-02-30', '01/02/2026', 'tomorrow', '2026-13-01', '2026-05-01T25:00'])
      expect(text.toCrm(none)).toMatchObject({ ok: false, fault: { reason: 'wrong_type' } });
  });

  test('[R3] a CRM that keeps whole seconds agrees with the finer time of the hub', () => {
    const codec = codecOf(field('a', 'dateTime'), field('b', 'dateTime', { resolutionMs: 1_000 }));
    expect(codec.toCrm('2026-05-01T20:00:00.789Z')).toEqual({ ok: true, value: '2026-05-01T20:00:00.000Z' });
    expect(codec.roundTrip('2026-05-01T20:00:00.789Z')).toBe('2026-05-01T20:00:00.000Z');
    expect(codec.sameCrm('2026-05-01T20:00:00.789Z', '2026-05-01T20:00:00.000Z')).toBe(true);
  });
});

describe('numbers and boxes', () => {
  test('[R20] numbers are rounded as decimals, halves away from zero, and never change by being rounded again', () => {
    expect([
      roundTo(1.005, 2),
      roundTo(-1.005, 2),
      roundTo(2.5, 0),
      roundTo(-0.4, 0),
      roundTo(1e21, 2),
      roundTo(1e19, 2),
      roundTo(1e-9, 2),
    ]).toEqual([1.01, -1.01, 3, 0, 1e21, 1e19, 0]);
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 0, max: 6 }),
        (value, scale) => {
          const once = roundTo(value, scale);
          expect(roundTo(once, scale)).toBe(once);
          expect(Math.abs(once - value)).toBeLessThanOrEqual(0.5 / 10 ** scale + Math.abs(value) * 1e-9);
        },
      ),
    );
  });

  test('[R20] what only looks like a number is none', () => {
    const codec = codecOf(field('a'), field('b', 'number', { scale: 2 }));
    for (const none of ['0x10', '1_000', '1,5', 'Infinity', 'NaN', '12 €'])
      expect(codec.toCrm(none)).toMatchObject({ ok: false, fault: { reason: 'wrong_type' } });
    expect(['007', '+1.5', '.5', '1e3'].map((text) => codec.toCrm(text))).toMatchObject([
      { value: 7 },
      { value: 1.5 },
      { value: 0.5 },
      { value: 1000 },
    ]);
  });

  test('[R3] [R5] a box that is never empty comes in as a no, and later is what an empty hub value became', () => {
    const codec = codecOf(field('a', 'boolean'), field('b', 'boolean', { emptyIs: false }));
    expect(codec.roundTrip(null)).toBe(false);
    const values: Value[] = [true, false];
    for (const value of values) expect(codec.roundTrip(value)).toBe(value);
  });
});
