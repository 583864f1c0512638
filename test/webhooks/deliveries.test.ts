import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGuardedFetch } from '../../src/platform/guarded-fetch.ts';
import { beQuiet, endQuiet } from '../../src/store/quiet.ts';
import { makeDeliveries } from '../../src/webhooks/make-deliveries.ts';
import { deliverDue } from '../../src/webhooks/start-webhooks.ts';
import { openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';

interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly type: string;
  readonly state: string;
  readonly tries: number;
  readonly nextTryAt: string | null;
  readonly answer: number | null;
  readonly error: string | null;
}

describeEachDatabase('webhooks are delivered', (open) => {
  let api: ReturnType<typeof openApi>;
  let key: string;
  let receiver: Receiver;
  beforeEach(async () => {
    await emptyStore(open());
    receiver = await startReceiver();
    api = openApi(open(), createGuardedFetch({ allowHosts: ['127.0.0.1'], allowPrivateHosts: false }));
    // The standard's library compares the time stamp with the machine's own clock.
    api.clock.advance(Date.now() - api.clock.now());
    key = await api.keyFor({ role: 'admin' });
  });
  afterEach(() => receiver.stop());

  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await api.call(method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
    expect(response.status, await response.clone().text()).toBeLessThan(300);
    // Compared with the contract by `checkAnswers`.
    return (await response.json()) as T;
  };
  const subscribe = (types: readonly string[] = ['contact.created', 'contact.changed']) =>
    json<{ id: string; secret: string }>('POST', '/webhooks', { url: `${receiver.url}/hear`, types });
  const deliveries = async (id: string): Promise<readonly Delivery[]> =>
    (await json<{ items: Delivery[] }>('GET', `/webhooks/${id}/deliveries`)).items;
  const addAda = () =>
    json<{ id: string }>('POST', '/contacts', { fields: { email: 'ada@example.com', city: 'Paris' } });
  const tell = () => deliverDue(api.deps.engine);
  const last = (): Received => receiver.received.at(-1) ?? { path: '', headers: {}, body: '' };

  test('[R86] verified by the standard’s own library, tried again after a 500 with the same id, sent again by hand, ended by a 410', async () => {
    const { id, secret } = await subscribe();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    receiver.answers = [{ status: 500 }, { status: 204 }];
    const ada = await addAda();
    await tell();
    const verified = new Webhook(secret).verify(last().body, last().headers);
    expect(verified).toMatchObject({
      id: last().headers['webhook-id'],
      type: 'contact.created',
      data: { contact: { id: ada.id, email: 'ada@example.com', fields: { city: 'Paris' }, score: 0 } },
    });
    expect(() => new Webhook(secret).verify(last().body.replace('Paris', 'Rome'), last().headers)).toThrow();
    expect(await deliveries(id)).toMatchObject([{ state: 'queued', tries: 1, answer: 500, type: 'contact.created' }]);
    await tell();
    expect(receiver.received).toHaveLength(1);
    api.clock.advance(5_000);
    await tell();
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
    expect(receiver.received[1]?.headers['webhook-id']).toBe(receiver.received[0]?.headers['webhook-id']);
    new Webhook(secret).verify(last().body, last().headers);
    const [delivered] = await deliveries(id);
    expect(delivered).toMatchObject({ state: 'delivered', tries: 2, answer: 204, error: null });

    const again = await json<Delivery>('POST', `/webhooks/${id}/deliveries/${delivered?.id}/send`);
    expect(again).toMatchObject({ state: 'delivered', tries: 1, event: delivered?.event });
    expect(receiver.received).toHaveLength(3);
    new Webhook(secret).verify(last().body, last().headers);

    receiver.answers = [{ status: 410 }];
    await json('PATCH', `/contacts/${ada.id}`, { fields: { city: 'Rome' } });
    await tell();
    expect(await json('GET', `/webhooks/${id}`)).toMatchObject({ enabled: false, endedWhy: 'gone' });
    await json('PATCH', `/contacts/${ada.id}`, { fields: { city: 'Oslo' } });
    await tell();
    expect(receiver.received).toHaveLength(4);
    const refused = await api.call('POST', `/api/v1/webhooks/${id}/deliveries/${delivered?.id}/send`, { key });
    expect(refused.status).toBe(409);
    receiver.answers = [{ status: 200 }];
    await json('PATCH', `/webhooks/${id}`, { enabled: true });
    await json('PATCH', `/contacts/${ada.id}`, { fields: { city: 'Bern' } });
    await tell();
    expect(receiver.received).toHaveLength(5);
  });

  test('[R86] tried for a day with growing pauses, and never after', async () => {
    const { id } = await subscribe();
    receiver.answers = [{ status: 503 }];
    await addAda();
    const waits: number[] = [];
    for (let tries = 0; tries < 40; tries += 1) {
      await tell();
      const [one] = await deliveries(id);
      if (one?.state !== 'queued') break;
      const wait = Date.parse(one.nextTryAt ?? '') - api.clock.now();
      waits.push(wait);
      api.clock.advance(wait);
    }
    expect(waits.slice(0, 4)).toEqual([5_000, 30_000, 120_000, 600_000]);
    expect(waits.every((wait, index) => index === 0 || wait >= (waits[index - 1] ?? 0))).toBe(true);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(86_400_000);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(70_000_000);
    expect(await deliveries(id)).toMatchObject([{ state: 'failed', answer: 503, tries: waits.length + 1 }]);
    api.clock.advance(86_400_000);
    await tell();
    expect(receiver.received).toHaveLength(waits.length + 1);
  });

  test('[R86] a receiver that refuses everything is asked with one delivery at a time, and waited for when it says how long', async () => {
    const { id } = await subscribe();
    receiver.answers = [{ status: 429, headers: { 'retry-after': '120' } }, { status: 200 }];
    await addAda();
    await tell();
    for (let index = 0; index < 20; index += 1)
      await json('POST', '/contacts', { fields: { email: `p${index}@example.com` } });
    api.clock.advance(100_000);
    await tell();
    expect(receiver.received).toHaveLength(1);
    api.clock.advance(20_000);
    await tell();
    expect(receiver.received).toHaveLength(22);
    expect((await deliveries(id)).every((one) => one.state === 'delivered')).toBe(true);
  });

  test('[R86] for a day both secrets sign, then the new one alone', async () => {
    const { id, secret } = await subscribe();
    const { secret: next } = await json<{ secret: string }>('POST', `/webhooks/${id}/rotate`);
    await addAda();
    await tell();
    for (const one of [secret, next]) new Webhook(one).verify(last().body, last().headers);
    api.clock.advance(86_400_000);
    const tried = await json<Delivery & { body: string }>('POST', `/webhooks/${id}/test`);
    expect(tried).toMatchObject({ type: 'webhook.test', state: 'delivered', answer: 200 });
    expect(last().headers['webhook-signature']?.split(' ')).toHaveLength(1);
    expect(last().body).toBe(tried.body);
    expect(JSON.stringify(await json('GET', '/webhooks'))).not.toContain('whsec');
  });

  test('[R86] one that a dead process took is sent by the next, with the same id', async () => {
    const { id } = await subscribe();
    await addAda();
    await makeDeliveries(api.deps.engine);
    const [before] = await deliveries(id);
    await open()
      .db.updateTable('webhook_deliveries')
      .set({ status: 'sending', tries: 1, taken_until: api.clock.now() + 60_000 })
      .execute();
    await tell();
    expect(receiver.received).toEqual([]);
    api.clock.advance(60_000);
    await tell();
    expect(receiver.received.map((one) => one.headers['webhook-id'])).toEqual([before?.event]);
  });

  test('[R86] two processes at once send each message once', async () => {
    await subscribe();
    for (let index = 0; index < 30; index += 1)
      await json('POST', '/contacts', { fields: { email: `p${index}@example.com` } });
    await Promise.all([tell(), tell(), tell()]);
    await tell();
    const ids = receiver.received.map((one) => one.headers['webhook-id']);
    expect(new Set(ids).size).toBe(30);
    expect(ids).toHaveLength(30);
  });

  test('[R86] a 410 of an address that was left meanwhile ends nothing', async () => {
    const { id } = await subscribe();
    receiver.answers = [{ status: 410 }];
    await addAda();
    await makeDeliveries(api.deps.engine);
    const engine = api.deps.engine;
    // While the old address is being asked, the webhook gets another one.
    const moving: typeof engine.fetch = async (url, init) => {
      await json('PATCH', `/webhooks/${id}`, { url: `${receiver.url}/new` });
      return engine.fetch(url, init);
    };
    await deliverDue({ ...engine, fetch: moving });
    expect(await json('GET', `/webhooks/${id}`)).toMatchObject({ enabled: true, endedWhy: null });
  });

  test('[R87] a key that has run out is sent nothing more, what waits included', async () => {
    const expiresAt = new Date(api.clock.now() + 60_000).toISOString();
    const made = await json<{ key: string }>('POST', '/api-keys', {
      name: 'short',
      scopes: ['contacts:read', 'webhooks:write'],
      expiresAt,
    });
    const body = { url: `${receiver.url}/hear`, types: ['contact.created'] };
    expect((await api.call('POST', '/api/v1/webhooks', { key: made.key, body })).status).toBe(201);
    await addAda();
    await makeDeliveries(api.deps.engine);
    api.clock.advance(120_000);
    await tell();
    expect(receiver.received).toEqual([]);
  });

  test('[R41] nothing leaves a quiet instance, and a test says so', async () => {
    const { id } = await subscribe();
    await beQuiet(open().db, api.clock.now());
    await addAda();
    await tell();
    expect(receiver.received).toEqual([]);
    expect((await api.call('POST', `/api/v1/webhooks/${id}/test`, { key })).status).toBe(409);
    await endQuiet(open().db);
    await tell();
    expect(receiver.received).toHaveLength(1);
  });

  test('[R86] a private address that is not allowed is refused when it is called, a redirect is not followed', async () => {
    const { id } = await json<{ id: string }>('POST', '/webhooks', {
      url: 'https://127.0.0.2:9/hear',
      types: ['contact.created'],
    });
    expect(await json('POST', `/webhooks/${id}/test`)).toMatchObject({ state: 'queued', error: 'forbidden_address' });
    const other = await subscribe();
    receiver.answers = [{ status: 302, headers: { location: 'http://169.254.169.254/' } }];
    expect(await json('POST', `/webhooks/${other.id}/test`)).toMatchObject({ error: 'redirect', answer: 302 });
    expect(receiver.received).toHaveLength(1);
  });
});
