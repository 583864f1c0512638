import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { createSalesforceEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

const HOST = 'https://emulated.my.salesforce.test';

function open(answer: (asked: Asked) => Response | null = () => null) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createSalesforceEmulator({ clock, url: () => HOST, prepared: false });
  const fetch = answering(answer, emulator.request);
  const credentials = { ...emulator.credentials, loginUrl: HOST };
  return { connector: connectFor(manifest, { fetch, clock, credentials }), emulator };
}
const LINK = { kind: 'lead', key: 'Tandem_Url__c', label: 'Tandem Url', type: 'text' } as const;
const keysOf = async ({ connector }: ReturnType<typeof open>): Promise<readonly string[]> => {
  const schema = await connector.describe();
  return schema === 'unchanged' ? [] : (schema.kinds.lead ?? []).map((field) => field.key);
};

describe('rights in Salesforce', () => {
  test('[R25] all users of an org are read, page by page', async () => {
    const bench = open();
    for (let index = 0; index < 2_500; index += 1)
      bench.emulator.state.moreUsers.push({
        Id: `005EM${String(10_000 + index).padStart(10, '0')}AAA`,
        Name: `User ${index}`,
        Email: `u${index}@example.com`,
        IsActive: true,
        UserType: 'Standard',
      });
    const owners = (await bench.connector.people?.owners()) ?? [];
    expect(owners).toHaveLength(2_503);
    expect(new Set(owners.map((owner) => owner.id)).size).toBe(2_503);
    expect(owners.at(-1)).toMatchObject({ name: 'User 2499', email: 'u2499@example.com', active: true });
  });

  test('a field that we make is shown to the integration user, in its own permission set before its profile', async () => {
    const bench = open();
    expect(await bench.connector.fields?.create([LINK])).toEqual([{ ok: true, key: 'Tandem_Url__c' }]);
    expect(bench.emulator.state.security.granted).toEqual(['0PSEM0000000003AAA Lead.Tandem_Url__c']);
    expect(await keysOf(bench)).toContain('Tandem_Url__c');
  });

  test('a field that may not be shown is not done: it is hidden, not missing, and asking again only shows it', async () => {
    const bench = open();
    const { security } = bench.emulator.state;
    security.mayGrant = false;
    expect(await bench.connector.fields?.create([LINK])).toMatchObject([
      { ok: false, key: 'Tandem_Url__c', fault: { reason: 'no_permission', params: { code: 'FIELD_LEVEL_SECURITY' } } },
    ]);
    expect(await keysOf(bench)).not.toContain('Tandem_Url__c');
    expect(await bench.connector.fields?.hidden?.('lead', ['Tandem_Url__c', 'Nowhere__c', 'City'])).toEqual([
      'Tandem_Url__c',
    ]);
    security.mayGrant = true;
    expect(await bench.connector.fields?.create([LINK])).toEqual([{ ok: true, key: 'Tandem_Url__c' }]);
    expect(await bench.connector.fields?.hidden?.('lead', ['Tandem_Url__c'])).toEqual([]);
  });

  test('a user that may not look at the setup is told nothing of hidden fields, and makes none', async () => {
    const refuse = () => Response.json([{ message: '', errorCode: 'INVALID_TYPE' }], { status: 400 });
    const { connector } = open(({ url }) =>
      /FROM (PermissionSetAssignment|FieldDefinition)/.test(url.searchParams.get('q') ?? '') ? refuse() : null,
    );
    expect(await connector.fields?.create([LINK])).toMatchObject([{ ok: false, fault: { reason: 'no_permission' } }]);
    expect(await connector.fields?.hidden?.('lead', ['Tandem_Url__c'])).toEqual([]);
  });

  test('the check tells what may be created and changed, object by object; one that is not shown may not be read', async () => {
    const bench = open();
    bench.emulator.state.security.rights.Contact = { createable: false, updateable: false, deletable: true };
    expect(await bench.connector.check()).toMatchObject({
      rights: {
        lead: { object: 'Lead', create: true, update: true },
        contact: { object: 'Contact', create: false, update: false },
      },
      findings: [],
    });
    const unseen = open(({ url }) =>
      url.pathname.endsWith('/Contact/describe')
        ? Response.json([{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }], { status: 404 })
        : null,
    );
    expect((await unseen.connector.check()).findings).toEqual([
      { level: 'error', code: 'missing_right', params: { object: 'Contact' } },
    ]);
    await expect(unseen.connector.describe()).rejects.toMatchObject({ kind: 'forbidden' });
  });
});
