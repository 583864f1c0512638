import { expect, test } from 'vitest';
import { manifests } from '../connectors/index.ts';
import { DATA_CENTRES } from '../connectors/zoho/data-centres.ts';
import { PASTED_LOGIN_MAX, readLogin } from './pasted-login.ts';

const TOKEN = 'pat-eu1-0a1b2c3d-1111-2222-3333-444455556666';
const pem = (label: string, body = 'MIIEabc\n+/=='): string =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;
const KEY = pem('PRIVATE KEY');
const CERTIFICATE = pem('CERTIFICATE');
const HEX = '0123456789abcdef0123456789abcdef01234567';
const SELF_CLIENT = {
  client_id: '1000.ABCDEFGH1234567890ABCDEFGH1234',
  client_secret: '0f1e2d',
  code: '1000.aa.bb',
  scope: ['ZohoCRM.modules.ALL'],
  grant_type: 'authorization_code',
};

/** What is pasted; whose form is open; the CRM, what it is, and what goes into the form. */
const EXAMPLES: readonly (readonly [string, string | null, string | null, string, Readonly<Record<string, string>>])[] =
  [
    [TOKEN, null, 'hubspot', 'hubspotToken', { accessToken: TOKEN }],
    [` "${TOKEN}"\n`, 'zoho', 'hubspot', 'hubspotToken', { accessToken: TOKEN }],
    [`Authorization: Bearer ${TOKEN}`, null, 'hubspot', 'hubspotToken', { accessToken: TOKEN }],
    ['https://app-eu1.hubspot.com/contacts/1234567/', null, 'hubspot', 'addressOnly', {}],
    ['https://app.futuresimple.com/leads/19', null, 'zendesk-sell', 'addressOnly', {}],
    [
      'https://acme.my.salesforce.com/00Q5g00000AbCdE',
      'hubspot',
      'salesforce',
      'salesforceOrg',
      { loginUrl: 'https://acme.my.salesforce.com' },
    ],
    [
      'https://acme.my.salesforce.com/secur/frontdoor.jsp?sid=00D!secret',
      null,
      'salesforce',
      'salesforceOrg',
      { loginUrl: 'https://acme.my.salesforce.com' },
    ],
    [
      'ACME.lightning.force.com/lightning/page/home',
      null,
      'salesforce',
      'salesforceOrg',
      { loginUrl: 'https://acme.my.salesforce.com' },
    ],
    [
      'https://acme.my.salesforce-setup.com/lightning/setup',
      null,
      'salesforce',
      'salesforceOrg',
      { loginUrl: 'https://acme.my.salesforce.com' },
    ],
    [
      'https://acme-dev-ed.develop.lightning.force.com',
      null,
      'salesforce',
      'salesforceOrg',
      { loginUrl: 'https://acme-dev-ed.develop.my.salesforce.com' },
    ],
    [
      'https://acme--uat.sandbox.lightning.force.com/one',
      null,
      'salesforce',
      'salesforceSandbox',
      { loginUrl: 'https://acme--uat.sandbox.my.salesforce.com' },
    ],
    ['https://login.salesforce.com/', null, 'salesforce', 'salesforceGeneral', {}],
    [KEY, 'salesforce', 'salesforce', 'privateKey', { privateKey: KEY }],
    [pem('RSA PRIVATE KEY'), 'salesforce', 'salesforce', 'privateKey', { privateKey: pem('RSA PRIVATE KEY') }],
    [`Bag Attributes\n${CERTIFICATE}\n${KEY}\n`, 'salesforce', 'salesforce', 'privateKey', { privateKey: KEY }],
    [
      `${CERTIFICATE}\n${KEY}`,
      'sap-c4c',
      'sap-c4c',
      'keyAndCertificate',
      { privateKey: KEY, certificate: CERTIFICATE },
    ],
    [CERTIFICATE, 'sap-c4c', 'sap-c4c', 'certificate', { certificate: CERTIFICATE }],
    [KEY, 'hubspot', null, 'keyOfWhich', {}],
    [pem('ENCRYPTED PRIVATE KEY'), 'salesforce', 'salesforce', 'lockedKey', {}],
    [
      pem('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nabc'),
      'salesforce',
      'salesforce',
      'lockedKey',
      {},
    ],
    [
      JSON.stringify(SELF_CLIENT, null, 2),
      null,
      'zoho',
      'zohoFileWithCode',
      { clientId: SELF_CLIENT.client_id, clientSecret: '0f1e2d', grantCode: '1000.aa.bb' },
    ],
    [
      `\uFEFF${JSON.stringify({ ...SELF_CLIENT, code: undefined })}`,
      null,
      'zoho',
      'zohoFile',
      { clientId: SELF_CLIENT.client_id, clientSecret: '0f1e2d' },
    ],
    [
      'https://acme.pipedrive.com/person/77?tab=notes',
      null,
      'pipedrive',
      'pipedriveCompany',
      { companyDomain: 'acme.pipedrive.com' },
    ],
    ['https://app.pipedrive.com/auth/login', null, 'pipedrive', 'addressOnly', {}],
    [HEX, 'pipedrive', 'pipedrive', 'pipedriveToken', { apiToken: HEX }],
    [
      'http://my123456.crm.ondemand.com/sap/byd/',
      null,
      'sap-c4c',
      'sapTenant',
      { tenantUrl: 'https://my123456.crm.ondemand.com' },
    ],
  ];

test('a token, an address or a key file is recognised by its vendor’s format, and fills the fields of one method', () => {
  for (const [text, open, crm, kind, values] of EXAMPLES) {
    expect(readLogin(text, open), text).toMatchObject({ crm, kind, values });
    // What is filled is there to be filled: all of it in one method of the connector.
    if (crm === null) continue;
    const methods = manifests.get(crm)?.credentials ?? [];
    const fits = methods.some(({ fields }) =>
      Object.keys(values).every((key) => fields.some((one) => one.key === key)),
    );
    expect(fits, text).toBe(true);
  }
});

test('what others have too, what only looks alike and what is too long is not recognised', () => {
  for (const text of [
    '',
    'hello world',
    'ada@example.com',
    HEX,
    'pat-eu1-',
    'https://acme.my.salesforce.com.evil.example/',
    'https://evil.example/acme.my.salesforce.com',
    'https://acme.pipedrive.com@evil.example/',
    'https://crm.zoho.evil/',
    'https://zohocloud.eu/',
    'https://crm.zohocloud.eu/',
    'https://my123456.crm.ondemand.com.evil.example',
    '-----BEGIN PRIVATE KEY-----\nabc',
    '{"client_id":"1000.ABC","client_secret"',
    '{"type":"service_account","client_id":"1","client_secret":"2"}',
    '[1]',
    `${TOKEN}${'x'.repeat(PASTED_LOGIN_MAX)}`,
  ])
    expect(readLogin(text, null), text.slice(0, 80)).toBe(null);
  expect(readLogin(CERTIFICATE, 'salesforce')).toBe(null);
});

test('every data centre of Zoho is known by the address of its pages, of its sign-in and of its API', () => {
  for (const [dataCentre, { web, accounts, api }] of Object.entries(DATA_CENTRES)) {
    for (const url of [`${web}/crm/org1/tab/Leads`, accounts, api]) {
      const found = readLogin(url, null);
      expect(found, url).toMatchObject({ crm: 'zoho', kind: 'zohoCentre', values: { dataCentre } });
      expect(found, url).not.toHaveProperty('baseUrl');
    }
    expect(readLogin(web.replace('//crm.', '//crmsandbox.'), null)).toMatchObject({
      kind: 'zohoSandbox',
      values: { dataCentre },
      baseUrl: api.replace('//www.', '//sandbox.'),
    });
  }
});

test('a sentence never carries a secret, and what has one is marked', () => {
  const secrets = [TOKEN, KEY, JSON.stringify(SELF_CLIENT), HEX];
  for (const text of secrets) {
    const found = readLogin(text, text === HEX ? 'pipedrive' : 'salesforce');
    expect(found?.secret, text).toBe(true);
    for (const value of Object.values(found?.params ?? {})) expect(text).not.toBe(value);
  }
  expect(readLogin(TOKEN, null)?.params).toEqual({ region: 'EU1' });
  expect(readLogin('https://acme--uat.sandbox.my.salesforce.com', null)).toMatchObject({
    secret: false,
    params: { host: 'acme--uat.sandbox.my.salesforce.com', sandbox: 'uat' },
  });
});
