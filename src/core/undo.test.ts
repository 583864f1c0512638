import { expect, test } from 'vitest';
import { field } from '../../test/support/field.ts';
import type { Meeting } from './decide.ts';
import { decide } from './decide-link.ts';
import { bindLines } from './mapping.ts';
import type { Value } from './model.ts';
import { plainPhoneKey } from './same.ts';
import { joinChanges, undoFields } from './undo.ts';

test('[R38] what a run did twice to one person is one change, from what was there first; nothing where it came back by itself', () => {
  const first = [
    { field: 'phone', from: '1', to: '2' },
    { field: 'city', from: 'Rome', to: 'Oslo' },
  ];
  const then = [
    { field: 'phone', from: '2', to: '3' },
    { field: 'city', from: 'Oslo', to: 'Rome' },
  ];
  expect(joinChanges([first, then])).toEqual([{ field: 'phone', from: '1', to: '3' }]);
});

test('[R38] what still holds what the run wrote goes back; what was edited or may not go back is left alone, with why', () => {
  const changes = ['phone', 'city', 'size', 'opt_out'].map((name) => ({ field: name, from: 'old', to: 'new' }));
  const result = undoFields(changes, (name) => ({
    value: name === 'size' ? 'old' : name === 'city' ? 'newer' : 'new',
    isOurs: name !== 'city',
    stays: name === 'opt_out' ? 'opt_out' : null,
  }));
  expect(result.back).toEqual([{ field: 'phone', now: 'new', old: 'old' }]);
  expect(result.left).toEqual([
    { field: 'city', now: 'newer', old: 'old', why: 'edited' },
    { field: 'opt_out', now: 'new', old: 'old', why: 'opt_out' },
  ]);
});

/** Both sides of one line that an undo holds: the hub was put back to Rome, the CRM has Oslo. */
function held(sides: { readonly hub: Value; readonly crm: Value }): Meeting {
  const { bound } = bindLines({
    lines: [{ kind: 'lead', hub: 'city', crm: 'City', direction: 'both' }],
    kind: 'lead',
    hubFields: [field('city')],
    crmFields: [field('City')],
    conflict: 'latest',
    phoneKey: plainPhoneKey,
  });
  return {
    lines: bound,
    shadow: { 'lead:city:City': { hub: 'Oslo', crm: 'Oslo' } },
    hub: { fields: { city: sides.hub }, dates: {} },
    crm: { fields: { City: sides.crm }, modifiedAt: null },
    skewMs: 0,
    resolutionMs: 1,
    holds: { 'lead:city:City': { why: 'undone', hub: 'Rome', crm: 'Oslo' } },
    crmWrites: 'all',
    frozen: false,
    full: true,
  };
}
const line = 'lead:city:City';

test('[R38] a line that was undone rests until one side changes; that change is the only one, and no conflict', () => {
  expect(decide(held({ hub: 'Rome', crm: 'Oslo' }))).toMatchObject({
    toHub: [],
    toCrm: [],
    released: [],
    conflicts: [],
  });
  expect(decide(held({ hub: 'Bern', crm: 'Oslo' }))).toMatchObject({
    toHub: [],
    toCrm: [{ value: 'Bern' }],
    released: [line],
    conflicts: [],
  });
  expect(decide(held({ hub: 'Rome', crm: 'Bern' }))).toMatchObject({
    toHub: [{ value: 'Bern' }],
    toCrm: [],
    released: [line],
    conflicts: [],
  });
  expect(decide(held({ hub: 'Bern', crm: 'Kyiv' }))).toMatchObject({ released: [line], conflicts: [{ why: 'tie' }] });
  expect(decide(held({ hub: 'Bern', crm: 'Bern' }))).toMatchObject({ toHub: [], toCrm: [], released: [line] });
});
