import { expect, test } from 'vitest';
import { field } from '../../test/support/field.ts';
import { fc } from '../../test/support/properties.ts';
import { admits } from './admit.ts';
import { lineCodec } from './codec.ts';
import { emailKey } from './email.ts';
import { checkMapping } from './mapping.ts';
import type { MappingLine } from './model.ts';
import { choosePrimary, duplicateReason } from './primary.ts';
import { plainPhoneKey } from './same.ts';
import { decayEndsMs, mustSendScore, scoreOf, shareLeft } from './score.ts';
import { settleCrm } from './settle.ts';

const line = (extra: Partial<MappingLine> = {}): MappingLine => ({
  kind: 'lead',
  hub: 'a',
  crm: 'b',
  direction: 'both',
  ...extra,
});

test('[R10] an address is one key however it is written, other scripts included', () => {
  expect(emailKey(' Ada@Example.COM ')).toBe('ada@example.com');
  expect(emailKey('åsa@exämple.se')).toBe('åsa@xn--exmple-cua.se');
  for (const bad of ['', '@', 'a@', '@b.c', 'a b@c.de', 'a@b', 'a@-b.de', 'n/a']) expect(emailKey(bad)).toBeNull();
  fc.assert(fc.property(fc.emailAddress(), (address) => emailKey(address.toUpperCase()) === emailKey(address)));
});

test('[R20] empty text, blanks, null and an empty list are one value', () => {
  const codec = lineCodec(line(), field('a'), field('b'), { phoneKey: plainPhoneKey });
  for (const empty of ['', '  ', null, []]) expect(codec.toCrm(empty)).toEqual({ ok: true, value: null });
});

test('[R20] a value that cannot be converted is a fault, never a guess', () => {
  const codec = lineCodec(line(), field('a'), field('b', { type: 'number' }), { phoneKey: plainPhoneKey });
  expect(codec.toCrm('many')).toMatchObject({ ok: false, fault: { reason: 'wrong_type' } });
  expect(codec.toCrm('12')).toEqual({ ok: true, value: 12 });
});

test('[R15] too long is said, never cut; [R3] but what the CRM would cut is known', () => {
  const codec = lineCodec(line(), field('a'), field('b', { maxLength: 4 }), { phoneKey: plainPhoneKey });
  expect(codec.toCrm('Philadelphia')).toMatchObject({ ok: false, fault: { reason: 'too_long', params: { max: 4 } } });
  expect(codec.roundTrip('Philadelphia')).toBe('Phil');
  // Emoji count as people count them.
  expect(codec.toCrm('👩‍👩'.slice(0, 2))).toMatchObject({ ok: true });
});

test('[R20b] a default stands for empty on the way back', () => {
  const codec = lineCodec(line({ default: 'unknown' }), field('a'), field('b'), { phoneKey: plainPhoneKey });
  expect(codec.toHub('unknown')).toEqual({ ok: true, value: null });
  expect(codec.toHub('Acme')).toEqual({ ok: true, value: 'Acme' });
});

test('[R21] spellings of one list value are one value; an unknown one is added or rejected as the line says', () => {
  const hub = field('a', { type: 'oneOf', listId: 'jobs', options: [{ id: 'ceo', label: 'CEO', active: true }] });
  const codec = lineCodec(line(), hub, field('b'), { phoneKey: plainPhoneKey });
  for (const spelling of ['CEO', 'ceo ', 'Ceo'])
    expect(codec.toHub(spelling)).toMatchObject({ ok: true, value: 'ceo' });
  expect(codec.toHub('Chief Cook')).toMatchObject({
    ok: true,
    value: 'chief_cook',
    addsValues: [{ label: 'Chief Cook' }],
  });
  expect(
    lineCodec(line({ unknownValues: 'reject' }), hub, field('b'), { phoneKey: plainPhoneKey }).toHub('Cook'),
  ).toMatchObject({
    ok: false,
    fault: { reason: 'unmapped_value' },
  });
  const table = lineCodec(
    line({ values: { Boss: 'CEO' } }),
    field('a'),
    field('b', { type: 'oneOf', restricted: true, options: [{ id: '1', label: 'CEO', active: true }] }),
    { phoneKey: plainPhoneKey },
  );
  expect(table.toCrm('Boss')).toEqual({ ok: true, value: '1' });
  expect(table.toHub('1')).toEqual({ ok: true, value: 'Boss' });
  expect(table.toCrm('Cook')).toMatchObject({ ok: false, fault: { reason: 'not_in_list' } });
});

test('[C24] decode(encode(x)) is the declared round trip for any text', () => {
  const codec = lineCodec(line(), field('a'), field('b', { maxLength: 40 }), { phoneKey: plainPhoneKey });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
      const sent = codec.toCrm(text);
      if (!sent.ok) return;
      const back = codec.toHub(sent.value);
      expect(back.ok && codec.sameHub(back.value, codec.roundTrip(text))).toBe(true);
    }),
  );
});

test('[R2b] stored as before is a rejection, stored otherwise is remembered and not sent back', () => {
  const bound = {
    key: 'k',
    line: line(),
    hubField: field('a'),
    crmField: field('b'),
    codec: lineCodec(line(), field('a'), field('b'), { phoneKey: plainPhoneKey }),
    conflict: 'latest',
  } as const;
  const write = {
    key: 'k',
    to: 'crm',
    field: 'b',
    before: 'old',
    value: 'new',
    source: 'new',
    rule: 'R1',
    sourceAt: null,
  } as const;
  expect(settleCrm(write, 'new', bound)).toMatchObject({ shadow: { hub: 'new', crm: 'new' } });
  expect(settleCrm(write, 'old', bound)).toMatchObject({ shadow: null, fault: { reason: 'not_stored' } });
  expect(settleCrm(write, 'NEW!', bound)).toMatchObject({
    shadow: { hub: 'new', crm: 'NEW!' },
    storedDifferently: true,
  });
  expect(settleCrm(write, undefined, bound)).toMatchObject({ shadow: { crm: 'new' } });
});

test('[R7] saving refuses what cannot be carried out, with the path', () => {
  const hubFields = [field('a'), field('score', { calculated: true }), field('out', { type: 'boolean' })];
  const lead = [
    field('b'),
    field('formula', { writableOnUpdate: false, writableOnCreate: false }),
    field('must', { required: true }),
  ];
  const codes = (lines: MappingLine[]) =>
    checkMapping({ lines, hubFields, crmFields: { lead }, kinds: ['lead'], conflict: 'latest' }).map(
      (one) => `${one.path} ${one.code}`,
    );
  expect(codes([line({ hub: 'score' })])).toEqual(['mappings.0.direction calculated_target']);
  expect(codes([line({ crm: 'formula' })])).toEqual(['mappings.0.direction read_only_target']);
  expect(codes([line({ crm: 'nope' })])).toEqual(['mappings.0.crm unknown_field']);
  expect(codes([line({ crm: 'must', direction: 'toHub' })])).toEqual(['mappings.0.direction required_only_in']);
  expect(codes([line({ hub: 'out', optOut: true, direction: 'toHub' })])).toEqual([
    'mappings.0.direction opt_out_both',
  ]);
  expect(codes([line(), line()])).toEqual(['mappings.1 written_twice', 'mappings.1 written_twice']);
});

test('[R11] leads by their box, contacts by theirs and the sync field in any spelling of yes', () => {
  const settings = { leads: true, contacts: true, contactFilter: { enabled: true, field: 'sync', value: true } };
  expect(admits({ kind: 'lead', fields: {} }, settings)).toEqual({ in: true });
  for (const ticked of [true, 'yes', 'Oui', '1', 'true'])
    expect(admits({ kind: 'contact', fields: { sync: ticked } }, settings)).toEqual({ in: true });
  for (const not of [false, 'no', '', null])
    expect(admits({ kind: 'contact', fields: { sync: not } }, settings)).toEqual({ in: false, why: 'not_ticked' });
  expect(admits({ kind: 'contact', fields: { sync: 'x' }, syncLabel: 'Yes' }, settings)).toEqual({ in: true });
});

test('[R14] a contact before a lead, then the latest; the choice sticks; different names share an address', () => {
  const one = { id: '1', kind: 'lead', modifiedAt: 5, name: 'A' } as const;
  const two = { id: '2', kind: 'lead', modifiedAt: 9, name: 'A' } as const;
  const three = { id: '3', kind: 'contact', modifiedAt: 1, name: 'B' } as const;
  expect(choosePrimary([one, two])?.id).toBe('2');
  expect(choosePrimary([one, two], '1')?.id).toBe('1');
  expect(choosePrimary([one, two, three], '1')?.id).toBe('3');
  expect([duplicateReason('Ada L', 'ada  l'), duplicateReason('Ada', 'Bob')]).toEqual([
    'duplicate_in_crm',
    'shared_email',
  ]);
});

test('[R23] points of events decay in steps, each by the same share, down to nothing', () => {
  const day = 24 * 60 * 60 * 1000;
  const decay = { days: 30, percent: 25 };
  expect([0, 29, 30, 89, 90, 120, 900].map((days) => shareLeft(0, days * day, decay))).toEqual([
    1, 1, 0.75, 0.5, 0.25, 0, 0,
  ]);
  expect(shareLeft(5 * day, 0, decay)).toBe(1);
  expect(shareLeft(0, 9_000 * day, null)).toBe(1);
  expect(shareLeft(0, decayEndsMs(decay), decay)).toBe(0);
});

test('[R23] the score is a sum between 0 and 50, sent at a threshold or by a step once a day', () => {
  const visits = (left: number) => [{ rule: 'visit', count: 1, given: left, left }];
  expect(scoreOf({ events: visits(60), carried: 0, fields: {}, rules: [] }).score).toBe(50);
  const rules = [{ id: 'fr', field: 'country', op: 'is', value: 'France', points: 10 }] as const;
  expect(scoreOf({ events: visits(5), carried: 2, fields: { country: 'France' }, rules })).toMatchObject({
    score: 17,
    parts: [
      { rule: 'visit', points: 5 },
      { why: 'carried', points: 2 },
      { rule: 'fr', points: 10 },
    ],
  });
  const base = { lastSentAt: 0, step: 5, thresholds: [20], now: 1_000 };
  expect(mustSendScore({ ...base, score: 21, lastSent: 18 })).toBe(true);
  expect(mustSendScore({ ...base, score: 16, lastSent: 10 })).toBe(false);
  expect(mustSendScore({ ...base, score: 16, lastSent: 10, now: 90_000_000 })).toBe(true);
  expect(mustSendScore({ ...base, score: 13, lastSent: 10, now: 90_000_000 })).toBe(false);
});
