import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { en } from '../../src/api/messages/en.ts';
import { failureText } from '../../src/api/messages/failure-text.ts';
import { fr } from '../../src/api/messages/fr.ts';
import type { Locale, MessageKey } from '../../src/api/messages/say.ts';
import { classify as hubspot } from '../../src/connectors/hubspot/faults.ts';
import { manifests } from '../../src/connectors/index.ts';
import { FAILURE_CASES, failureOf, REMOTE_ERROR_KINDS, RemoteError } from '../../src/connectors/kit/errors.ts';
import { asRemoteError, classifySignIn, type HttpAnswer } from '../../src/connectors/kit/http.ts';
import { classify as pipedrive } from '../../src/connectors/pipedrive/faults.ts';
import { classify as salesforce } from '../../src/connectors/salesforce/faults.ts';
import { signInFailure } from '../../src/connectors/salesforce/oauth.ts';
import { classify as sapC4c } from '../../src/connectors/sap-c4c/faults.ts';
import { classify as sell } from '../../src/connectors/zendesk-sell/faults.ts';
import { classify as zoho } from '../../src/connectors/zoho/faults.ts';
import { failureOf as zohoSignIn } from '../../src/connectors/zoho/oauth.ts';
import { expectPlain } from './plain-words.ts';
import { answer, SAID } from './vendor-answers.ts';

const LOCALES: readonly Locale[] = ['en', 'fr'];
const STATUSES = [400, 401, 402, 403, 404, 409, 422, 423, 429, 500, 503];
const codes = (...names: string[]) => names;

type Classify = (answer: HttpAnswer) => RemoteError | null;
const CRMS: Readonly<Record<string, { readonly classify: readonly Classify[]; readonly bodies: readonly unknown[] }>> =
  {
    salesforce: {
      classify: [(one) => salesforce(one, 0), (one) => signInFailure(one, 0)],
      bodies: [
        ...codes('INVALID_SESSION_ID', 'REQUEST_LIMIT_EXCEEDED', 'INVALID_FIELD', 'INVALID_QUERY_LOCATOR', 'NEW').map(
          (errorCode) => [{ errorCode, message: SAID }],
        ),
        { error: 'invalid_grant', error_description: 'inactive user' },
        { error: 'invalid_client', error_description: SAID },
      ],
    },
    hubspot: {
      classify: [(one) => hubspot(one, 0, 0), (one) => classifySignIn(one, 'HubSpot', 0)],
      bodies: [
        {
          category: 'MISSING_SCOPES',
          message: SAID,
          errors: [{ context: { requiredGranularScopes: ['crm.x.read'] } }],
        },
        { category: 'MISSING_SCOPES', message: SAID },
        { policyName: 'DAILY', message: SAID },
        { category: 'VALIDATION_ERROR', errors: [{ code: 'PROPERTY_DOESNT_EXIST', message: SAID }] },
      ],
    },
    pipedrive: { classify: [(one) => pipedrive(one, 0)], bodies: [{ success: false, error: SAID, code: 'ERR_X' }] },
    zoho: {
      classify: [(one) => zoho(one, 0), (one) => zohoSignIn(one, 0)],
      bodies: [
        ...codes(
          'OAUTH_SCOPE_MISMATCH',
          'LICENSE_LIMIT_EXCEEDED',
          'INVALID_TOKEN',
          'INVALID_QUERY',
          'EXPIRED_VALUE',
        ).map((code) => ({ code, message: SAID })),
        { error: 'invalid_code' },
        { error: 'Access Denied' },
      ],
    },
    'zendesk-sell': {
      classify: [(one) => sell(one, 0)],
      bodies: codes('insufficient_scope', 'invalid_token').map((code) => ({
        errors: [{ error: { code, message: SAID } }],
      })),
    },
    'sap-c4c': {
      classify: [(one) => sapC4c(one, 0)],
      bodies: [{ error: { code: 'AUTH', message: { lang: 'en', value: SAID } } }],
    },
  };

function expectTold(error: unknown, crm: { readonly id: string; readonly label: string } | null, about: string): void {
  const failure = failureOf(error);
  for (const locale of LOCALES) {
    const { message, todo } = failureText(locale, failure, crm);
    expectPlain(locale, message, `${about} ${locale}`);
    expectPlain(locale, todo, `${about} ${locale}`);
    // Ours, not the engine's, and none of the vendor's sentences.
    expect(message, about).not.toContain(String(failure['message']));
    expect(`${message} ${todo}`, about).not.toContain(SAID);
    const code = failure['code'];
    if (code !== undefined && code !== failure['case'])
      expect(message, about).toContain(locale === 'en' ? `answered: “${code}”` : `a répondu : « ${code} »`);
  }
}

test('the table of failures knows every CRM', () => {
  expect(Object.keys(CRMS).sort()).toEqual([...manifests.keys()].sort());
});

test.each(Object.entries(CRMS))(
  '[R15c] whatever %s answers to a call as a whole is told in our words, with what to do',
  (id, one) => {
    const label = manifests.get(id)?.label ?? '';
    let told = 0;
    for (const status of STATUSES)
      for (const body of [...one.bodies, '', '<html>down</html>'])
        for (const classify of one.classify) {
          const error = classify(answer(status, body));
          if (error === null) continue;
          told += 1;
          expectTold(error, { id, label }, `${id} ${status} ${JSON.stringify(body)}`);
        }
    expect(told).toBeGreaterThan(20);
  },
);

describe('every kind and case of failure', () => {
  const PARAMS = { credential: 'privateKey', option: 'leadStages', example: 'https://x.example', scope: 'crm.read' };
  test.each(REMOTE_ERROR_KINDS)('%s has words in both languages, also where the CRM is not named', (kind) => {
    expectTold(new RemoteError(kind, 'the engine says so to the log'), null, kind);
    expectTold(new RemoteError(kind, 'the engine says so to the log', { status: 500, code: 'X_1' }), null, kind);
  });
  test.each(FAILURE_CASES)('%s has words in both languages', (name) => {
    const params = { ...PARAMS, object: 'Lead', read: 3, count: 4 };
    for (const { id, label } of manifests.values()) {
      expectTold(new RemoteError('auth', 'the engine says so', { case: name, params }), { id, label }, name);
      const known = failureText('en', failureOf(new RemoteError('auth', 'x', { case: name, params })), { id, label });
      expect(known.message).not.toBe(en['failure.internal']);
    }
  });
  test('an error of ours tells nobody its English', () => {
    const error = new TypeError("Cannot read properties of undefined (reading 'id')");
    expect(failureText('fr', failureOf(error), null).message).toBe(fr['failure.internal']);
    expectTold(error, null, 'internal');
  });
  test('a time-out and a private address are told apart from a CRM that is away', () => {
    const timeout = asRemoteError(Object.assign(new Error('x'), { name: 'TimeoutError' }));
    expect(failureText('en', failureOf(timeout), { id: 'zoho', label: 'Zoho CRM' }).message).toBe(
      'Zoho CRM did not answer in time.',
    );
    const guarded = asRemoteError(Object.assign(new Error('x'), { code: 'FORBIDDEN_ADDRESS' }));
    expect(failureText('en', failureOf(guarded), null).message).toContain('private network');
  });
});

const PLACES = /\{\w+\}/g;
const all = Object.keys(en) as MessageKey[];

test('every text of the server has the same places in both languages, and every finding says what to do', () => {
  for (const key of all)
    expect([...new Set(fr[key].match(PLACES) ?? [])].sort(), key).toEqual(
      [...new Set(en[key].match(PLACES) ?? [])].sort(),
    );
  for (const prefix of ['finding', 'failure', 'schema', 'stop'])
    for (const key of all.filter((one) => one.startsWith(`${prefix}.`))) {
      const todo = key.replace(`${prefix}.`, `${prefix}_todo.`).replace(/(_one|\.plain)$/, '');
      if (!/^failure\.(the_crm|answered)/.test(key)) expect(all, key).toContain(todo);
    }
});

test('no French text of the server is English', () => {
  const same = all.filter((key) => en[key] === fr[key] && /[a-z]{4,} [a-z]{2,}/.test(en[key]));
  expect(same).toEqual([]);
  for (const key of all.filter((one) =>
    /^(finding|failure|reason|todo|stop|schema|fix|gate|oauth|detail|input|refused)/.test(one),
  ))
    expectPlain('fr', fr[key].replace(PLACES, 'X'), key);
});

test('every finding that a connector or the engine makes has words', () => {
  const sources = globSync(['src/connectors/**/*.ts', 'src/engine/**/*.ts']).filter(
    (file) => !/test|emulator/.test(file),
  );
  const found = sources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/level[^;]{0,60}?code: (?:guess === null \? '(\w+)' : )?'(\w+)'/g)].flatMap(
      ([, first, second]) => [first, second].filter((code) => code !== undefined),
    ),
  );
  expect(found.length).toBeGreaterThan(12);
  for (const code of found) expect(all, code).toContain(`finding.${code}`);
});
