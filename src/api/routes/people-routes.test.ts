import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { openTestStore } from '../../../test/support/database.ts';
import type { Store } from '../../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

interface Crm {
  readonly id: string;
  readonly kinds: readonly string[];
  readonly notes: Readonly<Record<string, string>>;
  readonly syncField: string | null;
  readonly supported: boolean;
}

test('each CRM stands in the list once, in the article’s order, with what its kinds are in the reader’s language', async () => {
  const { call, keyFor } = openApi(store);
  const key = await keyFor({ role: 'admin' });
  const crms = async (language: string): Promise<readonly Crm[]> => {
    const response = await call('GET', '/api/v1/crms', { key, headers: { 'accept-language': language } });
    return ((await response.json()) as { items: readonly Crm[] }).items;
  };
  const list = await crms('en');
  expect(list.map((crm) => crm.id)).toEqual(['salesforce', 'pipedrive', 'zoho', 'hubspot', 'zendesk-sell', 'sap-c4c']);
  for (const crm of list.filter((one) => one.supported)) expect(Object.keys(crm.notes)).toEqual([...crm.kinds]);
  expect(list[0]?.notes['lead']).toContain('the object Lead');
  expect((await crms('fr'))[0]?.notes['lead']).toContain('l’objet Lead');
  expect(list[0]?.syncField).toBe('Sync_To_Tandem__c');
});
