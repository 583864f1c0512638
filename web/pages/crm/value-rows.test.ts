import { expect, test } from 'vitest';
import type { Field } from './queries.ts';
import { type Line, valueRows, withLeftOut, withValue } from './value-rows.ts';

const field = (extra: Partial<Field>): Field => ({
  key: 'branch',
  label: 'Branch',
  type: 'oneOf',
  calculated: false,
  writableOnCreate: true,
  writableOnUpdate: true,
  required: false,
  ...extra,
});
const line = (extra: Partial<Line> = {}): Line => ({
  kind: 'lead',
  hub: 'branch',
  crm: 'branch',
  direction: 'both',
  ...extra,
});
const own = field({
  listId: 'branch',
  options: [
    { id: 'retail', label: 'Retail', active: true },
    { id: 'steel', label: 'Steel', active: true, spellings: ['Metal'] },
    { id: 'public', label: 'Public sector', active: true },
    { id: 'old', label: 'Old', active: false },
  ],
});
const target = field({
  restricted: true,
  options: [
    // Renamed in the CRM, and still the one that is linked.
    { id: '1', label: 'Shops', active: true, is: [{ list: 'branch', key: 'retail' }] },
    { id: '2', label: 'Metal', active: true },
    { id: '3', label: 'Food', active: true },
    { id: '4', label: 'Gone', active: false },
  ],
});

test('[R21] the value table shows what the mapping says, what is linked, what has the same name, and what has no counterpart', () => {
  const rows = valueRows(line({ values: { 'Public Sector': ['Food', 'Authority'], Old: '3' } }), own, target);
  expect(rows.hub.map(({ key, crm, otherwise, isRemoved }) => [key, crm, otherwise.how, isRemoved])).toEqual([
    ['retail', [], 'known', false],
    ['steel', [], 'sameName', false],
    ['public', ['3', 'Authority'], 'nothing', false],
    ['Old', ['3'], 'nothing', true],
  ]);
  expect(rows.crm).toEqual([]);
});

test('[R21] choices of the CRM that nothing answers say what becomes of them', () => {
  const becomes = (extra: Partial<Line>, hub = own) =>
    valueRows(line(extra), hub, target).crm.map((row) => [row.label, row.becomes, row.isLeftOut]);
  expect(becomes({})).toEqual([['Food', 'added', false]]);
  expect(becomes({ unknownValues: 'reject', leaveOut: ['food'] })).toEqual([['Food', 'rejected', true]]);
  expect(becomes({ direction: 'toCrm' })).toEqual([]);
  expect(becomes({}, field({ type: 'text' }))).toHaveLength(3);
});

test('[R21] yes and no have a row each, and find the options that say so', () => {
  const answers = field({ options: [{ id: '7', label: 'Oui', active: true }], restricted: true });
  expect(valueRows(line(), field({ type: 'boolean' }), answers).hub.map((row) => [row.key, row.otherwise.how])).toEqual(
    [
      ['Yes', 'sameName'],
      ['No', 'nothing'],
    ],
  );
});

test('[R21] an entry that a file wrote with a label is replaced, not doubled; nothing said is no entry', () => {
  expect(withValue(line({ values: { 'Public Sector': 'Food', steel: '2' } }), own, 'public', ['3', '2'])).toEqual({
    values: { steel: '2', public: ['3', '2'] },
  });
  expect(withValue(line({ values: { 'Public Sector': 'Food' } }), own, 'public', [])).toEqual({ values: undefined });
  const food = { id: '3', label: 'Food' };
  expect(withLeftOut(line({ leaveOut: ['x'] }), food, true)).toEqual({ leaveOut: ['x', 'Food'] });
  expect(withLeftOut(line({ leaveOut: ['FOOD '] }), food, false)).toEqual({ leaveOut: undefined });
});
