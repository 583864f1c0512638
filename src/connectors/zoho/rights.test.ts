import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { connectFor } from '../kit/testing/connect.ts';
import { createZohoEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

function open() {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createZohoEmulator({ clock });
  const { credentials, request, state } = emulator;
  return { connector: connectFor(manifest, { fetch: request, clock, credentials }), state };
}

describe('rights in Zoho CRM', () => {
  test('the check tells whose token it is and what the profile lets that user do, module by module', async () => {
    const { connector, state } = open();
    expect(await connector.check()).toMatchObject({
      user: { name: 'Integration', email: 'crm@example.com' },
      rights: {
        lead: { object: 'Leads', create: true, update: true, delete: true },
        contact: { create: true, update: true, delete: true },
      },
      findings: [],
    });
    for (const name of [
      'Crm_Implied_Create_Leads',
      'Crm_Implied_Edit_Leads',
      'Crm_Implied_View_Contacts',
      'Crm_Implied_Delete_Leads',
    ])
      state.forbidden.add(name);
    expect(await connector.check()).toMatchObject({
      rights: { lead: { create: false, update: false, delete: false }, contact: { update: true, delete: true } },
      findings: [{ level: 'error', code: 'missing_right', params: { object: 'Contacts' } }],
    });
  });

  test('a token whose user is deactivated is told as such', async () => {
    const { connector, state } = open();
    state.userStatus = 'disabled';
    expect((await connector.check()).findings).toEqual([{ level: 'error', code: 'user_inactive', params: {} }]);
  });

  test('a field that the profile may only read, or not see, is described as one that cannot be written', async () => {
    const { connector, state } = open();
    state.fieldPermissions.set('Phone', 'read_only');
    state.fieldPermissions.set('City', 'hidden');
    const schema = await connector.describe();
    const writable = (key: string) =>
      schema !== 'unchanged' && schema.kinds.lead?.find((field) => field.key === key)?.writableOnUpdate;
    expect([writable('Phone'), writable('City'), writable('Mobile')]).toEqual([false, false, true]);
  });

  test('a token that may see neither users nor profiles checks all the same, and forbids nothing by itself', async () => {
    const { connector, state } = open();
    state.fieldPermissions.set('Phone', 'read_only');
    state.habits.scopeMissing = /\/users|\/profiles/;
    const account = await connector.check();
    expect([account.user, account.rights, account.findings]).toEqual([undefined, {}, []]);
    const schema = await connector.describe();
    const phone = schema !== 'unchanged' && schema.kinds.lead?.find((field) => field.key === 'Phone');
    expect(phone).toMatchObject({ writableOnUpdate: true });
  });
});
