import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { complaintsAbout, type Schema } from './openapi.ts';
import { complaintsIn, type Exchange, playSession } from './session.ts';

const vendor = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/zendesk-sell.json'), 'utf8')) as {
  readonly schemas: Readonly<Record<'lead' | 'contact' | 'user' | 'account' | 'event', Schema>>;
  readonly examples: Readonly<Record<'refusal' | 'unprocessable' | 'statuses', unknown>>;
};

/** Custom fields are the account's own; the schemas leave them out. */
const withCustom = (schema: Schema): Schema => ({
  ...schema,
  properties: { ...(schema['properties'] as object), custom_fields: { type: 'object' } },
});
const SCHEMAS: Readonly<Record<string, Schema>> = {
  lead: withCustom(vendor.schemas.lead),
  contact: withCustom(vendor.schemas.contact),
  user: vendor.schemas.user,
  account: vendor.schemas.account,
};

interface Item {
  readonly data: unknown;
  readonly meta?: { readonly type: string; readonly sync?: { readonly event_type: string } };
}
const itemsOf = (answer: unknown): readonly Item[] => {
  if (typeof answer !== 'object' || answer === null) return [];
  // The envelope: one record, or a list of records each wrapped again.
  return 'items' in answer ? (answer.items as Item[]) : 'data' in answer ? [answer as Item] : [];
};

/** The same keys, each with the same type, as an answer that the vendor recorded; lists by their first entry. */
function unlike(recorded: unknown, answer: unknown, path = ''): string[] {
  if (Array.isArray(recorded))
    return Array.isArray(answer) ? unlike(recorded[0], answer[0], `${path}/0`) : [`${path} is no list`];
  if (typeof recorded !== 'object' || recorded === null)
    return typeof recorded === typeof answer ? [] : [`${path} is ${typeof answer}, recorded ${typeof recorded}`];
  if (typeof answer !== 'object' || answer === null) return [`${path} is no object`];
  const [a, b] = [new Map(Object.entries(recorded)), new Map(Object.entries(answer))];
  return [
    ...[...a.keys()].filter((key) => !b.has(key)).map((key) => `${path}/${key} is missing`),
    ...[...b.keys()].filter((key) => !a.has(key)).map((key) => `${path}/${key} is strange`),
    ...[...a].flatMap(([key, value]) => (b.has(key) ? unlike(value, b.get(key), `${path}/${key}`) : [])),
  ];
}

describe('Zendesk Sell by its JSON schemas and by answers that the vendor recorded', () => {
  let exchanges: readonly Exchange[];
  beforeAll(async () => {
    exchanges = await playSession('zendesk-sell');
  });

  test('every attribute that the connector writes is one of the record’s, in its type', () => {
    const judge = ({ method, url, sent }: Exchange): string[] => {
      if (!['POST', 'PUT'].includes(method) || !/^\/v2\/(leads|contacts)/.test(url.pathname)) return [];
      const schema = SCHEMAS[url.pathname.includes('/leads') ? 'lead' : 'contact'] ?? {};
      return complaintsAbout((sent as { data: unknown }).data, { ...schema, required: [] });
    };
    expect(complaintsIn(exchanges, judge)).toEqual([]);
    expect(exchanges.filter(({ method }) => method === 'PUT').length).toBeGreaterThan(2);
    for (const { headers } of exchanges) expect(headers.get('user-agent')).toMatch(/./);
  });

  test('every record that the emulator answers is one that the schemas describe, wrapped as documented', () => {
    const judge = ({ url, answer, status }: Exchange): string[] =>
      status >= 400 || url.pathname.startsWith('/v3/')
        ? []
        : itemsOf(answer).flatMap(({ data, meta }) => {
            if (meta?.sync !== undefined)
              return complaintsAbout({ data: null, meta }, { ...vendor.schemas.event, required: ['meta'] }).concat(
                meta.sync.event_type === 'deleted' ? [] : complaintsAbout(data, SCHEMAS[meta.type] ?? {}),
              );
            if (meta === undefined) return ['an item without its kind'];
            const schema = SCHEMAS[meta.type];
            return schema === undefined ? [] : complaintsAbout(data, schema);
          });
    expect(complaintsIn(exchanges, judge)).toEqual([]);
    const types = new Set(exchanges.flatMap(({ answer }) => itemsOf(answer).map((item) => item.meta?.type)));
    expect([...types]).toEqual(expect.arrayContaining(['lead', 'contact', 'account', 'user', 'lead_status']));
  });

  test('refusals and lists have the keys of the recorded ones', () => {
    const unprocessable = exchanges.filter(({ status }) => status === 422);
    expect(unprocessable.length).toBeGreaterThan(0);
    for (const { answer } of unprocessable) expect(unlike(vendor.examples.unprocessable, answer)).toEqual([]);
    const missing = exchanges.filter(({ status }) => status === 404);
    expect(missing.length).toBeGreaterThan(0);
    for (const { answer } of missing) expect(unlike(vendor.examples.refusal, answer)).toEqual([]);
    const statuses = exchanges.find(({ url }) => url.pathname === '/v2/lead_statuses');
    expect(unlike(vendor.examples.statuses, statuses?.answer)).toEqual([]);
  });
});
