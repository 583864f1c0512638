import { beforeAll, describe, expect, test } from 'vitest';
import { judgeAnswer, judgeRequest, readDescription } from './openapi.ts';
import { complaintsIn, type Exchange, playSession } from './session.ts';

/** One model serves settings, COQL and requests alike, with some 75 keys that it calls required: there the list is not believed. */
const isLax = ({ url }: Exchange): boolean => /\/(settings\/|org$|coql$)/.test(url.pathname);

/** Described by patterns that fit the file's own samples alone (addresses, call-backs), so nobody's answers would pass. */
const UNDESCRIBED = /^\/crm\/v8\/(users|actions\/watch)$/;

describe('Zoho CRM by its own OpenAPI files', () => {
  let exchanges: readonly Exchange[];
  beforeAll(async () => {
    exchanges = (await playSession('zoho')).filter(
      ({ url }) => url.pathname.startsWith('/crm/') && !UNDESCRIBED.test(url.pathname),
    );
  });
  const v8 = readDescription('zoho-v8.json');

  test('every call of the connector is one that the vendor describes', () => {
    // By ids or by filters, says the page (del-recycle-bin-records), each of them optional; the file demands both.
    const isOther = (complaint: string, { url }: Exchange): boolean =>
      url.searchParams.has('ids') && url.pathname.endsWith('/recycle_bin') && complaint === 'query filters is missing';
    const judge = (exchange: Exchange): string[] =>
      judgeRequest(v8, exchange, exchange.url.pathname, { required: !isLax(exchange) }).filter(
        (complaint) => !isOther(complaint, exchange),
      );
    expect(complaintsIn(exchanges, judge)).toEqual([]);
    expect(new Set(exchanges.map(({ method, url }) => `${method} ${url.pathname}`)).size).toBeGreaterThan(11);
  });

  test('every answer of the emulator is one that the vendor describes', () => {
    const judge = (exchange: Exchange): string[] => {
      const { status } = exchange;
      // The file calls a count a text, the vendor's SDK takes nothing but a number; the connector reads both.
      const answer = exchange.url.pathname.endsWith('/actions/count')
        ? { count: String((exchange.answer as { count: unknown }).count) }
        : exchange.answer;
      // The file lists 200 only; the documents say 204 for nothing there, 304 for nothing new, both without a body.
      if (status === 204 || status === 304) return answer === null ? [] : ['a body where there is none'];
      const asSuccess = [201, 202, 207].includes(status) && !exchange.url.pathname.includes('/settings/');
      return judgeAnswer(v8, { ...exchange, answer }, exchange.url.pathname, {
        required: !isLax(exchange),
        ...(asSuccess ? { as: '200' } : {}),
      });
    };
    expect(complaintsIn(exchanges, judge)).toEqual([]);
    expect(new Set(exchanges.map(({ status }) => status))).toEqual(new Set([200, 201, 202, 204, 207, 304]));
  });
});
