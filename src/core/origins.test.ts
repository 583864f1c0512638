import { expect, test } from 'vitest';
import { fc } from '../../test/support/properties.ts';
import type { Origin } from './model.ts';
import { packOrigins, unpackOrigins } from './origins.ts';

const origin: fc.Arbitrary<Origin> = fc.record(
  {
    by: fc.constantFrom('person', 'form', 'import', 'api', 'sync', 'system'),
    at: fc.constantFrom(null, 1, 2),
    connection: fc.constantFrom('con_1', 'con_2'),
    rule: fc.constantFrom('R5', 'R10'),
    run: fc.constantFrom('run_1', 'run_2'),
    source: fc.constant('usr_1'),
  },
  { requiredKeys: ['by', 'at'] },
);
const origins = fc.dictionary(fc.constantFrom('email', 'city', 'phone', 'company', 'last_name'), origin);

test('what is kept of origins is what was given', () => {
  fc.assert(
    fc.property(origins, (given) => {
      expect(unpackOrigins(packOrigins(given))).toEqual(given);
    }),
  );
});

test('a value that is written later has its own origin beside the common one', () => {
  const common: Origin = { by: 'sync', at: 1, connection: 'con_1', rule: 'R5', run: 'run_1' };
  const stored = packOrigins({ email: { ...common, rule: 'R10' }, city: { ...common }, phone: { ...common } });
  expect(stored).toEqual({ '': common, email: { ...common, rule: 'R10' }, city: 1, phone: 1 });
  const own: Origin = { by: 'person', at: 2, source: 'usr_1' };
  expect(unpackOrigins({ ...stored, city: own })).toEqual({
    email: { ...common, rule: 'R10' },
    city: own,
    phone: common,
  });
});
