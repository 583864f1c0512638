import { expect, test } from 'vitest';
import { createdFields } from './created-fields.ts';

test('a field that both kinds of records have is told once; one that is refused on either is missing still', () => {
  const told = createdFields([
    { key: 'tandem_url', ok: true },
    { key: 'tandem_url', ok: true },
    { key: 'tandem_score', ok: true },
    { key: 'tandem_score', ok: false, reason: 'no_permission' },
  ]);
  expect(told).toEqual({ made: ['tandem_url'], failed: [{ field: 'tandem_score', why: 'no_permission' }] });
});

test('a reason without a text of its own is told as a refusal, never as a code', () => {
  const told = createdFields([
    { key: 'tandem_url', ok: false, reason: 'field_limit' },
    { key: 'tandem_score', ok: false },
  ]);
  expect(told.failed.map((one) => one.why)).toEqual(['rejected_by_crm', 'rejected_by_crm']);
});
