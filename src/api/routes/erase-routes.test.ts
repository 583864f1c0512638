import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { fetchOf, openCrm } from '../../../test/support/crms.ts';
import { emptyStore, openTestStore } from '../../../test/support/database.ts';
import { START, syncNow } from '../../../test/support/engine.ts';
import { createConnection, updateConnection } from '../../engine/connections.ts';
import { drainConnection } from '../../engine/worker.ts';
import { manualClock } from '../../platform/clock.ts';
import type { Store } from '../../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const EMAIL = 'ada@planted.example';

async function openWorld() {
  const clock = manualClock(START);
  const crms = [openCrm('salesforce', { clock }), openCrm('sap-c4c', { clock })] as const;
  const api = openApi(store, fetchOf(crms));
  const { engine } = api.deps;
  const records: string[] = [];
  for (const { crm, emulator, settings } of crms) {
    records.push(...emulator.world.seed([{ email: EMAIL, last_name: 'Planted', company: 'Acme' }], 'lead'));
    const { id } = await createConnection(engine, { name: `my-${crm}`, crm, enabled: true, ...settings }, 'api');
    api.clock.advance(60_000);
    await syncNow(engine, id);
  }
  const contact = await store.db.selectFrom('contacts').select('id').executeTakeFirstOrThrow();
  const admin = await api.keyFor({ role: 'admin' });
  const [record = '', other = ''] = records;
  const erase = (body: object, headers: Record<string, string> = {}) =>
    api.call('POST', `/api/v1/contacts/${EMAIL}/erase`, { key: admin, body: { email: EMAIL, ...body }, headers });
  return { ...api, engine, admin, contactId: contact.id, record, other, erase, salesforce: crms[0].emulator };
}

test('[R18] an administrator sees what deleting means in each CRM; nobody else may erase or look', async () => {
  const { call, admin, keyFor, contactId, record, engine } = await openWorld();
  await updateConnection(engine, 'my-salesforce', { enabled: false }, { writtenBy: 'api' });
  const path = `/api/v1/contacts/${contactId}/erase`;
  const { items } = (await (await call('GET', path, { key: admin })).json()) as { items: readonly object[] };
  const info = engine.manifests.get('salesforce')?.deletion;
  expect(items).toContainEqual(
    expect.objectContaining({
      connection: 'my-salesforce',
      crmId: record,
      role: 'primary',
      deletion: { forever: info?.forever !== null || info.binDays === null, binDays: info?.binDays?.value ?? null },
      cannot: null,
      waits: 'off',
    }),
  );
  const marketing = await keyFor({ role: 'marketing' });
  for (const [method, where] of [
    ['GET', path],
    ['POST', path],
    ['GET', '/api/v1/crm-deletions'],
    ['POST', '/api/v1/crm-deletions/1/retry'],
    ['POST', '/api/v1/crm-deletions/1/done'],
  ] as const)
    expect((await call(method, where, { key: marketing, ...(method === 'POST' ? { body: {} } : {}) })).status).toBe(
      403,
    );
});

test('[R18] a record that is not theirs, or cannot be deleted there, is refused by its path, and nobody is erased', async () => {
  const { erase, record, engine } = await openWorld();
  // As with a CRM that documents no way.
  const salesforce = engine.manifests.get('salesforce');
  if (salesforce === undefined) throw new Error('Salesforce is not there');
  const { deletion: _none, ...without } = salesforce;
  const answer = await erase({
    deleteInCrm: [
      { connection: 'my-salesforce', crmId: 'of somebody else' },
      { connection: 'nobody', crmId: record },
    ],
  });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({
    errors: [{ path: 'deleteInCrm.0.crmId' }, { path: 'deleteInCrm.1.crmId' }],
  });
  (engine.manifests as Map<string, typeof salesforce>).set('salesforce', without);
  const refused = await erase({ deleteInCrm: [{ connection: 'my-salesforce', crmId: record }] });
  (engine.manifests as Map<string, typeof salesforce>).set('salesforce', salesforce);
  expect(await refused.json()).toMatchObject({
    errors: [{ path: 'deleteInCrm.0.connection', message: expect.stringContaining('Salesforce documents no way') }],
  });
  expect(await store.db.selectFrom('contacts').select('id').execute()).toHaveLength(1);
});

test('[R18] the answer tells what stays and what goes; afterwards neither the audit log nor a kept answer names them', async () => {
  const { erase, record, other, engine, salesforce, contactId, call, admin } = await openWorld();
  const body = { deleteInCrm: [{ connection: 'my-salesforce', crmId: record }] };
  const answer = await erase(body, { 'idempotency-key': 'once' });
  expect(await answer.json()).toEqual({
    ok: true,
    records: [{ connection: 'my-sap-c4c', crmId: other, url: expect.any(String) }],
    deleting: [{ connection: 'my-salesforce', crmId: record, url: expect.any(String), waits: null }],
  });
  expect((await erase(body, { 'idempotency-key': 'once' })).status).toBe(409);
  const owed = await call('GET', '/api/v1/crm-deletions', { key: admin, headers: { 'accept-language': 'fr' } });
  expect(await owed.json()).toMatchObject({
    items: [{ crmId: record, state: 'waiting', message: expect.stringContaining('prochain passage') }],
    waiting: 1,
    told: 0,
  });
  const connection = await store.db
    .selectFrom('connections')
    .select('id')
    .where('crm', '=', 'salesforce')
    .executeTakeFirstOrThrow();
  await drainConnection(engine, connection.id, 'test');
  expect(salesforce.world.get(record)?.deleted).toBe(true);
  for (const table of ['audit', 'idempotency', 'crm_deletions']) {
    const rows = await sql<{ text: string }>`select to_jsonb(t)::text as text from ${sql.ref(table)} t`.execute(
      store.db,
    );
    for (const word of ['planted', record, contactId])
      expect([table, rows.rows.filter(({ text }) => text.includes(word))]).toEqual([table, []]);
  }
  const lines = await store.db.selectFrom('audit').select('action').orderBy('id').execute();
  expect(lines.map((line) => line.action)).toEqual([
    'POST /contacts/{id}/erase',
    'delete lead in my-salesforce: deleted',
  ]);
});

test('[R18] what the CRM refuses is told in words, counted for administrators, tried again and ticked off', async () => {
  const { erase, record, engine, salesforce, call, admin, keyFor } = await openWorld();
  salesforce.world.deletion?.protect(record);
  await erase({ deleteInCrm: [{ connection: 'my-salesforce', crmId: record }] });
  const connection = await store.db
    .selectFrom('connections')
    .select('id')
    .where('crm', '=', 'salesforce')
    .executeTakeFirstOrThrow();
  const serve = () => drainConnection(engine, connection.id, 'test');
  await serve();
  const list = async () =>
    (await (await call('GET', '/api/v1/crm-deletions', { key: admin })).json()) as {
      items: readonly { id: string; message: string; canRetry: boolean; url: string }[];
    };
  const [one] = (await list()).items;
  expect(one).toMatchObject({ state: 'told', why: 'refused', canRetry: true, url: expect.stringContaining(record) });
  expect(one?.message).toContain('Salesforce did not delete the record of the erased person');
  const told = async (key: string): Promise<unknown> =>
    ((await (await call('GET', '/api/v1/status', { key })).json()) as { deletions: number }).deletions;
  expect([await told(admin), await told(await keyFor({ role: 'marketing' }))]).toEqual([1, 0]);
  const post = (what: string) =>
    call('POST', `/api/v1/crm-deletions/${one?.id}/${what}`, { key: admin, body: {} }).then(({ status }) => status);
  expect(await post('retry')).toBe(200);
  expect((await list()).items).toMatchObject([{ state: 'waiting' }]);
  await serve();
  expect(await post('done')).toBe(200);
  expect([(await list()).items, await post('done')]).toEqual([[], 404]);
});
