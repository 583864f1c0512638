import { expect, test } from 'vitest';
import { readPasted } from './pasted.ts';

const OURS = 'https://tandem.example.com';

test('an address is read out of whatever it is pasted with', () => {
  for (const text of ['ada@example.com', ' Ada <ADA@Example.com> ', 'mailto:ada@example.com', '"ada@example.com"'])
    expect(readPasted(text).email, text).toBe('ada@example.com');
  expect(readPasted('https://x.example.com/ada@example.com').email).toBe(null);
});

test('ids of ours are read alone and in our addresses', () => {
  expect(readPasted('ct_01abc').contactId).toBe('ct_01abc');
  expect(readPasted(`${OURS}/contacts/ct_01abc?x=1`).contactId).toBe('ct_01abc');
  expect(readPasted(`${OURS}/crm?tab=history&connection=sales&run=run_9z`).runId).toBe('run_9z');
  expect(readPasted('hello world')).toMatchObject({ contactId: null, runId: null, email: null, url: null, crmIds: [] });
});

test('the record of each vendor’s address comes before accounts and kinds', () => {
  const first = (url: string) => readPasted(url).crmIds[0];
  expect(first('https://acme.lightning.force.com/lightning/r/Lead/00Q5g00000AbCdEFGH/view')).toBe('00Q5g00000AbCdEFGH');
  expect(first('https://acme.my.salesforce.com/00Q5g00000AbCdE')).toBe('00Q5g00000AbCdE');
  expect(first('https://app-eu1.hubspot.com/contacts/1234567/record/0-1/51')).toBe('51');
  expect(first('https://acme.pipedrive.com/person/77?tab=notes')).toBe('77');
  expect(first('https://crm.zoho.eu/crm/org20071234/tab/Leads/554023000000527002')).toBe('554023000000527002');
  expect(first('https://app.futuresimple.com/leads/1904')).toBe('1904');
});
