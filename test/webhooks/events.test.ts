import { type KyselyPlugin, sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endRun } from '../../src/engine/run-sync.ts';
import { applyWaiting } from '../../src/engine/submissions.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import type { Trx } from '../../src/store/db.ts';
import { deliverDue } from '../../src/webhooks/start-webhooks.ts';
import { openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { makeForm, submit } from '../support/forms.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

interface Message {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

describeEachDatabase('what webhooks tell', (open) => {
  let api: ReturnType<typeof openApi>;
  let key: string;
  let receiver: Receiver;
  beforeEach(async () => {
    await emptyStore(open());
    receiver = await startReceiver();
    api = openApi(open(), fetch, { TANDEM_ALLOW_HOSTS: '127.0.0.1' });
    key = await api.keyFor({ role: 'admin' });
  });
  afterEach(() => receiver.stop());

  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await api.call(method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
    expect(response.status, await response.clone().text()).toBeLessThan(300);
    // Compared with the contract by `checkAnswers`.
    return (await response.json()) as T;
  };
  const subscribe = (types: readonly string[], more: object = {}) =>
    json<{ id: string }>('POST', '/webhooks', { url: receiver.url, types, ...more });
  /** What arrived since the last look. */
  const heard = async (): Promise<readonly Message[]> => {
    await deliverDue(api.deps.engine);
    return receiver.received.splice(0).map((one) => JSON.parse(one.body) as Message);
  };
  const add = (email: string, fields: object = {}) =>
    json<{ id: string }>('POST', '/contacts', { fields: { email, ...fields } });
  const save = (trx: Trx, count: number, city: string) =>
    saveContacts(
      trx,
      Array.from({ length: count }, (_, index) => ({ fields: { email: `p${index}@example.com`, city } })),
      { by: 'api', at: api.clock.now(), newId: () => api.deps.engine.ids.next('ct'), mode: 'upsert' },
    );

  test('[R85] a page of 1,000 changed people costs as many statements as one of ten, and each of them is told once', async () => {
    await subscribe(['contact.changed']);
    await open().transaction((trx) => save(trx, 1_000, 'Paris'));
    const statementsOf = async (count: number, city: string): Promise<number> => {
      let statements = 0;
      const counting: KyselyPlugin = {
        transformQuery: ({ node }) => {
          statements += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      // A transaction with a plugin is one.
      await open().transaction((trx) => save(trx.withPlugin(counting) as Trx, count, city));
      return statements;
    };
    const few = await statementsOf(10, 'Rome');
    expect(few).toBeGreaterThan(3);
    expect(await statementsOf(1_000, 'Oslo')).toBe(few);
    const messages = await heard();
    expect(messages).toHaveLength(1_000);
    expect(new Set(messages.map((one) => one.id)).size).toBe(1_000);
    expect(messages[0]).toMatchObject({ type: 'contact.changed', data: { changed: ['city'] } });
  });

  test('[R85] the event is there with the change or not at all', async () => {
    await subscribe(['contact.created']);
    const failing = open().transaction(async (trx) => {
      await save(trx, 3, 'Paris');
      throw new Error('cut');
    });
    await expect(failing).rejects.toThrow('cut');
    expect(await heard()).toEqual([]);
    await open().transaction((trx) => save(trx, 3, 'Paris'));
    expect(await heard()).toHaveLength(3);
  });

  test('[R85] changes that wait are told as one, what is written while a person is made belongs to making them', async () => {
    await subscribe(['contact.created', 'contact.changed']);
    const { id } = await add('ada@example.com', { city: 'Paris' });
    expect((await heard()).map((one) => one.type)).toEqual(['contact.created']);
    api.clock.advance(1);
    await json('PATCH', `/contacts/${id}`, { fields: { city: 'Rome' } });
    await json('PATCH', `/contacts/${id}`, { fields: { phone: '+33 1 23 45 67 89' } });
    expect(await heard()).toMatchObject([
      { data: { changed: ['city', 'phone'], contact: { fields: { city: 'Rome', phone: '+33 1 23 45 67 89' } } } },
    ]);
    await json('PATCH', `/contacts/${id}`, { fields: { city: 'Rome' } });
    expect(await heard()).toEqual([]);
    // Each further change is told, too, as a change and as nothing else.
    for (const city of ['Oslo', 'Bern']) {
      api.clock.advance(1);
      await json('PATCH', `/contacts/${id}`, { fields: { city } });
      expect(await heard()).toMatchObject([{ type: 'contact.changed', data: { changed: ['city'] } }]);
    }
  });

  test('[R85] a score is told when it rises to the webhook’s own mark, and once', async () => {
    await json('POST', '/score-rules', { name: 'Demo', onEvent: 'demo', points: 30 });
    await json('POST', '/score-rules', { name: 'Job', condition: { field: 'job_title', op: 'filled' }, points: 10 });
    await subscribe(['score.reached'], { minimumScore: 40 });
    const { id } = await add('ada@example.com', { job_title: 'Boss' });
    expect(await heard()).toEqual([]);
    await json('POST', '/events', { events: [{ type: 'demo', contactId: id }] });
    expect(await heard()).toMatchObject([
      { type: 'score.reached', data: { score: { from: 10, to: 40 }, contact: { id, score: 40 } } },
    ]);
    await json('POST', '/events', { events: [{ type: 'demo', contactId: id }] });
    expect(await heard()).toEqual([]);
  });

  test('[R85] forms and downloads are told with what was entered and taken', async () => {
    await subscribe(['form.submitted', 'content.downloaded']);
    const form = await makeForm(api, key, { fields: [{ field: 'email', required: true }, { field: 'company' }] });
    await submit(api, form, { email: 'ada@example.com', company: 'Engines' });
    await applyWaiting(api.deps.engine);
    const [told, ...others] = await heard();
    expect(others).toEqual([]);
    expect(told).toMatchObject({
      type: 'form.submitted',
      data: {
        contact: { email: 'ada@example.com' },
        submission: { form: { id: form.id, name: 'Contact us' }, fields: { company: 'Engines' } },
      },
    });
    const download = { id: 'd1', type: 'download', email: 'ada@example.com', data: { name: 'prices.pdf' } };
    await json('POST', '/events', { events: [download] });
    await json('POST', '/events', { events: [download, { type: 'visit', email: 'ada@example.com' }] });
    expect(await heard()).toMatchObject([{ type: 'content.downloaded', data: { download: { name: 'prices.pdf' } } }]);
  });

  test('[R85] an event that stands twice in one call, or was recorded before at another time, is told as often as it is recorded', async () => {
    await add('ada@example.com');
    await subscribe(['form.submitted']);
    api.clock.advance(120_000);
    const [first, second] = [api.clock.now() - 60_000, api.clock.now()].map((at) => ({
      id: 'f-1',
      type: 'form',
      email: 'ada@example.com',
      at: new Date(at).toISOString(),
    }));
    const record = async (events: readonly unknown[]) =>
      (await json<{ items: { outcome: string }[] }>('POST', '/events', { events })).items.map((one) => one.outcome);
    expect(await record([first, first])).toEqual(['recorded', 'duplicate']);
    expect(await heard()).toHaveLength(1);
    expect(await record([first, second])).toEqual(['duplicate', 'recorded']);
    expect(await heard()).toHaveLength(1);
  });

  test('[R85] an event with an id and no time counts and is told once, however late and often it is sent again', async () => {
    await add('ada@example.com');
    await subscribe(['content.downloaded']);
    const record = async () =>
      (
        await json<{ items: { outcome: string }[] }>('POST', '/events', {
          events: [{ id: 'order-1', type: 'download', email: 'ada@example.com', data: { file: 'guide' } }],
        })
      ).items.map((one) => one.outcome);
    expect(await record()).toEqual(['recorded']);
    expect(await heard()).toHaveLength(1);
    api.clock.advance(40 * 24 * 60 * 60 * 1000);
    expect(await record()).toEqual(['duplicate']);
    expect(await Promise.all([record(), record()])).toEqual([['duplicate'], ['duplicate']]);
    expect(await heard()).toHaveLength(0);
  });

  test('[R85] what happened before a webhook was made is told when it is accepted after', async () => {
    await add('ada@example.com');
    const happenedAt = new Date(api.clock.now() - 3_600_000).toISOString();
    await subscribe(['content.downloaded']);
    await json('POST', '/events', {
      events: [{ id: 'late-1', type: 'download', email: 'ada@example.com', at: happenedAt, data: { file: 'guide' } }],
    });
    const told = await heard();
    expect(told).toHaveLength(1);
  });

  test('[R85] [R18] who was deleted, merged or erased is told by id alone, and an erased person leaves no message behind', async () => {
    await subscribe(['contact.created', 'contact.erased']);
    const [ada, bob, eve] = [await add('ada@example.com'), await add('bob@example.com'), await add('eve@example.com')];
    expect(await heard()).toHaveLength(3);
    await json('POST', '/contacts/merge', { into: ada.id, from: bob.id });
    api.clock.advance(1);
    await json('DELETE', `/contacts/${eve.id}`);
    // Up to ten messages are under way at once, and arrive as they like.
    const told = (await heard()).map((one) => one.data).sort((a, b) => (String(a['why']) < String(b['why']) ? -1 : 1));
    expect(told).toEqual([
      { id: eve.id, why: 'deleted' },
      { id: bob.id, why: 'merged', into: ada.id },
    ]);
    api.clock.advance(1_000);
    await json('POST', `/contacts/${ada.id}/erase`, { email: 'ada@example.com' });
    const left = await open().db.selectFrom('webhook_events').selectAll().execute();
    expect(JSON.stringify(left)).not.toContain('ada@');
    expect((await heard()).map((one) => one.data)).toEqual([{ id: ada.id, why: 'erased' }]);
  });

  test('[R85] the end of a run is told, a preview’s is not; a connection that stops and works again is told once each', async () => {
    await subscribe(['run.finished', 'connection.stopped', 'connection.recovered']);
    const at = api.clock.now();
    await sql`insert into connections (id, name, crm, settings, enabled, account_id, created_at, updated_at)
      values ('con_1', 'sales', 'hubspot', ${JSON.stringify({})}::jsonb, true, 'acc', ${at}, ${at})`.execute(open().db);
    for (const [id, dryRun] of [
      ['run_1', false],
      ['run_2', true],
    ] as const)
      await sql`insert into runs (id, connection_id, connection_name, direction, trigger, mode, status, batch, dry_run, created_at)
        values (${id}, 'con_1', 'sales', 'toHub', 'api', 'changes', 'running', 'b', ${dryRun}, ${at})`.execute(
        open().db,
      );
    const run = (id: string, dryRun: boolean) =>
      ({
        id,
        connectionId: 'con_1',
        direction: 'toHub',
        trigger: 'api',
        mode: 'changes',
        dryRun,
        emails: null,
        approval: null,
        parity: null,
        lines: null,
        undo: null,
      }) as const;
    await endRun(api.deps.engine, run('run_1', false), { status: 'succeeded', calls: 3 });
    await endRun(api.deps.engine, run('run_2', true), { status: 'succeeded' });
    expect(await heard()).toMatchObject([
      { type: 'run.finished', data: { run: { id: 'run_1', connection: 'sales', status: 'succeeded' } } },
    ]);
    await sql`update connections set paused_reason = 'auth', paused_at = ${at}`.execute(open().db);
    expect(await heard()).toMatchObject([
      { type: 'connection.stopped', data: { connection: { name: 'sales' }, reason: 'auth' } },
    ]);
    expect(await heard()).toEqual([]);
    await sql`update connections set paused_reason = null`.execute(open().db);
    expect((await heard()).map((one) => one.type)).toEqual(['connection.recovered']);
    expect(await heard()).toEqual([]);
  });

  test('[R87] who may have webhooks: administrators all of them, a key its own, and no more than it may read', async () => {
    const post = (by: string, body: object) =>
      api.call('POST', '/api/v1/webhooks', {
        key: by,
        body: { url: receiver.url, types: ['contact.created'], ...body },
      });
    const marketing = await api.keyFor({ role: 'marketing' });
    expect((await post(marketing, {})).status).toBe(403);
    const zapier = await api.keyFor({ scopes: ['contacts:read', 'webhooks:write'] });
    const refused = await post(zapier, { types: ['contact.created', 'run.finished'] });
    expect(await refused.json()).toMatchObject({ status: 422, errors: [{ path: 'types.1', code: 'needs_scope' }] });
    const theirs = (await (await post(zapier, {})).json()) as { id: string };
    const ours = await subscribe(['contact.created']);
    const list = async (by: string) =>
      ((await (await api.call('GET', '/api/v1/webhooks', { key: by })).json()) as { items: { id: string }[] }).items;
    expect((await list(zapier)).map((one) => one.id)).toEqual([theirs.id]);
    expect((await list(key)).map((one) => one.id).sort()).toEqual([theirs.id, ours.id].sort());
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ])
      expect((await api.call(method ?? '', `/api/v1/webhooks/${ours.id}${path}`, { key: zapier })).status).toBe(404);
    const keys = await json<{ items: { id: string; scopes: string[] }[] }>('GET', '/api-keys');
    const used = keys.items.find((one) => one.scopes.length === 2);
    await json('DELETE', `/api-keys/${used?.id}`);
    expect(await json('GET', `/webhooks/${theirs.id}`)).toMatchObject({ enabled: false, endedWhy: 'key_revoked' });
  });

  test('[R87] each bad value is named: address, types, score', async () => {
    const problems = async (body: object) =>
      ((await (await api.call('POST', '/api/v1/webhooks', { key, body })).json()) as { errors: { path: string }[] })
        .errors;
    const types = ['contact.created'];
    for (const url of ['nonsense', 'ftp://example.com', 'http://example.com/x', 'https://user:secret@example.com'])
      expect(await problems({ url, types })).toMatchObject([{ path: 'url' }]);
    expect(await problems({ url: receiver.url, types: ['contact.nonsense'] })).toMatchObject([{ path: 'types.0' }]);
    expect(await problems({ url: receiver.url, types: ['score.reached'] })).toMatchObject([{ path: 'minimumScore' }]);
    expect(await problems({ url: receiver.url, types, secret: 'x' })).toMatchObject([{ path: 'secret' }]);
  });
});
