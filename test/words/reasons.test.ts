import { describe, expect, test } from 'vitest';
import { reasonText } from '../../src/api/messages/reason-text.ts';
import { type Locale, say } from '../../src/api/messages/say.ts';
import { manifests } from '../../src/connectors/index.ts';
import { REASONS, type Reason } from '../../src/core/model.ts';
import { expectPlain } from './plain-words.ts';
import { deletionRefusals, refusals, SAID } from './vendor-answers.ts';

const LOCALES: readonly Locale[] = ['en', 'fr'];
const labelOf = (crm: string): string => manifests.get(crm)?.label ?? '';

/** These are about the person or the whole record; the address or the record is named in words. */
const OF_THE_RECORD: Readonly<Partial<Record<Reason, Readonly<Record<Locale, RegExp>>>>> = {
  missing_email: { en: /e-mail address/, fr: /adresse e-mail/ },
  duplicate_in_crm: { en: /records/, fr: /fiches/ },
  shared_email: { en: /address/, fr: /adresse/ },
  address_taken: { en: /e-mail address/, fr: /adresse e-mail/ },
  converted_lead: { en: /the record/, fr: /sa fiche/ },
  belongs_to_sales: { en: /the record/, fr: /la fiche/ },
  record_locked: { en: /The record/, fr: /La fiche/ },
  gone: { en: /The record/, fr: /La fiche/ },
};
/** A CRM that does not say which field: the sentence says so, or that it is the record as a whole. */
const UNNAMED: Readonly<Record<Locale, RegExp>> = {
  en: /does not say|names no field|the record of|e-mail address|which field/i,
  fr: /ne dit pas|sans dire|sans nommer|la fiche de|adresse e-mail/i,
};

const PARAMS = { label: 'Function', value: 'Chief of everything', max: 40, other: 'Bob Boss', otherId: '0035' };
const KNOWN = [
  { name: 'everything is known', field: 'Title', params: { ...PARAMS, expected: 'number' } },
  { name: 'no value is known', field: 'Title', params: { label: 'Function' } },
  { name: 'the vendor named the field only', field: 'Title', params: { code: 'BAD', vendor: SAID } },
  { name: 'the vendor gave a code only', field: null, params: { code: 'BAD', vendor: '' } },
  { name: 'nothing is known', field: null, params: {} },
] as const;

describe.each(REASONS)('a rejection for %s', (reason) => {
  test.each(KNOWN)(
    '[R15c] says in both languages who, which field, why and what to do, when $name',
    ({ field, params }) => {
      for (const crm of manifests.values())
        for (const locale of LOCALES) {
          const about = `${crm.id} ${locale} ${reason}`;
          const one = { reason, field, name: 'Ada Lovelace', email: 'ada@example.com', crm: crm.label, params };
          const { message, todo } = reasonText(locale, one);
          expect(message, about).toContain('Ada Lovelace');
          const ofRecord = OF_THE_RECORD[reason]?.[locale];
          if (ofRecord !== undefined) expect(message, about).toMatch(ofRecord);
          else if (field === null) expect(message, about).toMatch(UNNAMED[locale]);
          else expect(message, about).toContain('label' in params ? 'Function' : 'Title');
          expectPlain(locale, message, about);
          expectPlain(locale, todo, about);
          if ('code' in params)
            expect(message, about).toContain(
              locale === 'en' ? `${crm.label} answered: “` : `${crm.label} a répondu : « `,
            );
        }
    },
  );
});

test('[R15c] whatever one of the six CRMs answers about a record becomes such a sentence, and its own words follow, quoted', () => {
  const seen = new Set<string>();
  for (const { crm, code, faults } of refusals())
    for (const fault of faults)
      for (const locale of LOCALES) {
        seen.add(crm);
        const about = `${crm} ${code} ${fault.field ?? '-'} ${locale} (${fault.reason})`;
        const { message, todo } = reasonText(locale, {
          ...fault,
          name: 'Ada Lovelace',
          email: null,
          crm: labelOf(crm),
        });
        expect(message, about).toContain('Ada Lovelace');
        expectPlain(locale, message, about);
        expectPlain(locale, todo, about);
        const said = String(fault.params['vendor'] ?? '');
        if (said === '') continue;
        const quoted = locale === 'en' ? `answered: “${said}` : `a répondu : « ${said}`;
        expect(message, about).toContain(quoted);
        // Ours comes first.
        expect(message.indexOf(said), about).toBeGreaterThan(message.indexOf('Ada Lovelace'));
      }
  expect([...seen].sort()).toEqual([...manifests.keys()].sort());
});

test('[R15c] whatever a CRM answers about a record that it does not delete is told as that, in both languages', () => {
  for (const { crm, code, faults } of deletionRefusals()) {
    expect(faults.length, `${crm} ${code}`).toBeGreaterThan(0);
    for (const fault of faults)
      for (const locale of LOCALES) {
        const about = `${crm} ${code} ${locale} (${fault.reason})`;
        const { message, todo } = reasonText(locale, {
          ...fault,
          name: 'Ada Lovelace',
          email: null,
          crm: labelOf(crm),
        });
        expect(message, about).toMatch(locale === 'en' ? /delete/ : /suppri/);
        expect(message, about).toContain('Ada Lovelace');
        expectPlain(locale, message, about);
        expectPlain(locale, todo, about);
        const said = String(fault.params['vendor'] ?? '');
        if (said !== '') expect(message, about).toContain(locale === 'en' ? `“${said}` : `« ${said}`);
      }
  }
});

test('somebody without a name is told by address, and a record without either as such', () => {
  const gone = { reason: 'gone', field: null, crm: 'HubSpot', params: {} };
  expect(reasonText('en', { ...gone, name: null, email: 'ada@example.com' }).message).toContain('ada@example.com');
  expect(reasonText('fr', { ...gone, name: '', email: null }).message).toContain('Une fiche sans nom');
});

test('a field of ours is named in the reader’s language, and a kind of value too', () => {
  const one = { reason: 'wrong_type', field: 'opt_out', name: 'Ada', email: null, crm: 'HubSpot' };
  const params = { label: 'opt_out', value: 'perhaps', expected: 'boolean' };
  expect(reasonText('en', { ...one, params }).message).toContain('“Opted out” of Ada does not fit: “perhaps”');
  expect(reasonText('fr', { ...one, params }).message).toContain('« Désinscrit » de Ada');
  expect(reasonText('fr', { ...one, params }).message).toContain('oui ou non');
});

test('a long value is shortened in the sentence only', () => {
  const params = { label: 'Function', value: 'x'.repeat(300) };
  const { message } = reasonText('en', {
    reason: 'not_in_list',
    field: 'T',
    name: 'Ada',
    email: null,
    crm: 'Zoho',
    params,
  });
  expect(message).toContain(`“${'x'.repeat(79)}…”`);
});

test('one is told in the singular, in both languages', () => {
  expect(say('en', 'detail.429', { seconds: 1 })).toBe('Wait one second, then try again.');
  expect(say('en', 'detail.429', { seconds: 2 })).toBe('Wait 2 seconds, then try again.');
  expect(say('fr', 'refused.value_in_use', { count: 1, value: 'CEO' })).toContain('Un contact porte');
  // Nought is singular in French and plural in English.
  expect(say('fr', 'finding.certificate_ends', { days: 0 })).toContain('un jour');
  expect(say('en', 'finding.certificate_ends', { days: 0 })).toContain('0 days');
});
