import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { provideZapier } from '../../scripts/test-run/needs.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const folder = join(import.meta.dirname, '..', '..', 'zapier');
const SCOPES = ['contacts:read', 'contacts:write', 'webhooks:write'];

type Perform = (z: unknown, bundle: unknown) => unknown;
interface Operation {
  readonly type?: string;
  readonly perform: Perform;
  readonly performList: Perform;
  readonly performSubscribe: Perform;
  readonly performUnsubscribe: Perform;
  readonly inputFields: readonly unknown[];
  readonly sample: Readonly<Record<string, unknown>>;
}
type Parts = Readonly<Record<string, { readonly operation: Operation }>>;
interface ZapierApp {
  readonly authentication: { readonly test: Perform; readonly connectionLabel: string };
  readonly triggers: Parts;
  readonly creates: Parts;
  readonly searches: Parts;
}
type Item = Readonly<Record<string, unknown>>;
type Tester = (method: Perform, bundle: object) => Promise<unknown>;
interface Platform {
  createAppTester(app: ZapierApp): Tester;
  createAppHandler(app: ZapierApp): (event: { command: string }) => Promise<{ results: unknown }>;
}
interface Schema {
  validateAppDefinition(definition: unknown): { errors: { stack: string }[] };
}

if (!provideZapier()) {
  const isRequired = (process.env['TANDEM_TEST_REQUIRE'] ?? '').includes('zapier');
  const say = isRequired ? test : test.skip;
  say('the Zapier app (left out: its packages could not be installed)', () => {
    throw new Error('the packages of the Zapier app are required and could not be installed');
  });
} else
  describe('the Zapier app', () => {
    let server: LiveServer;
    let zapier: Receiver;
    let app: ZapierApp;
    let platform: Platform;
    let tester: Tester;
    let authData: { address: string; key: string };
    beforeAll(async () => {
      server = await startLiveServer();
      zapier = await startReceiver();
      // Their packages have no place in our own dependencies, so they are found by path; the shapes are those above.
      ({ App: app } = (await import(join(folder, 'index.js'))) as { App: ZapierApp });
      platform = (await import(join(folder, 'node_modules/zapier-platform-core/index.mjs'))) as Platform;
      tester = platform.createAppTester(app);
      await server.running.product.api.signIn.addUser({
        email: 'ada@example.com',
        password: 'correct horse battery',
        role: 'admin',
      });
      const [ada] = await server.running.product.api.signIn.listUsers();
      authData = { address: server.url, key: await server.keyFor({ scopes: SCOPES, by: ada?.id ?? '' }) };
      const { store } = server.running.product.engine;
      await store.db
        .insertInto('score_rules')
        .values({ id: 'r', name: 'Webinar', on_event: 'webinar', condition: null, points: 45, updated_at: 0 })
        .execute();
    });
    afterAll(async () => {
      await zapier.stop();
      await server.stop();
    });
    beforeEach(() => {
      zapier.answers = [{ status: 200 }];
      zapier.received.length = 0;
    });
    const run = (perform: Perform | undefined, more: object = {}): Promise<unknown> => {
      if (perform === undefined) throw new Error('the app lacks it');
      return tester(perform, { authData, inputData: {}, ...more });
    };
    const create = (key: string, inputData: object) =>
      run(app.creates[key]?.operation.perform, { inputData }) as Promise<Item>;
    const api = async <T>(path: string, key = authData.key): Promise<T> => {
      const response = await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
      // Compared with the contract by other tests.
      return (await response.json()) as T;
    };
    const webhooks = async () =>
      (await api<{ items: { id: string; enabled: boolean; endedWhy: string | null }[] }>('/webhooks')).items;
    /** As Zapier does when a Zap is switched on; the webhook hears before anything else happens. */
    const switchOn = async (key: string, inputData: object = {}) =>
      (await run(app.triggers[key]?.operation.performSubscribe, { targetUrl: `${zapier.url}/${key}`, inputData })) as {
        id: string;
      };
    const switchOff = (key: string, subscribeData: object) =>
      run(app.triggers[key]?.operation.performUnsubscribe, { subscribeData });
    /** What the Zap gets of everything that reached Zapier's address. */
    const caught = async (key: string, count = 1): Promise<readonly Item[]> => {
      await expect.poll(() => zapier.received.length).toBeGreaterThanOrEqual(count);
      const found: Item[] = [];
      for (const one of zapier.received.filter(({ path }) => path === `/${key}`))
        found.push(
          ...((await run(app.triggers[key]?.operation.perform, { cleanedRequest: JSON.parse(one.body) })) as Item[]),
        );
      return found;
    };
    const samples = async (key: string, inputData: object = {}) =>
      (await run(app.triggers[key]?.operation.performList, { inputData })) as Item[];

    test('its definition passes the platform’s own validator without a word', async () => {
      const handler = platform.createAppHandler(app);
      expect((await handler({ command: 'validate' })).results).toEqual([]);
      const { default: schema } = (await import(join(folder, 'node_modules/zapier-platform-schema/schema.js'))) as {
        default: Schema;
      };
      const { results: definition } = await handler({ command: 'definition' });
      expect(schema.validateAppDefinition(definition).errors.map((error) => error.stack)).toEqual([]);
      // The validator finds something where there is something.
      const broken = { ...(definition as object), version: 'the first' };
      expect(schema.validateAppDefinition(broken).errors.length).toBeGreaterThan(0);
    });

    test('its keys stand in people’s Zaps, and stay', () => {
      expect(Object.keys(app.triggers)).toEqual([
        'contact_created',
        'contact_changed',
        'score_reached',
        'form_submitted',
        'content_downloaded',
      ]);
      expect(Object.keys(app.creates)).toEqual(['create_or_update_contact', 'log_event']);
      expect(Object.keys(app.searches)).toEqual(['find_contact']);
      expect(Object.values(app.triggers).every(({ operation }) => operation.type === 'hook')).toBe(true);
    });

    test('an address and a key are tried with /me; the connection is called company · user', async () => {
      const me = await run(app.authentication.test);
      expect(me).toEqual({ company: '127.0.0.1', user: 'ada@example.com' });
      expect(app.authentication.connectionLabel).toBe('{{company}} · {{user}}');
      const wrong = (auth: object) => run(app.authentication.test, { authData: { ...authData, ...auth } });
      await expect(wrong({ key: 'tdm_wrong' })).rejects.toThrow('not valid any more');
      await expect(wrong({ address: 'http://tandem.example.com' })).rejects.toThrow('https://tandem.example.com');
      await expect(wrong({ key: await server.keyFor({ role: 'sales' }) })).rejects.toThrow('lacks: contacts:write');
      expect(await run(app.authentication.test, { authData: { ...authData, address: `${server.url}/crm` } })).toEqual(
        me,
      );
    });

    test('an action creates a contact, changes it, and leaves alone what is left empty; the search finds it', async () => {
      const made = await create('create_or_update_contact', {
        email: 'Grace@example.com',
        first_name: 'Grace',
        city: 'Arlington',
      });
      expect(made).toMatchObject({ email: 'Grace@example.com', first_name: 'Grace' });
      const changed = await create('create_or_update_contact', {
        email: 'grace@example.com',
        first_name: '',
        company: 'Navy',
      });
      expect(changed).toMatchObject({ id: made['id'], first_name: 'Grace', company: 'Navy', city: 'Arlington' });
      const find = (email: string) => run(app.searches['find_contact']?.operation.perform, { inputData: { email } });
      expect(await find('GRACE@example.com')).toMatchObject([{ id: made['id'], company: 'Navy' }]);
      expect(await find('nobody@example.com')).toEqual([]);
      await expect(create('create_or_update_contact', { email: 'nonsense' })).rejects.toThrow('e-mail');
      const fields = (await run(app.creates['create_or_update_contact']?.operation.inputFields[1] as Perform)) as {
        key: string;
      }[];
      const keys = fields.map((field) => field.key);
      expect(keys).toEqual(expect.arrayContaining(['first_name', 'opt_out', 'notes']));
      expect(keys).not.toContain('score');
    });

    test('an event is noted once for an id, and nobody’s is refused', async () => {
      await create('create_or_update_contact', { email: 'eva@example.com' });
      const event = { email: 'eva@example.com', type: 'call', name: 'Demo', event_id: 'call-1' };
      const first = await create('log_event', event);
      expect(first).toMatchObject({ outcome: 'recorded' });
      expect(await create('log_event', event)).toEqual(first);
      const eva = await api<{ id: string }>('/contacts/eva@example.com');
      const { items } = await api<{ items: { type: string }[] }>(`/contacts/${eva.id}/timeline`);
      expect(items.filter((one) => one.type === 'call')).toHaveLength(1);
      expect(await create('log_event', { ...event, name: 'Démo' })).toMatchObject({ outcome: 'duplicate' });
      await expect(create('log_event', { email: 'nobody@example.com', type: 'call' })).rejects.toThrow(
        'nobody@example.com',
      );
      // The same webinar of somebody else, who was not there at the first try.
      const late = { email: 'léa@example.com', type: 'call', event_id: 'call-1' };
      await expect(create('log_event', late)).rejects.toThrow('Create it first');
      await create('create_or_update_contact', { email: late.email });
      expect(await create('log_event', late)).toMatchObject({ outcome: 'recorded' });
      expect(await create('log_event', { ...late, event_id: 'Übung – 日本' })).toMatchObject({ outcome: 'recorded' });
    });

    test('contacts: new and changed ones reach a Zap that is on, each with an id of its own, and none that is off', async () => {
      const created = await switchOn('contact_created');
      const changed = await switchOn('contact_changed');
      const { id } = await create('create_or_update_contact', { email: 'ida@example.com', city: 'Paris' });
      expect(await caught('contact_created')).toMatchObject([
        { contact_id: id, email: 'ida@example.com', city: 'Paris' },
      ]);
      zapier.received.length = 0;
      await create('create_or_update_contact', { email: 'ida@example.com', city: 'Rome' });
      const [change] = await caught('contact_changed');
      expect(change).toMatchObject({ contact_id: id, city: 'Rome', changed_fields: 'city' });
      expect(change?.['id']).toMatch(/^msg_/);
      await switchOff('contact_created', created);
      await switchOff('contact_changed', changed);
      await switchOff('contact_changed', changed);
      expect(await webhooks()).toEqual([]);
    });

    test('a score that is reached reaches the Zap once, from the value that it asks for', async () => {
      const on = await switchOn('score_reached', { minimum_score: 40 });
      await create('create_or_update_contact', { email: 'sue@example.com' });
      await create('log_event', { email: 'sue@example.com', type: 'webinar' });
      expect(await caught('score_reached')).toMatchObject([{ email: 'sue@example.com', score: 45, score_before: 0 }]);
      await switchOff('score_reached', on);
    });

    test('forms and downloads reach the Zap, and the editor has samples of them', async () => {
      const forms = await switchOn('form_submitted');
      const downloads = await switchOn('content_downloaded');
      await create('create_or_update_contact', { email: 'flo@example.com' });
      const { store, ids, clock } = server.running.product.engine;
      const { recordEvents } = await import('../../src/hub/record-events.ts');
      const record = (type: string, data: Record<string, string>) =>
        store.transaction((trx) =>
          recordEvents(
            trx,
            [{ id: ids.next('evt'), type, email: 'flo@example.com', at: clock.now(), data }],
            clock.now(),
          ),
        );
      await record('form', { form: 'frm_1', name: 'Contact us' });
      await record('download', { file: 'fil_1', name: 'prices.pdf' });
      await expect.poll(() => zapier.received.length).toBe(2);
      expect(await caught('form_submitted')).toMatchObject([{ email: 'flo@example.com', form_name: 'Contact us' }]);
      expect(await caught('content_downloaded')).toMatchObject([{ email: 'flo@example.com', file_name: 'prices.pdf' }]);
      await switchOff('form_submitted', forms);
      await switchOff('content_downloaded', downloads);
    });

    test('each trigger has samples in the shape of what it sends, each with an id', async () => {
      for (const [key, inputData] of [
        ['contact_created', {}],
        ['contact_changed', {}],
        ['score_reached', { minimum_score: 40 }],
        ['form_submitted', {}],
        ['content_downloaded', {}],
      ] as const) {
        const items = await samples(key, inputData);
        expect(items.length, key).toBeGreaterThan(0);
        expect(new Set(items.map((item) => item['id'])).size, key).toBe(items.length);
        for (const item of items) {
          expect(item, key).toMatchObject({
            contact_id: expect.stringMatching(/^ct_/),
            email: expect.stringContaining('@'),
          });
          expect(typeof item['happened_at'], key).toBe('string');
        }
        const declared = Object.keys(app.triggers[key]?.operation.sample ?? {}).filter(
          (name) => !(name in (items[0] ?? {})),
        );
        expect(
          declared.filter((name) => !['first_name', 'last_name', 'company', 'job_title', 'phone'].includes(name)),
          key,
        ).toEqual([]);
      }
    });

    test('a Zap that is no more answers 410: the subscription ends by itself', async () => {
      const on = await switchOn('contact_created');
      zapier.answers = [{ status: 410 }];
      await create('create_or_update_contact', { email: 'zoe@example.com' });
      await expect.poll(async () => (await webhooks())[0]?.endedWhy).toBe('gone');
      expect(zapier.received).toHaveLength(1);
      await create('create_or_update_contact', { email: 'zora@example.com' });
      await switchOff('contact_created', on);
      expect(zapier.received).toHaveLength(1);
    });
  });
