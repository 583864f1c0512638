import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { openTestStore } from '../../../test/support/database.ts';
import type { Store } from '../../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('what somebody types into a form’s preview is no change, and no line of the audit log; saving it is one', async () => {
  const { call, keyFor } = openApi(store);
  const key = await keyFor({ role: 'admin' });
  expect((await call('POST', '/api/v1/forms/preview', { key, body: { name: 'Talk' } })).status).toBe(200);
  expect((await call('POST', '/api/v1/contacts/lookup', { key, body: { emails: [] } })).status).toBe(200);
  expect((await call('POST', '/api/v1/forms', { key, body: { name: 'Talk' } })).status).toBe(201);
  const { items } = (await (await call('GET', '/api/v1/audit', { key })).json()) as { items: { action: string }[] };
  expect(items.map((one) => one.action)).toEqual(['POST /forms']);
});

test('a key that would have ended before it was made is refused', async () => {
  const { call, keyFor, clock } = openApi(store);
  const key = await keyFor({ role: 'admin' });
  const make = (at: number) =>
    call('POST', '/api/v1/api-keys', {
      key,
      body: { name: 'Reader', scopes: ['contacts:read'], expiresAt: new Date(at).toISOString() },
    });
  const refused = await make(clock.now());
  expect(refused.status).toBe(422);
  expect(((await refused.json()) as { errors: { path: string; code: string }[] }).errors).toMatchObject([
    { path: 'expiresAt', code: 'in_the_past' },
  ]);
  const made = await make(clock.now() + 60_000);
  expect(made.status).toBe(201);
  const { key: reader } = (await made.json()) as { key: string };
  expect((await call('GET', '/api/v1/contacts', { key: reader })).status).toBe(200);
  clock.advance(60_000);
  expect((await call('GET', '/api/v1/contacts', { key: reader })).status).toBe(401);
});
