import { expect, test } from 'vitest';
import { roleFrom, SIGN_ON_DEFAULTS, type SignOnSettings, wayBack } from './sign-on.ts';

const settings = (part: Partial<SignOnSettings>): SignOnSettings => ({ ...SIGN_ON_DEFAULTS, ...part });
const roles = { 'crm-admin': 'admin', 'crm-marketing': 'marketing', 'crm-sales': 'sales' } as const;

test('of several groups the strongest role counts; a single text, a path and a name with dots are read', () => {
  const groups = settings({ roleClaim: 'groups', roles });
  expect(roleFrom({ groups: ['crm-sales', 'crm-marketing', 'other'] }, groups)).toBe('marketing');
  expect(roleFrom({ groups: 'crm-sales' }, groups)).toBe('sales');
  const path = settings({ roleClaim: 'realm_access.roles', roles });
  expect(roleFrom({ realm_access: { roles: ['crm-admin'] } }, path)).toBe('admin');
  const named = settings({ roleClaim: 'https://acme.example/groups', roles });
  expect(roleFrom({ 'https://acme.example/groups': ['crm-sales'] }, named)).toBe('sales');
});

test('a claim that gives no role gives the default one, or none', () => {
  const strict = settings({ roleClaim: 'groups', roles });
  for (const claims of [{}, { groups: [] }, { groups: ['x'] }, { groups: { a: 1 } }, { groups: null }])
    expect(roleFrom(claims, strict)).toBe(null);
  expect(roleFrom({ groups: ['x'] }, settings({ roleClaim: 'groups', roles, defaultRole: 'sales' }))).toBe('sales');
  // Where no claim is asked, whoever is there keeps their role.
  expect(roleFrom({ groups: ['crm-admin'] }, settings({ roles, defaultRole: 'sales' }))).toBe(undefined);
});

test('values and claims that every object has are no roles', () => {
  const strict = settings({ roleClaim: 'groups', roles });
  expect(roleFrom({ groups: ['constructor', 'toString', '__proto__'] }, strict)).toBe(null);
  expect(roleFrom({}, settings({ roleClaim: 'constructor.name', roles: { Object: 'admin' } }))).toBe(null);
});

test('a sign-in leads back to a path of ours and nowhere else', () => {
  expect(wayBack('/contacts/ct_1?tab=x#y')).toBe('/contacts/ct_1?tab=x#y');
  for (const to of [
    undefined,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/a\\..\\b',
    'x',
    '/a b',
    '/a\nb',
  ])
    expect(wayBack(to)).toBe('/');
});
