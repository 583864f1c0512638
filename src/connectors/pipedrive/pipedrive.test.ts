import { describe, expect, test } from 'vitest';
import { fc } from '../../../test/support/properties.ts';
import { manualClock } from '../../platform/clock.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { inOtherWords } from '../kit/testing/other-words.ts';
import { answersAlike } from '../kit/testing/recordings.ts';
import { roundTripContract } from '../kit/testing/round-trip.ts';
import { decodeValue, encodeValue, entryOf, fieldsOf, joinName, splitName, withEntry } from './codec.ts';
import { createPipedriveEmulator } from './emulator/emulator.ts';
import { plantEveryType, VENDOR_TYPES } from './emulator/every-type.ts';
import { hashOf } from './emulator/state.ts';
import { classify } from './faults.ts';
import { manifest } from './manifest.ts';

const words = {
  manifest,
  open: () => {
    const clock = manualClock(Date.UTC(2026, 10, 24));
    const emulator = createPipedriveEmulator({ clock });
    return { emulator, clock, credentials: emulator.credentials };
  },
  keys: { email: 'email', firstName: 'first_name', city: hashOf('City') },
  needed: { last_name: 'L' },
  refused: { field: hashOf('Industry'), value: '999' },
  linkBack: hashOf('Tandem URL'),
  companies: {
    kind: 'person' as const,
    email: 'email',
    field: 'org_id',
    needed: { last_name: 'L' },
    path: '/organizations',
  },
  deletion: { method: 'DELETE' as const, path: '/api/v2/persons/', tellsMerges: false },
  paths: { api: '/api/v2', create: '/persons' },
  deviations: [
    {
      rule: 'C10',
      reason: 'a merge looks like a deletion when polled, the loser is not named',
      source: 'https://pipedrive.readme.io/docs/guide-for-webhooks-v2',
    },
  ],
};
connectorContract('pipedrive', words);
connectorContract('pipedrive in other words', {
  ...words,
  open: () => {
    const bench = words.open();
    const emulator = inOtherWords(bench.emulator, {
      leavesOutNull: () => true,
      isText: (key) => /(^|_)id$|^next_start$/.test(key),
      reword: (key, value) => (key === 'active_flag' ? Number(value) : value),
    });
    return { ...bench, emulator };
  },
});
roundTripContract('pipedrive', {
  ...words,
  everyType: ({ state }) => plantEveryType(state),
  vendorTypes: VENDOR_TYPES,
  apart: {
    name: 'is the two parts of the name; the parts have a property of their own',
    first_name: 'is a part of the one name, told apart by the vendor at the first blank',
    last_name: 'is a part of the one name, told apart by the vendor at the first blank',
    org_id: 'is another record: the company of that name, found or made',
    unsubscribed: 'may be changed once; a forbidden change is ignored by the vendor and told as not_stored',
  },
  // A time of day and nothing else; an address has lines, of which the vendor makes parts.
  values: { time: fc.constantFrom('00:00:00', '09:30:00', '23:59:59', null) },
});

describe('Pipedrive', () => {
  const name = fc.stringMatching(/^[A-Za-zÀ-ž' -]{1,30}$/).map((text) => text.replace(/\s+/g, ' ').trim());

  test('[C24] a name that is split and joined is never shortened', () => {
    fc.assert(
      fc.property(name, (full) => {
        const { first, last } = splitName({ name: full });
        expect(joinName(first ?? '', last ?? '')).toBe(full);
      }),
    );
  });
  test('[C24] every writable custom type comes back as it was sent', () => {
    const field = (type: string, options?: { id: number; label: string }[]) =>
      fieldsOf([
        {
          field_name: 'F',
          field_code: 'f'.repeat(40),
          field_type: type,
          is_custom_field: true,
          options: options ?? null,
        },
      ]).at(-1);
    const back = (type: string, value: Parameters<typeof encodeValue>[1]) =>
      decodeValue(field(type), encodeValue(field(type), value, 'EUR'));
    const holds = (type: string, values: fc.Arbitrary<Parameters<typeof encodeValue>[1]>) =>
      fc.assert(
        fc.property(values, (value) => {
          expect(back(type, value)).toEqual(value);
        }),
      );
    holds('varchar', fc.string({ minLength: 1 }));
    holds('double', fc.double({ noNaN: true, noDefaultInfinity: true }));
    holds('monetary', fc.integer());
    holds('enum', fc.nat().map(String));
    holds('set', fc.array(fc.nat().map(String), { minLength: 1 }));
    expect([back('set', []), back('date', '2026-02-28'), back('address', 'Graben 1')]).toEqual([
      null,
      '2026-02-28',
      'Graben 1',
    ]);
  });
  test('[C24] [R10] further addresses and numbers are kept whatever is written, and one of them is the main one', () => {
    const listed = fc.record({
      value: fc.emailAddress(),
      label: fc.constantFrom('work', 'home', 'mobile'),
      primary: fc.constant(false),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(listed, { selector: (one) => one.value, maxLength: 5 }),
        fc.emailAddress(),
        (list, value) => {
          const present = list.map((one, index) => ({ ...one, primary: index === 0 }));
          const replaced = entryOf('email', present)?.value;
          const written = withEntry('email', present, value);
          expect(entryOf('email', written)?.value).toBe(value);
          expect(written.filter((one) => one.primary === true)).toHaveLength(1);
          for (const one of present)
            if (one.value !== replaced) expect(written.map((kept) => kept.value)).toContain(one.value);
        },
      ),
    );
  });
  test('a page of HTML behind a 403 is a closed door, not a missing right; the two kinds of 429 are told apart', () => {
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      classify({ status, body, headers: new Headers(headers), serverTime: null }, 1_000);
    expect(answer(403, '<html>')).toMatchObject({ kind: 'throttled' });
    expect(answer(403, { success: false })).toMatchObject({ kind: 'forbidden' });
    expect(answer(429, {}, { 'x-ratelimit-reset': '2' })).toMatchObject({ kind: 'throttled', retryAt: 3_000 });
    expect(answer(429, {}, { 'x-daily-ratelimit-token-remaining': '0' })).toMatchObject({
      kind: 'quota',
      retryAt: 86_400_000,
    });
  });
});

answersAlike('pipedrive', {
  at: import.meta.url,
  url: 'https://api.pipedrive.com',
  open: () => createPipedriveEmulator({ clock: manualClock(Date.UTC(2026, 10, 24)) }),
  session: () => ({ 'x-api-token': 'e'.repeat(40) }),
});
