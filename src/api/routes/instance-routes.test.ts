import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { openTestStore } from '../../../test/support/database.ts';
import type { Store } from '../../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('the instance’s settings have defaults, change part by part, and refuse as a whole with the path of each bad value', async () => {
  const { call, keyFor } = openApi(store);
  const key = await keyFor({ role: 'admin' });
  const read = async (): Promise<unknown> => (await call('GET', '/api/v1/settings', { key })).json();
  const save = (body: unknown) => call('PATCH', '/api/v1/settings', { key, body });
  expect(await read()).toMatchObject({ timeZone: 'UTC', retention: { runs: 400 }, score: { decay: null } });
  expect((await save({ timeZone: 'Europe/Paris', retention: { runs: 100 } })).status).toBe(200);
  expect((await save({ score: { decay: { days: 30, percent: 10 } } })).status).toBe(200);
  const saved = await read();
  expect(saved).toMatchObject({
    timeZone: 'Europe/Paris',
    retention: { runs: 100, events: 400 },
    score: { phases: { evaluation: 20, purchase: 40 }, decay: { days: 30, percent: 10 } },
  });
  const refused = await save({
    timeZone: 'Mars/Base',
    sites: ['https://example.com/path', 'javascript:alert(1)', 'https://a;script-src', 'https://a.example'],
    score: { phases: { evaluation: 40, purchase: 40 } },
    retention: { runs: 0 },
    colour: 'red',
  });
  expect(refused.status).toBe(422);
  const { errors } = (await refused.json()) as { errors: { path: string }[] };
  expect(errors.map((one) => one.path).sort()).toEqual([
    'colour',
    'retention.runs',
    'score.phases.purchase',
    'sites.0',
    'sites.1',
    'sites.2',
    'timeZone',
  ]);
  expect(await read()).toEqual(saved);
  expect((await save({ score: { decay: null } })).status).toBe(200);
  expect(await read()).toMatchObject({ score: { decay: null } });
});

test('set-up takes zone and language from the browser of the first administrator', async () => {
  const { call, deps, keyFor } = openApi(store);
  const code = await deps.signIn.createSetupCode();
  const body = {
    code,
    email: 'ada@example.com',
    password: 'correct horse battery',
    locale: 'fr-FR',
    timeZone: 'Europe/Brussels',
  };
  expect((await call('POST', '/api/v1/setup', { body })).status).toBe(200);
  const settings = await (await call('GET', '/api/v1/settings', { key: await keyFor({ role: 'sales' }) })).json();
  expect(settings).toMatchObject({ timeZone: 'Europe/Brussels', locale: 'fr' });
});
