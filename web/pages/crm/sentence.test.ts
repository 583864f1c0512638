import { expect, test } from 'vitest';
import type { FieldSchema, MappingLine } from '../../../src/core/model.ts';
import { field } from '../../../test/support/field.ts';
import { type SentenceInput, sentenceOf } from './sentence.ts';

const list = (key: string, labels: readonly string[]): FieldSchema =>
  field(key, {
    type: 'oneOf',
    restricted: true,
    options: labels.map((label) => ({ id: label.toLowerCase(), label, active: true })),
  });
const base: MappingLine = { kind: 'lead', hub: 'job_title', crm: 'jobtitle', direction: 'both' };
const tell = (
  line: Partial<MappingLine>,
  values: { readonly hub?: string; readonly crm?: string; readonly crmField?: FieldSchema },
  extra: Partial<SentenceInput> = {},
) => {
  const { key, params, after, fault } = sentenceOf({
    line: { ...base, ...line },
    hubField: field('job_title'),
    crmField: values.crmField ?? field('jobtitle'),
    conflict: 'latest',
    crm: 'HubSpot',
    person: { name: 'Ada', hub: { job_title: values.hub ?? null }, crm: { jobtitle: values.crm ?? null } },
    ...extra,
  });
  const { name, crm, ...rest } = params;
  expect([name, crm]).toEqual(['Ada', 'HubSpot']);
  return { key, ...rest, after, ...(fault === null ? {} : { fault: fault.reason }) };
};

test('Ada’s Boss will become CEO in HubSpot by the value table; if both change it, the later one wins', () => {
  const values = { Boss: 'CEO' };
  expect(tell({ values, direction: 'both' }, { hub: 'Boss' })).toEqual({
    key: 'willCrm',
    from: 'Boss',
    to: 'CEO',
    after: 'latest',
  });
  // Without the table it stays what it is; the arrow, the policy and the switch each change the sentence.
  expect(tell({}, { hub: 'Boss' })).toEqual({ key: 'writtenCrm', from: 'Boss', after: 'latest' });
  expect(tell({ conflict: 'ask' }, { hub: 'Boss' }).after).toBe('ask');
  expect(tell({}, { hub: 'Boss' }, { conflict: 'crm' }).after).toBe('crm');
  expect(tell({ values, direction: 'toCrm' }, { hub: 'Boss' }).after).toBe('toCrm');
  expect(tell({ values, direction: 'toHub' }, { hub: 'Boss', crm: 'CEO' }).key).toBe('sameBothSpelt');
  expect(tell({ values, direction: 'toHub' }, { crm: 'CEO' })).toEqual({
    key: 'willHub',
    from: 'CEO',
    to: 'Boss',
    after: 'toHub',
  });
  expect(tell({ enabled: false }, { hub: 'Boss' })).toEqual({ key: 'off', after: null });
});

test('what is the same, differs or is empty is told as it is', () => {
  expect(tell({}, { hub: 'Boss', crm: 'Boss' })).toEqual({ key: 'sameBoth', from: 'Boss', after: 'latest' });
  expect(tell({}, { hub: 'Boss', crm: 'Chief' })).toEqual({
    key: 'differ',
    hub: 'Boss',
    remote: 'Chief',
    after: 'latest',
  });
  expect(tell({}, {}).key).toBe('emptyBoth');
  expect(tell({ direction: 'toCrm' }, { crm: 'Chief' }).key).toBe('emptyHub');
  expect(tell({ direction: 'toHub' }, { hub: 'Boss' }).key).toBe('emptyCrm');
});

test('a default is told where the CRM demands a value, and its absence, too', () => {
  const crmField = field('jobtitle', { required: true });
  expect(tell({ default: 'unknown' }, { crmField })).toEqual({ key: 'standIn', to: 'unknown', after: null });
  expect(tell({}, { crmField })).toEqual({ key: 'demanded', after: null });
  // On the way back it stands for empty.
  expect(tell({ default: 'unknown', direction: 'toHub' }, { crm: 'unknown' }).key).toBe('emptyCrm');
});

test('a value that cannot go where it should says why, and a table mends it', () => {
  const crmField = list('jobtitle', ['CEO', 'Engineer']);
  expect(tell({}, { hub: 'Boss', crmField })).toMatchObject({ key: 'faultCrm', from: 'Boss', fault: 'not_in_list' });
  expect(tell({ values: { Boss: 'CEO' } }, { hub: 'Boss', crmField })).toMatchObject({ key: 'willCrm', to: 'CEO' });
  expect(tell({ leaveOut: ['Boss'] }, { hub: 'Boss', crmField })).toMatchObject({ key: 'leftOut', from: 'Boss' });
  const narrow = field('jobtitle', { maxLength: 3 });
  expect(tell({}, { hub: 'Boss', crmField: narrow })).toMatchObject({ key: 'faultCrm', fault: 'too_long' });
  expect(
    sentenceOf({
      line: base,
      hubField: undefined,
      crmField,
      conflict: 'latest',
      crm: 'HubSpot',
      person: { name: 'Ada', hub: null, crm: {} },
    }).key,
  ).toBe('choose');
});
