import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { isAllowed } from './platform/guarded-fetch.ts';

test('nothing set: the documented defaults', () => {
  expect(readConfig({})).toMatchObject({
    port: 4000,
    host: '127.0.0.1',
    url: 'http://localhost:4000',
    dataDir: './data',
    databaseUrl: undefined,
    allowPrivateHosts: false,
  });
});

test('a wrong or unknown variable stops the start with its name and what would be right', () => {
  expect(() => readConfig({ PORT: 'many' })).toThrow('PORT must be a port number');
  expect(() => readConfig({ TANDEM_URL: 'https://x.example/path' })).toThrow('TANDEM_URL must not hold a path');
  expect(() => readConfig({ TANDEM_SECRET_KEY: 'short' })).toThrow('32 bytes in base64');
  expect(() => readConfig({ TANDEM_ALLOW_HOST: 'x' })).toThrow(
    'TANDEM_ALLOW_HOST is not known. Did you mean TANDEM_ALLOW_HOSTS?',
  );
});

test('a mail server needs a sender and a sender a mail server; both have a form', () => {
  const smtp = { SMTP_URL: 'smtps://u:p@mail.example.com', MAIL_FROM: 'Tandem <tandem@example.com>' };
  expect(readConfig(smtp)).toMatchObject({ smtpUrl: smtp.SMTP_URL, mailFrom: smtp.MAIL_FROM });
  expect(() => readConfig({ SMTP_URL: smtp.SMTP_URL })).toThrow('MAIL_FROM is needed beside SMTP_URL');
  expect(() => readConfig({ MAIL_FROM: smtp.MAIL_FROM })).toThrow('SMTP_URL is needed beside MAIL_FROM');
  for (const bad of ['http://mail.example.com', 'smtp://', 'mail.example.com:25'])
    expect(() => readConfig({ ...smtp, SMTP_URL: bad }), bad).toThrow('SMTP_URL must look like');
  for (const bad of [
    'Tandem',
    'Tandem <tandem>',
    'a@example.com, b@example.com',
    'A <a@example.com>\r\nBcc: b@example.com',
  ])
    expect(() => readConfig({ ...smtp, MAIL_FROM: bad }), bad).toThrow('MAIL_FROM must be an address');
});

test('a trusted proxy is an address or a network', () => {
  expect(readConfig({ TANDEM_TRUST_PROXY: '10.0.0.1, fd00::/8' }).trustProxy).toEqual(['10.0.0.1', 'fd00::/8']);
  for (const bad of ['proxy.local', '10.0.0.0/33', '10.0.0'])
    expect(() => readConfig({ TANDEM_TRUST_PROXY: bad }), bad).toThrow(
      'TANDEM_TRUST_PROXY must be addresses or networks',
    );
});

test('every variable can be read from a file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tandem-config-')), 'url');
  writeFileSync(file, 'postgres://a@b/c\n');
  expect(readConfig({ DATABASE_URL_FILE: file }).databaseUrl).toBe('postgres://a@b/c');
  expect(() => readConfig({ DATABASE_URL_FILE: '/no/such/file' })).toThrow('names a file that is not there');
});

test('private addresses are refused unless allowed; link-local never', () => {
  const none = { allowHosts: [], allowPrivateHosts: false };
  for (const address of ['127.0.0.1', '10.1.2.3', '192.168.1.1', '172.20.0.1', '::1', 'fd00::1', '::ffff:10.0.0.1'])
    expect(isAllowed('crm.test', address, none), address).toBe(false);
  for (const address of ['8.8.8.8', '2001:4860:4860::8888'])
    expect(isAllowed('crm.test', address, none), address).toBe(true);
  expect(isAllowed('crm.test', '10.1.2.3', { ...none, allowHosts: ['10.0.0.0/8'] })).toBe(true);
  expect(isAllowed('crm.test', '10.1.2.3', { ...none, allowHosts: ['crm.test'] })).toBe(true);
  for (const address of ['169.254.169.254', 'fe80::1', '0.0.0.0'])
    expect(
      isAllowed('crm.test', address, { allowHosts: [address, 'crm.test'], allowPrivateHosts: true }),
      address,
    ).toBe(false);
});
