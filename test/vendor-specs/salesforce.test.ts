import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DescribedField } from '../../src/connectors/salesforce/codec.ts';
import { DELETION_CODES, REASONS } from '../../src/connectors/salesforce/faults.ts';
import { type Exchange, playSession } from './session.ts';

const vendor = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/salesforce.json'), 'utf8')) as {
  readonly fields: Readonly<Record<string, readonly Partial<DescribedField>[]>>;
  readonly codes: readonly string[];
};
/** Codes of later versions than the stored list (38.0), each in today's REST documents. */
const NEWER_CODES = new Set(['MALFORMED_ID', 'EXCEEDED_ID_LIMIT']);

describe('Salesforce by recorded descriptions and the codes of its WSDL', () => {
  let exchanges: readonly Exchange[];
  beforeAll(async () => {
    exchanges = await playSession('salesforce');
  });

  test('the standard fields of the emulator are those of a real org: type, length, flags', () => {
    const seen = exchanges.filter(({ url }) => url.pathname.endsWith('/describe'));
    const objectOf = (url: URL): string => url.pathname.split('/').at(-2) ?? '';
    expect(new Set(seen.map(({ url }) => objectOf(url)))).toEqual(new Set(['Lead', 'Contact', 'Account']));
    for (const { url, answer } of seen) {
      const object = objectOf(url);
      // Of accounts no recorded description was found.
      if (object === 'Account') continue;
      const real = new Map((vendor.fields[object] ?? []).map((field) => [field.name, field]));
      const { fields } = answer as { fields: readonly DescribedField[] };
      const standard = fields.filter((field) => !field.custom && real.has(field.name));
      expect(standard.length).toBeGreaterThan(15);
      for (const field of standard) {
        const { name, ...flags } = real.get(field.name) ?? {};
        expect({ object, name, ...pick(field, Object.keys(flags)) }).toEqual({ object, name, ...flags });
      }
    }
  });

  test('every code that the connector or the emulator speaks of is one of the vendor’s', () => {
    const codes = new Set([...vendor.codes, ...NEWER_CODES]);
    expect([...Object.keys(REASONS), ...DELETION_CODES].filter((code) => !codes.has(code))).toEqual([]);
    const spoken = exchanges.flatMap(({ answer }) =>
      [...JSON.stringify(answer).matchAll(/"(?:errorCode|statusCode)":"([A-Z_]+)"/g)].map(([, code]) => code ?? ''),
    );
    expect(spoken.length).toBeGreaterThan(1);
    expect(spoken.filter((code) => !codes.has(code))).toEqual([]);
  });
});

const pick = (field: DescribedField, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(field).filter(([key]) => keys.includes(key)));
