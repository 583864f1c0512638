import { describe, expect, test } from 'vitest';
import { lineCodec } from '../../core/codec.ts';
import { plainPhoneKey } from '../../core/same.ts';
import { manualClock } from '../../platform/clock.ts';
import type { RemoteWrite } from '../kit/connector.ts';
import type { Poke } from '../kit/hooks.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { decodeValue, fieldOf } from './codec.ts';
import { useAddressLists } from './emulator/address-lists.ts';
import { createSalesforceEmulator } from './emulator/emulator.ts';
import { describedField } from './emulator/state.ts';
import { classify, outcomeOf } from './faults.ts';
import { manifest } from './manifest.ts';

const HOST = 'https://emulated.my.salesforce.test';
const START = Date.UTC(2026, 10, 24);
const DAY_MS = 86_400_000;

/** Statements of the vendor's documents, one by one, and what another server that keeps them may do differently. */
function open(answer: (asked: Asked) => Response | null | Promise<Response | null> = () => null) {
  const clock = manualClock(START);
  const emulator = createSalesforceEmulator({ clock, url: () => HOST });
  const asked: Asked[] = [];
  const fetch = answering((one) => {
    asked.push(one);
    return answer(one);
  }, emulator.request);
  const credentials = { ...emulator.credentials, loginUrl: HOST };
  return { connector: connectFor(manifest, { fetch, clock, credentials }), emulator, clock, asked };
}

const READ = { limit: 2_000, mode: 'changes', fields: ['City'] } as const;
const isQuery = ({ url }: Asked): boolean => url.pathname.endsWith('/query');
const isCollection = ({ method, url }: Asked): boolean =>
  method !== 'GET' && url.pathname.endsWith('/composite/sobjects');
const lead = (key: string): RemoteWrite => ({
  op: 'create',
  kind: 'lead',
  key,
  fields: { LastName: key, Company: 'Acme', Email: `${key}@example.com` },
});
const failure = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  classify({ status, body, headers: new Headers(headers), serverTime: null }, 1_000);

describe('Salesforce by its documents', () => {
  test('[C17] a session that has run out is told within the body of an event stream: it is renewed, and events come', async () => {
    const { connector, emulator } = open();
    await connector.check();
    emulator.oauth.expire();
    const abort = new AbortController();
    const heard: Poke[] = [];
    const [id] = emulator.world.seed([{ email: 'ada@example.com', last_name: 'Lovelace' }], 'lead');
    await connector.events?.listen({
      after: null,
      signal: abort.signal,
      heard: async (pokes) => {
        heard.push(...pokes);
        if (pokes.length > 0) abort.abort();
        // Subscribed: a rep changes somebody, which the next poll tells.
        else emulator.world.edit(id ?? '', { city: 'Graz' });
      },
    });
    expect(heard).toMatchObject([{ id, what: 'changed', byUs: false }]);
  });

  test('[R61] an event that speaks of all rows of an object (`00Q*`) brings the poll forward; a malformed id refuses nobody else', async () => {
    const { connector, emulator } = open();
    const [id] = emulator.world.seed([{ email: 'ada@example.com', last_name: 'Lovelace' }], 'lead');
    const abort = new AbortController();
    const heard: Poke[] = [];
    await connector.events?.listen({
      after: null,
      signal: abort.signal,
      heard: async (pokes) => {
        heard.push(...pokes);
        if (pokes.length > 0) abort.abort();
        else emulator.streaming.say({ object: 'Lead', type: 'UPDATE', ids: ['00Q*'] });
      },
    });
    expect(heard).toMatchObject([{ id: '', what: 'gone', byUs: false }]);
    const read = await connector.readByIds('lead', ['00Q*', 'nobody', id ?? ''], []);
    expect(read.map((one) => one.id)).toEqual([id]);
  });

  test('[C17] a session that stays dead is a matter of the sign-in, not a right that is missing for a day', async () => {
    const { connector } = open(({ url }) =>
      url.pathname.startsWith('/cometd/')
        ? Response.json([
            {
              channel: '/meta/handshake',
              successful: false,
              error: '403::Handshake denied',
              ext: { sfdc: { failureReason: '401::Authentication invalid' } },
            },
          ])
        : null,
    );
    const signal = new AbortController().signal;
    const listening = connector.events?.listen({ after: null, signal, heard: async () => undefined });
    await expect(listening).rejects.toMatchObject({ kind: 'auth' });
  });

  test('[C13] parts of an item that are null are as good as absent; a refusal without a word is one', () => {
    const item = { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: null, fields: null, duplicateResut: null };
    expect(outcomeOf([item], 'update')).toMatchObject({
      kind: 'refused',
      faults: [{ reason: 'validation_rule', field: null }],
    });
    expect(outcomeOf([], 'create')).toMatchObject({ kind: 'refused', faults: [{ reason: 'rejected_by_crm' }] });
    expect(outcomeOf([{ statusCode: 'REQUEST_LIMIT_EXCEEDED', fields: [] }], 'create').kind).toBe('throttled');
    const duplicate = {
      statusCode: 'DUPLICATES_DETECTED',
      duplicateResult: {
        allowSave: false,
        matchResults: [{ matchRecords: [{ record: { Id: '00QEM0000000007AAA' } }] }],
      },
    };
    expect(outcomeOf([duplicate], 'create')).toMatchObject({ faults: [{ params: { otherId: '00QEM0000000007AAA' } }] });
    const taken = {
      statusCode: 'DUPLICATE_VALUE',
      message: 'doppelter Wert gefunden: Nr__c im Datensatz mit ID: 003EM0000000009',
      fields: [],
    };
    expect(outcomeOf([taken], 'create')).toMatchObject({ faults: [{ params: { otherId: '003EM0000000009' } }] });
  });

  test('[C16] a row that is locked for the whole call, and a moment too crowded, are waited for; nothing is written twice', async () => {
    let calls = 0;
    const { connector, emulator } = open((asked) => {
      if (!isCollection(asked)) return null;
      calls += 1;
      const refuse = (status: number, errorCode: string, message: string): Response =>
        Response.json([{ errorCode, message }], { status });
      if (calls === 1) return refuse(400, 'UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record');
      if (calls === 2) return refuse(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.');
      return null;
    });
    expect(await connector.write([lead('a')])).toMatchObject([{ kind: 'stored' }]);
    expect([calls, emulator.world.count('lead')]).toEqual([3, 1]);
  });

  test('[R34] the names of the limits tell which one it is, whatever the figures say', () => {
    const limit = (message: string, usage?: string) =>
      failure(
        403,
        [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message }],
        usage === undefined ? {} : { 'Sforce-Limit-Info': usage },
      ).kind;
    expect([
      limit('TotalRequests Limit exceeded.', 'api-usage=54/15000'),
      limit('TotalRequests Limit exceeded.'),
      limit('ConcurrentRequests (Concurrent API Requests) Limit exceeded.'),
      limit('Limite dépassée', 'api-usage=54/15000'),
      limit('Limite dépassée'),
    ]).toEqual(['quota', 'quota', 'throttled', 'throttled', 'quota']);
  });

  test('[C23] an error that stands alone is read as one in a list; what stands before Salesforce says how long', () => {
    expect(failure(400, { errorCode: 'INVALID_FIELD', message: 'x' }).kind).toBe('schema');
    expect(failure(400, [{ errorCode: null, message: 'x' }]).kind).toBe('invalid');
    expect(failure(503, '<html>', { 'retry-after': '30' })).toMatchObject({ kind: 'unavailable', retryAt: 31_000 });
    expect(failure(429, 'slow down', { 'retry-after': '5' })).toMatchObject({ kind: 'throttled', retryAt: 6_000 });
  });

  test('[C4] stamps that have milliseconds after all keep their place: no page comes again', async () => {
    const queries: string[] = [];
    const { connector } = open(({ url }) => {
      const soql = url.searchParams.get('q') ?? '';
      if (!url.pathname.endsWith('/query') || !soql.includes('FROM Lead')) return null;
      queries.push(soql);
      const records = [1, 2].map((n) => ({
        SystemModstamp: '2026-11-01T08:00:00.250+0000',
        Id: `00QEM000000000${n}AAA`,
        attributes: { type: 'Lead' },
      }));
      return Response.json({ records, totalSize: '2', done: true });
    });
    const page = await connector.readChanges('lead', null, { ...READ, limit: 1 });
    await connector.readChanges('lead', page.next, { ...READ, limit: 1 });
    expect(queries[1]).toContain(
      "(SystemModstamp = 2026-11-01T08:00:00.250Z AND Id > '00QEM0000000001AAA') OR SystemModstamp > 2026-11-01T08:00:00.250Z",
    );
  });

  test('[R33] a walk over deletions that slept longer than the bin holds says that it may miss some', async () => {
    const { connector, clock } = open();
    const first = await connector.readChanges('lead-deleted', null, READ);
    expect(first.isCutOff).toBeUndefined();
    clock.advance(14 * DAY_MS);
    const second = await connector.readChanges('lead-deleted', first.next, READ);
    expect(second.isCutOff).toBeUndefined();
    clock.advance(16 * DAY_MS);
    expect((await connector.readChanges('lead-deleted', second.next, READ)).isCutOff).toBe(true);
    const begun = await connector.readChanges('contact-deleted', null, { ...READ, since: START });
    expect(begun.isCutOff).toBe(true);
  });

  test('[C24] figures as text, boxes as text, moments with Z or without milliseconds are the same values', () => {
    const field = (type: string) => fieldOf(describedField('F__c', type)) ?? undefined;
    expect([
      decodeValue(field('currency'), '12.50'),
      decodeValue(field('boolean'), 'false'),
      decodeValue(field('datetime'), '2026-05-01T07:25:37Z'),
      decodeValue(field('datetime'), '2026-05-01T09:25:37+02:00'),
      decodeValue(field('datetime'), '2026-05-01T07:25:37.000+0000'),
      decodeValue(field('time'), '10:00:00.000Z'),
    ]).toEqual([
      12.5,
      false,
      '2026-05-01T07:25:37.000Z',
      '2026-05-01T07:25:37.000Z',
      '2026-05-01T07:25:37.000Z',
      '10:00:00.000Z',
    ]);
    expect(field('time')).toMatchObject({ type: 'text', writableOnCreate: false, writableOnUpdate: false });
  });

  test('[R15] [R21] where countries are a list, a name or a code finds its country and anything else is told before a call', async () => {
    const { connector, emulator } = open();
    useAddressLists(emulator.state);
    const schema = await connector.describe();
    const field = schema === 'unchanged' ? undefined : schema.kinds.lead?.find(({ key }) => key === 'Country');
    if (field === undefined) throw new Error('no country is described');
    expect(field).toMatchObject({ type: 'oneOf', restricted: true });
    const { options: _list, restricted: _closed, ...text } = { ...field, key: 'country', type: 'text' as const };
    const line = { kind: 'lead', hub: 'country', crm: 'Country', direction: 'both' } as const;
    const codec = lineCodec(line, text, field, { phoneKey: plainPhoneKey });
    expect([codec.toCrm('fr'), codec.toCrm('France')]).toMatchObject([
      { ok: true, value: 'France' },
      { ok: true, value: 'France' },
    ]);
    expect(codec.toCrm('Gallia')).toMatchObject({ ok: false, fault: { reason: 'not_in_list' } });
    expect(codec.toHub('France')).toMatchObject({ ok: true, value: 'France' });
    const write = (key: string, more: object): RemoteWrite => ({
      ...lead(key),
      fields: { ...lead(key).fields, ...more },
    });
    expect(
      await connector.write([
        write('a', { Country: 'United States', State: 'California' }),
        write('b', { State: 'California' }),
        write('c', { Country: 'Gallia' }),
      ]),
    ).toMatchObject([
      { kind: 'stored' },
      { kind: 'refused', faults: [{ reason: 'not_in_list', field: 'State' }] },
      { kind: 'refused', faults: [{ reason: 'not_in_list', field: 'Country' }] },
    ]);
  });

  test('[R40] an organisation that does not show its own record is known by the sign-in', async () => {
    for (const refused of [
      Response.json([{ errorCode: 'INVALID_TYPE', message: "sObject type 'Organization' is not supported." }], {
        status: 400,
      }),
      Response.json({ totalSize: 0, done: true, records: [] }),
    ]) {
      const { connector } = open((asked) =>
        isQuery(asked) && (asked.url.searchParams.get('q') ?? '').includes('FROM Organization')
          ? refused.clone()
          : null,
      );
      const shown = open().connector;
      expect(await connector.check()).toMatchObject({ id: (await shown.check()).id, sandbox: null });
    }
  });

  test('[C17] an answer that names a new instance is followed by all calls', async () => {
    let host = 'https://eu1.salesforce.test';
    const { connector, asked, emulator } = open(async ({ url }) => {
      if (!url.pathname.endsWith('/oauth2/token')) return null;
      const answer = await emulator.request(url.href, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: emulator.credentials.clientId,
          client_secret: emulator.credentials.clientSecret,
        }).toString(),
      });
      return Response.json({ ...((await answer.json()) as object), instance_url: `${host}/` });
    });
    await connector.readChanges('lead', null, READ);
    host = 'https://eu2.salesforce.test';
    emulator.oauth.expire();
    await connector.readChanges('lead', null, READ);
    expect([...new Set(asked.filter(isQuery).map(({ url }) => url.host))]).toEqual([
      'eu1.salesforce.test',
      'eu2.salesforce.test',
    ]);
  });
});
