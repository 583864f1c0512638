import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { openTestStore } from '../../../test/support/database.ts';
import { START } from '../../../test/support/engine.ts';
import { createHubSpotEmulator } from '../../connectors/hubspot/emulator/emulator.ts';
import { drainConnection } from '../../engine/worker.ts';
import { manualClock } from '../../platform/clock.ts';
import type { Store } from '../../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('what is pasted leads to its page: a CRM’s link, an address, an id of ours; the rest is searched', async () => {
  const crm = createHubSpotEmulator({ clock: manualClock(START) });
  const { call, deps, keyFor } = openApi(store, crm.request);
  const admin = await keyFor({ role: 'admin' });
  const sales = await keyFor({ role: 'sales' });
  const [ada = ''] = crm.world.seed([{ email: 'ada@example.com', first_name: 'Ada' }], 'lead');
  const [nobody = ''] = crm.world.seed([{ first_name: 'Noah', last_name: 'Nomail' }], 'lead');
  const body = {
    name: 'sales',
    crm: 'hubspot',
    enabled: true,
    credentials: { method: 'token', accessToken: crm.token },
  };
  const { id } = (await (await call('POST', '/api/v1/connections', { key: admin, body })).json()) as { id: string };
  const started = await call('POST', `/api/v1/connections/${id}/runs`, { key: admin, body: { mode: 'changes' } });
  const { runs } = (await started.json()) as { runs: { id: string }[] };
  await drainConnection(deps.engine, id, 'test');
  const link = await store.db.selectFrom('links').select(['contact_id', 'crm_url']).executeTakeFirstOrThrow();
  const page = `/contacts/${link.contact_id}`;
  const find = async (q: string, key = admin) =>
    (await call('GET', `/api/v1/find?q=${encodeURIComponent(q)}`, { key })).json();
  const contact = { kind: 'contact', path: page, label: 'ada@example.com' };
  for (const text of [
    link.crm_url ?? 'none',
    ada,
    `https://app.hubspot.com/contacts/1/record/0-1/${ada}?utm=x`,
    ' Ada <ADA@example.com>',
    link.contact_id ?? 'none',
    `https://tandem.example.com${page}`,
  ]) {
    expect(await find(text), text).toEqual(contact);
    expect(await find(text, sales), text).toEqual(contact);
  }
  const run = runs[0]?.id ?? '';
  expect(await find(run)).toEqual({
    kind: 'run',
    path: `/crm?tab=history&connection=sales&run=${run}`,
    label: 'sales',
  });
  // Somebody in the CRM who could not come in is told with the reason by the search for the name.
  expect(await find(nobody)).toMatchObject({ kind: 'record', path: '/contacts?q=Noah+Nomail' });
  // A rep sees contacts only.
  expect(await find(run, sales)).toMatchObject({ kind: 'search' });
  expect(await find(nobody, sales)).toMatchObject({ kind: 'search' });
  expect(await find('Ada Lovelace')).toEqual({
    kind: 'search',
    path: '/contacts?q=Ada+Lovelace',
    label: 'Ada Lovelace',
  });
  expect((await call('GET', '/api/v1/find?q=', { key: admin })).status).toBe(422);
});
