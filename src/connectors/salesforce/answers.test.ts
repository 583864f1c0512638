import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { createSalesforceEmulator } from './emulator/emulator.ts';
import { outcomeOf } from './faults.ts';
import { manifest } from './manifest.ts';

const HOST = 'https://emulated.my.salesforce.test';

/** A connection to emulated Salesforce where a test answers some calls in the vendor's other words. */
function open(answer: (asked: Asked) => Response | null = () => null) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
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

describe('Salesforce in its other words', () => {
  test('[R34] one code for two limits: the figures tell the day’s from the moment’s', async () => {
    const limited = (usage: string) =>
      Response.json([{ message: 'Limit überschritten', errorCode: 'REQUEST_LIMIT_EXCEEDED' }], {
        status: 403,
        headers: { 'sforce-limit-info': usage },
      });
    const day = open((asked) =>
      isQuery(asked) ? limited('api-usage=15000/15000; per-app-api-usage=17/250(appName=x)') : null,
    );
    await expect(day.connector.readChanges('lead', null, READ)).rejects.toMatchObject({ kind: 'quota' });
    let calls = 0;
    const moment = open((asked) =>
      isQuery(asked) && ++calls === 1 ? limited('per-app-api-usage=249/250(appName=x); api-usage=54/15000') : null,
    );
    expect(await moment.connector.readChanges('lead', null, READ)).toMatchObject({ changed: [], more: false });
    expect(calls).toBe(2);
  });

  test('[R15] a value that names no record is refused by field; only a record that is not there is gone', () => {
    const error = (statusCode: string, fields: string[]) => [{ statusCode, message: '', fields }];
    expect(outcomeOf(error('INVALID_CROSS_REFERENCE_KEY', ['OwnerId']), 'update')).toMatchObject({
      kind: 'refused',
      faults: [{ field: 'OwnerId' }],
    });
    expect(outcomeOf(error('MALFORMED_ID', ['AccountId']), 'create')).toMatchObject({ kind: 'refused' });
    expect(outcomeOf(error('INVALID_CROSS_REFERENCE_KEY', []), 'update')).toEqual({ kind: 'gone' });
    expect(outcomeOf(error('MALFORMED_ID', ['Id']), 'update')).toEqual({ kind: 'gone' });
    expect(outcomeOf(error('INVALID_CROSS_REFERENCE_KEY', []), 'create')).toMatchObject({ kind: 'refused' });
  });

  test('[R31] a collection whose answer is a page, or names no id, may have been done: nobody is taken for made or refused', async () => {
    const isWrite = ({ method, url }: Asked): boolean =>
      method === 'POST' && url.pathname.endsWith('/composite/sobjects');
    const write = { op: 'create', kind: 'lead', key: 'k', fields: { LastName: 'L', Company: 'Acme' } } as const;
    const page = open((asked) => (isWrite(asked) ? new Response('<html>Maintenance</html>') : null));
    expect(await page.connector.write([write])).toEqual([{ kind: 'unknown' }]);
    const nameless = open((asked) => (isWrite(asked) ? Response.json([{ success: true, errors: [] }]) : null));
    expect(await nameless.connector.write([write])).toEqual([{ kind: 'unknown' }]);
  });

  test('[R18d] a query that goes on without saying where is not at its end', async () => {
    const { connector } = open((asked) =>
      isQuery(asked) && (asked.url.searchParams.get('q') ?? '').includes('Email IN')
        ? Response.json({ totalSize: 2, done: false, records: [] })
        : null,
    );
    await expect(connector.findByKeys([{ email: 'a@example.com' }], [])).rejects.toMatchObject({ kind: 'unexpected' });
  });

  test('[C4] wide rows come in short pages: the walk goes on from the last row, and none is lost', async () => {
    const { emulator } = open();
    const ids = emulator.world.seed(
      Array.from({ length: 700 }, (_, index) => ({ email: `p${index}@example.com` })),
      'lead',
    );
    const seen = new Set<string>();
    let cursor: string | null = null;
    // The server gives 300 rows where 2,000 were asked for, and says that there are more.
    const wide = answering(
      () => null,
      async (url, init) => {
        const response = await emulator.request(url, init);
        if (!new URL(url).pathname.endsWith('/query')) return response;
        const body = (await response.json()) as { records: unknown[]; totalSize: number };
        const records = body.records.slice(0, 300);
        const done = records.length === body.records.length;
        return Response.json({
          ...body,
          records,
          done,
          ...(done ? {} : { nextRecordsUrl: '/services/data/v67.0/query/0r8x-300' }),
        });
      },
    );
    const credentials = { ...emulator.credentials, loginUrl: HOST };
    const reader = connectFor(manifest, { fetch: wide, clock: manualClock(Date.UTC(2026, 10, 24)), credentials });
    for (let pages = 0; pages < 9; pages += 1) {
      const page = await reader.readChanges('lead', cursor, READ);
      for (const record of page.changed) seen.add(record.id);
      cursor = page.next;
      if (!page.more) break;
    }
    expect([seen.size, ids.every((id) => seen.has(id))]).toEqual([700, true]);
  });

  test('[C23] a description without what is usual, and maintenance in HTML, are understood', async () => {
    const described = open(({ url }) =>
      url.pathname.endsWith('/describe')
        ? Response.json({
            fields: [{ name: 'Email', label: 'Email', type: 'email', createable: true, picklistValues: null }],
          })
        : null,
    );
    expect(await described.connector.describe()).toMatchObject({
      kinds: { lead: [{ key: 'Email', writableOnCreate: true, writableOnUpdate: false, required: true }] },
    });
    const away = open((asked) =>
      isQuery(asked) ? new Response('<html><body>Down for maintenance</body></html>', { status: 503 }) : null,
    );
    await expect(away.connector.readChanges('lead', null, READ)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
