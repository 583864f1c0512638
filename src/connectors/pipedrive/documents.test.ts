import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { decodeValue, withEntry } from './codec.ts';
import { costOf } from './costs.ts';
import { createPipedriveEmulator } from './emulator/emulator.ts';
import { hashOf } from './emulator/state.ts';
import { classify, faultsOf, isScopeMissing } from './faults.ts';
import { baseUrlOf } from './hosts.ts';
import { manifest } from './manifest.ts';

/** Statements of the vendor's documents, one by one, and what another server that keeps them may do differently. */
function open(answer: (asked: Asked) => Response | null = () => null, baseUrl?: string) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createPipedriveEmulator({ clock });
  const asked: Asked[] = [];
  const fetch = answering((one) => {
    asked.push(one);
    return answer(one);
  }, emulator.request);
  const { credentials } = emulator;
  const connector = connectFor(manifest, {
    fetch,
    clock,
    credentials,
    linkBack: hashOf('Tandem URL'),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
  return { connector, emulator, asked };
}

const READ = { limit: 500, mode: 'changes', fields: [] as string[] } as const;
const refusal = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  body,
  headers: new Headers(headers),
  serverTime: null,
});

describe('Pipedrive by its documents', () => {
  test("[C23] every field that is described can be read: Pipedrive's own, too, and those that come only when asked for", async () => {
    const { connector, emulator, asked } = open();
    const [id] = emulator.world.seed([{ email: 'ada@example.com', last_name: 'Lovelace' }], 'lead');
    const person = emulator.state.persons.get(Number(id));
    if (person === undefined) throw new Error('nobody was made');
    emulator.state.set(person, { label_ids: [11, 12], open_deals_count: 3 });
    const fields = ['label_ids', 'open_deals_count', 'add_time', 'owner_id'];
    const { changed } = await connector.readChanges('persons', null, { ...READ, fields });
    expect(changed[0]?.fields).toMatchObject({
      label_ids: ['11', '12'],
      open_deals_count: 3,
      add_time: '2026-11-24T00:00:00.000Z',
      owner_id: '1',
    });
    const list = asked.find(({ url }) => url.pathname === '/api/v2/persons');
    expect(list?.url.searchParams.get('include_fields')).toBe('open_deals_count');
  });

  test('notes of Contact Sync have 10,000 characters, long texts 65,000', async () => {
    const schema = await open().connector.describe();
    const fields = schema === 'unchanged' ? [] : (schema.kinds.person ?? []);
    expect(fields.find(({ key }) => key === 'notes')?.maxLength).toBe(10_000);
  });

  test('[C24] ids of people are text, empty lists are empty, an option may come with its label, version 1 joins options by commas', async () => {
    const field = (type: 'text' | 'manyOf' | 'oneOf' | 'number' | 'dateTime') => ({
      key: 'f',
      label: 'F',
      type,
      calculated: false,
      writableOnCreate: true,
      writableOnUpdate: true,
      required: false,
      custom: true,
    });
    expect([
      decodeValue(field('text'), 7),
      decodeValue(field('text'), { id: 7, name: 'Rita' }),
      decodeValue(field('manyOf'), []),
      decodeValue(field('manyOf'), '3,4'),
      decodeValue(field('manyOf'), [{ id: 3, label: 'A' }]),
      decodeValue(field('oneOf'), { id: 3, label: 'A' }),
      decodeValue(field('number'), { value: '12.5', currency: 'EUR' }),
      decodeValue(field('dateTime'), '2026-01-01 10:00:00'),
      decodeValue(field('dateTime'), '2026-01-01T10:00:00Z'),
      decodeValue(field('text'), [{ value: 'ada', primary: true, label: 'skype' }, { value: 'al' }]),
    ]).toEqual([
      '7',
      '7',
      null,
      ['3', '4'],
      ['3'],
      '3',
      12.5,
      '2026-01-01T10:00:00.000Z',
      '2026-01-01T10:00:00.000Z',
      'ada, al',
    ]);
  });

  test('[C24] a list that has two main entries already is written with one', () => {
    const list = [
      { value: 'a@example.com', primary: true, label: 'work' },
      { value: 'b@example.com', primary: true, label: 'home' },
      { value: 'c@example.com', primary: true, label: 'other' },
    ];
    for (const value of ['new@example.com', null])
      expect(withEntry('email', list, value).filter((one) => one.primary === true)).toHaveLength(1);
    expect(
      withEntry('phone', [{ value: '1', label: 'mobile' }, ...list], '2').filter((one) => one.primary),
    ).toHaveLength(1);
  });

  test('[C24] an entry without a label is written without one: null is not taken', async () => {
    const { connector, emulator } = open();
    const [id] = emulator.world.seed([{ email: 'ada@example.com', last_name: 'Lovelace' }], 'lead');
    const held = emulator.state.persons.get(Number(id));
    if (held === undefined) throw new Error('nobody was made');
    held.emails.push({ value: 'second@example.com', primary: false, label: null });
    const fields = { email: 'countess@example.com' };
    const [outcome] = await connector.write([{ op: 'update', kind: 'person', id: String(id), key: 'k', fields }]);
    expect(outcome).toMatchObject({
      kind: 'stored',
      record: { emails: ['countess@example.com', 'second@example.com'] },
    });
  });

  test("[R34] the day's tokens are used up for whoever has fewer left than a call costs; a burst says how long", () => {
    const kindOf = (headers: Record<string, string>) => {
      const { kind, retryAt } = classify(refusal(429, { success: false, error: 'request over limit' }, headers), 1_000);
      return [kind, retryAt];
    };
    expect(kindOf({ 'X-Daily-RateLimit-Token-Remaining': '12' })).toEqual(['quota', 86_400_000]);
    expect(kindOf({ 'x-daily-ratelimit-token-remaining': '5000', 'x-ratelimit-reset': '1' })).toEqual([
      'throttled',
      2_000,
    ]);
    expect(kindOf({ 'retry-after': '9', 'x-ratelimit-reset': '1' })).toEqual(['throttled', 10_000]);
    expect(kindOf({})).toEqual(['throttled', 3_000]);
  });

  test("[R34] calls cost what the vendor's files say", () => {
    const priceOf = (method: 'GET' | 'POST' | 'DELETE', path: string): number => costOf({ method, path });
    expect([
      priceOf('GET', '/api/v1/users'),
      priceOf('GET', '/v1/users/me'),
      priceOf('GET', '/api/v1/recents?items=person'),
      priceOf('GET', '/api/v2/persons?limit=500'),
      priceOf('GET', '/api/v2/itemSearch/field?term=x'),
      priceOf('POST', '/api/v1/webhooks'),
      priceOf('DELETE', '/api/v1/webhooks/3'),
      priceOf('POST', '/api/v2/persons'),
    ]).toEqual([20, 2, 20, 10, 20, 10, 6, 5]);
  });

  test('[C23] refusals are understood whatever their words stand in', () => {
    expect(isScopeMissing({ success: false, message: 'Scope and URL mismatch' })).toBe(true);
    expect(isScopeMissing({ success: false, error: 'Forbidden', error_info: 'Scope and URL mismatch' })).toBe(true);
    expect(isScopeMissing({ success: false, errors: { name: ['is required'] } })).toBe(false);
    const city = hashOf('City');
    const structured = refusal(400, {
      success: false,
      error: { message: `custom_fields.${city}: too long` },
      code: null,
    });
    expect(faultsOf(structured, [city])).toMatchObject([{ reason: 'validation_rule', field: city }]);
    const odd = refusal(422, { success: false, errors: { name: ['is required'] } });
    expect(faultsOf(odd, [])).toMatchObject([{ reason: 'rejected_by_crm', params: { code: '422' } }]);
  });

  test('[R18d] pages of version 1 go on by what came where the next place is left out, and end where nothing came', async () => {
    const starts: string[] = [];
    const pages = [[1, 2], [3], []];
    const { connector } = open(({ url }) => {
      if (!url.pathname.endsWith('/recents')) return null;
      starts.push(url.searchParams.get('start') ?? '');
      return Response.json({
        success: true,
        data: (pages[starts.length - 1] ?? []).map((id) => ({ item: 'person', id, data: { active_flag: false } })),
        additional_data: { pagination: { more_items_in_collection: true, next_start: null } },
      });
    });
    const gone: string[] = [];
    let cursor: string | null = null;
    for (let more = true; more && starts.length < 9; ) {
      const page = await connector.readChanges('deleted', cursor, READ);
      gone.push(...page.gone);
      [cursor, more] = [page.next, page.more];
    }
    expect([gone, starts]).toEqual([
      ['1', '2', '3'],
      ['0', '2', '3'],
    ]);
  });

  test('[C29] a search that finds nothing answers an empty list, null, or nothing at all', async () => {
    for (const data of [{ items: [] }, { items: null }, null, []]) {
      const { connector } = open(({ url }) =>
        url.pathname.includes('/search') || url.pathname.includes('/itemSearch')
          ? Response.json({
              success: true,
              data: url.pathname.includes('/persons/search') && Array.isArray(data) ? null : data,
            })
          : null,
      );
      const found = await connector.findByKeys([{ email: 'nobody@example.com' }, { linkBack: 'x' }], []);
      expect(found.map(({ records }) => records)).toEqual([[], []]);
    }
  });

  test('[C29] hits of the search by a field stand in a list, wrapped or not, or under items', async () => {
    const url = hashOf('Tandem URL');
    for (const shape of [
      (id: number) => [{ result_score: 1, item: { id } }],
      (id: number) => [{ id, name: 'Ada' }],
      (id: number) => ({ items: [{ result_score: 1, item: { id } }] }),
    ]) {
      const { connector, emulator } = open(({ url: { pathname } }) =>
        pathname === '/api/v2/itemSearch/field' ? Response.json({ success: true, data: shape(1) }) : null,
      );
      emulator.world.seed([{ email: 'ada@example.com', last_name: 'L', [url]: 'hub-1' }], 'lead');
      const [found] = await connector.findByKeys([{ linkBack: 'hub-1' }], []);
      expect(found?.records.map(({ id }) => id)).toEqual(['1']);
    }
  });

  test('an address that was pasted with the version of the API behind it is the address', () => {
    const base = (baseUrl: string | null, companyDomain?: string): string =>
      baseUrlOf({
        settings: {
          baseUrl,
          credentials: { method: 'token', ...(companyDomain === undefined ? {} : { companyDomain }) },
        } as Parameters<typeof baseUrlOf>[0]['settings'],
      });
    expect([
      base('https://acme.pipedrive.com/api/v2/'),
      base('https://acme.pipedrive.com/api/v1'),
      base('https://api.pipedrive.com/v1'),
      base('http://127.0.0.1:4010'),
      base(null, 'https://acme.pipedrive.com/persons/list'),
      base(null, 'acme'),
      base(null),
    ]).toEqual([
      'https://acme.pipedrive.com',
      'https://acme.pipedrive.com',
      'https://api.pipedrive.com',
      'http://127.0.0.1:4010',
      'https://acme.pipedrive.com',
      'https://acme.pipedrive.com',
      'https://api.pipedrive.com',
    ]);
  });

  test('version 1 is found where the host has it: with /api before it, or without', async () => {
    for (const prefix of ['/v1', '/api/v1']) {
      const page = new Response('<html>Not Found</html>', { status: 404, headers: { 'content-type': 'text/html' } });
      const { connector, asked } = open(
        ({ url }) =>
          /^(\/api)?\/v1\//.test(url.pathname) && !url.pathname.startsWith(`${prefix}/`) ? page.clone() : null,
        'http://127.0.0.1:4010',
      );
      expect((await connector.check()).id).toBe('54235233');
      const before = asked.length;
      expect((await connector.people?.owners())?.length).toBe(3);
      // Which of them it is is remembered.
      expect(asked.length - before).toBe(1);
    }
  });

  test('[C23] a webhook whose optional words are null, and whose ids are numbers, is heard', () => {
    const { connector } = open();
    const read = (meta: object, authorization: string) =>
      connector.hooks?.read(
        {
          headers: new Headers({ authorization }),
          body: JSON.stringify({
            meta: { action: 'change', entity: 'person', entity_id: 11, company_id: 7, id: 5, ...meta },
          }),
        } as Parameters<NonNullable<typeof connector.hooks>['read']>[0],
        { secret: 's', accountId: '7', userId: '1' } as Parameters<NonNullable<typeof connector.hooks>['read']>[1],
      );
    const basic = Buffer.from('tandem:s').toString('base64');
    const nulls = { user_id: null, change_source: null, merged_to_id: null };
    expect(read(nulls, `basic ${basic}`)).toMatchObject([{ id: '11', what: 'changed', byUs: false }]);
    expect(read({ user_id: 1, change_source: 'api' }, `Basic ${basic}`)).toMatchObject([{ id: '11', byUs: true }]);
  });
});
