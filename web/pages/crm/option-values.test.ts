import { describe, expect, test } from 'vitest';
import { chosenOf, optionPatch } from './option-values.ts';

const options = [
  { key: 'leadObject', type: 'oneOf', default: 'Lead', excludes: null },
  { key: 'contactObjects', type: 'manyOf', default: ['Contact', 'IndividualCustomer'], excludes: 'leadObject' },
  { key: 'optOutCode', type: 'text', default: null, excludes: null },
  { key: 'version', type: 'text', default: 'v67.0', excludes: null },
  { key: 'privateLeads', type: 'boolean', default: false, excludes: null },
  { key: 'days', type: 'number', default: 7, excludes: null },
] as const;
const NOTHING = {
  leadObject: null,
  contactObjects: null,
  optOutCode: null,
  version: null,
  privateLeads: null,
  days: null,
};

describe('the options of a connection on the screen', () => {
  test('begin with what is saved, else with what the connector does by itself', () => {
    expect(chosenOf(options.map(open), { optOutCode: '2', privateLeads: true })).toEqual({
      leadObject: 'Lead',
      contactObjects: ['Contact', 'IndividualCustomer'],
      optOutCode: '2',
      version: '',
      privateLeads: true,
      days: '',
    });
  });
  test('that nobody changed are saved as nothing', () => {
    const all = options.map(open);
    expect(optionPatch(all, chosenOf(all, {}))).toEqual(NOTHING);
  });
  test('are saved where they differ, in their type, and taken back where they are emptied', () => {
    const all = options.map(open);
    const values = { ...chosenOf(all, { optOutCode: '2' }), optOutCode: '', privateLeads: true, days: '9' };
    expect(optionPatch(all, { ...values, contactObjects: ['Contact'] })).toEqual({
      ...NOTHING,
      contactObjects: ['Contact'],
      privateLeads: true,
      days: 9,
    });
  });
  test('an object that plays lead leaves the contacts without being taken out by hand', () => {
    const all = options.map(open);
    const values = { ...chosenOf(all, {}), leadObject: 'IndividualCustomer' };
    expect(optionPatch(all, values)).toEqual({ ...NOTHING, leadObject: 'IndividualCustomer' });
  });
});

/** As the API answers it: lists that could be changed. */
function open(option: (typeof options)[number]) {
  return {
    ...option,
    default: typeof option.default === 'object' && option.default !== null ? [...option.default] : option.default,
  };
}
