import { expect, test } from 'vitest';
import { isOpen, type Owner, ownerRows, withOwner } from './owner-draft.ts';

const owner = (name: string, active = true): Owner => ({
  id: name,
  name,
  email: `${name}@example.com`,
  active,
  records: 0,
  values: [],
  contacts: 0,
  isFallback: false,
});
const OWNERS = [owner('rita'), owner('gustav', false)];
const value = (text: string) => ({ value: text, contacts: 3, owner: null, how: 'nobody' as const });

test('[R25] each value of the field says whom it leads to, by the map in whatever letters, or by being an address', () => {
  const map = { ' FRANCE': 'Rita@Example.com', Spain: 'gustav@example.com', Peru: 'rita@example.com' };
  const rows = ownerRows(map, ['France', 'Spain', 'RITA@example.com', 'Italy'].map(value), OWNERS);
  expect(rows.map((row) => [row.value, row.contacts, row.said, row.byAddress?.name ?? null])).toEqual([
    ['Peru', null, 'rita@example.com', null],
    ['France', 3, 'Rita@Example.com', null],
    ['Spain', 3, 'gustav@example.com', null],
    ['RITA@example.com', 3, null, 'rita'],
    ['Italy', 3, null, null],
  ]);
  // Who is deactivated gets nobody.
  expect(rows.filter((row) => isOpen(row, OWNERS)).map((row) => row.value)).toEqual(['Spain', 'Italy']);
});

test('[R25] choosing replaces what the map said of that value, in whatever letters, and nothing else', () => {
  const map = { ' FRANCE': 'a@example.com', Spain: 'b@example.com' };
  expect(withOwner(map, 'France', 'c@example.com')).toEqual({ Spain: 'b@example.com', France: 'c@example.com' });
  expect(withOwner(map, 'france', null)).toEqual({ Spain: 'b@example.com' });
});
