import { beforeAll, describe, expect, test } from 'vitest';
import { type Description, judgeAnswer, judgeRequest, readDescription } from './openapi.ts';
import { complaintsIn, type Exchange, playSession } from './session.ts';

describe('Pipedrive by its own OpenAPI files', () => {
  let exchanges: readonly Exchange[];
  beforeAll(async () => {
    exchanges = await playSession('pipedrive');
  });
  const [v1, v2] = [readDescription('pipedrive-v1.json'), readDescription('pipedrive-v2.json')];
  const locate = ({ url }: Exchange): readonly [Description, string] =>
    url.pathname.startsWith('/api/v2')
      ? [v2, url.pathname.slice('/api/v2'.length)]
      : [v1, url.pathname.slice('/api/v1'.length)];

  /** `is_writable` of fields is newer than the file (the vendor's changelog has it). */
  const withoutNews = (exchange: Exchange): Exchange => ({
    ...exchange,
    answer: JSON.parse(
      JSON.stringify(exchange.answer, (key, value: unknown) => (key === 'is_writable' ? undefined : value)),
    ),
  });

  test('every call of the connector is one that the vendor describes', () => {
    const judge = (exchange: Exchange): string[] => {
      const [description, path] = locate(exchange);
      return judgeRequest(description, exchange, path);
    };
    expect(complaintsIn(exchanges, judge)).toEqual([]);
    expect(
      new Set(exchanges.map(({ method, url }) => `${method} ${url.pathname.replace(/\d+$/, 'n')}`)).size,
    ).toBeGreaterThan(9);
  });

  test('every answer of the emulator is one that the vendor describes', () => {
    const judge = (exchange: Exchange): string[] => {
      const [description, path] = locate(exchange);
      // Refusals are not in the file.
      if (exchange.status >= 400) return [];
      return judgeAnswer(description, withoutNews(exchange), path);
    };
    expect(complaintsIn(exchanges, judge)).toEqual([]);
  });

  test('the judge sees a misspelt key, a wrong type, an unknown value and a missing parameter', () => {
    const call = (method: string, path: string, sent: unknown = null): Exchange => ({
      method,
      url: new URL(`https://pipedrive.test/api/v2${path}`),
      headers: new Headers(),
      sent,
      status: 200,
      answer: { success: true, data: [{ id: 'seven' }] },
    });
    const judged = (exchange: Exchange): string[] => judgeRequest(v2, exchange, locate(exchange)[1]);
    expect(judged(call('POST', '/persons', { name: 'A', email: 'a@example.com' }))).toHaveLength(1);
    expect(judged(call('PATCH', '/persons/7', { org_id: '7' }))[0]).toContain('/org_id');
    expect(judged(call('GET', '/persons?sort_by=name&limti=5'))).toHaveLength(2);
    expect(judged(call('GET', '/persons/search'))).toEqual(['query term is missing']);
    expect(judgeAnswer(v2, call('GET', '/persons'), '/persons')[0]).toContain('/data');
  });
});
