import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { decodeValue, encodeValue, fieldOf } from './codec.ts';
import { BadQuery, parseCoql } from './emulator/coql.ts';
import { createZohoEmulator } from './emulator/emulator.ts';
import { refusalOf } from './faults.ts';
import { manifest } from './manifest.ts';
import { quote } from './read-changes.ts';

connectorContract('zoho', {
  manifest,
  open: () => {
    const clock = manualClock(Date.UTC(2026, 10, 24));
    const emulator = createZohoEmulator({ clock });
    return { emulator, clock, credentials: emulator.credentials };
  },
  keys: { email: 'Email', firstName: 'First_Name', city: 'City' },
  needed: { Last_Name: 'L', Company: 'Acme' },
  refused: { field: 'Tandem_score', value: 'many' },
  linkBack: 'Tandem_URL',
  paths: { api: '/crm/v8', create: '/Leads' },
  deviations: [
    {
      rule: 'C10',
      reason: 'a merge lists the loser as deleted and names no winner',
      source: 'https://www.zoho.com/crm/developer/docs/api/v8/find-and-merge.html',
    },
  ],
});

describe('Zoho CRM', () => {
  const field = (data_type: string) => fieldOf({ api_name: 'F', data_type, length: 100 }, new Set());
  const back = (type: string, value: Parameters<typeof encodeValue>[1]) =>
    decodeValue(field(type), encodeValue(field(type), value));

  test('[C24] every type comes back as it was sent', () => {
    const holds = (type: string, values: fc.Arbitrary<Parameters<typeof encodeValue>[1]>) =>
      fc.assert(
        fc.property(values, (value) => {
          expect(back(type, value)).toEqual(value);
        }),
      );
    holds(
      'text',
      fc.string({ minLength: 1 }).filter((text) => text !== '-None-'),
    );
    holds('double', fc.double({ noNaN: true, noDefaultInfinity: true }));
    holds('boolean', fc.boolean());
    holds('multiselectpicklist', fc.array(fc.string(), { minLength: 1 }));
    holds(
      'datetime',
      fc.integer({ min: 0, max: 4_000_000_000 }).map((second) => new Date(second * 1000).toISOString()),
    );
    holds(
      'lookup',
      fc.string({ minLength: 1 }).filter((text) => text !== '-None-'),
    );
  });
  test('a stamp with the user’s offset is the instant that it names', () => {
    expect(decodeValue(field('datetime'), '2026-01-31T15:30:00+05:30')).toBe('2026-01-31T10:00:00.000Z');
  });
  test('a quote in a value stays in the value', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { where } = parseCoql(`select id from Leads where City = ${quote(text)}`);
        expect(where).toEqual({ kind: 'compare', field: 'City', op: '=', values: [text] });
      }),
    );
    expect(() => parseCoql('select id from Leads')).toThrow(BadQuery);
  });
  test('[R16] converted, gone, taken and refused are told apart', () => {
    expect(
      refusalOf({ code: 'INVALID_DATA', message: "can't update the converted record", details: {} }),
    ).toMatchObject({ kind: 'moved' });
    expect(refusalOf({ code: 'INVALID_DATA', message: 'the id given seems to be invalid', details: {} })).toEqual({
      kind: 'gone',
    });
    expect(
      refusalOf({ code: 'DUPLICATE_DATA', details: { api_name: 'Email', duplicate_record: { id: '7' } } }),
    ).toEqual({ kind: 'exists', id: '7', field: 'Email' });
    expect(refusalOf({ code: 'INVALID_DATA', details: { api_name: 'City', maximum_length: 30 } })).toMatchObject({
      kind: 'refused',
      faults: [{ reason: 'too_long', field: 'City', params: { max: 30 } }],
    });
  });
  test('[R16] a conversion is told by its own list', async () => {
    const clock = manualClock(Date.UTC(2026, 10, 24));
    const emulator = createZohoEmulator({ clock });
    const [lead = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
    const contact = emulator.world.convert(lead);
    let stored: { accessToken: string } | null = null;
    const connector = manifest.connect({
      fetch: emulator.request,
      clock,
      tokens: {
        load: async () => stored,
        renew: async (_seen, refresh) => {
          stored = await refresh(stored);
          return stored;
        },
      },
      quota: { take: async () => undefined, observe: () => undefined },
      schema: null,
      settings: {
        baseUrl: null,
        authUrl: null,
        credentials: emulator.credentials,
        options: {},
        systemFields: { url: null, score: null, status: null, source: null, syncFlag: null },
        startAutomations: false,
      },
    });
    const page = await connector.readChanges('leads-converted', null, { limit: 1_000, mode: 'changes', fields: [] });
    expect(page.moved).toEqual([{ from: lead, to: contact, why: 'converted', toKind: 'contact' }]);
  });
});
