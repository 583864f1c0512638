import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import type { RemoteWrite } from '../kit/connector.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { createPipedriveEmulator } from './emulator/emulator.ts';
import { hashOf } from './emulator/state.ts';
import { manifest } from './manifest.ts';

/** A connection to emulated Pipedrive where a test answers some calls in the vendor's other words. */
function open(
  answer: (asked: Asked) => Response | null | Promise<Response | null> = () => null,
  credentials: Parameters<typeof connectFor>[1]['credentials'] | null = null,
) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createPipedriveEmulator({ clock });
  const asked: Asked[] = [];
  const fetch = answering((one) => {
    asked.push(one);
    return answer(one);
  }, emulator.request);
  const connector = connectFor(manifest, {
    fetch,
    clock,
    credentials: credentials ?? emulator.credentials,
    linkBack: hashOf('Tandem URL'),
  });
  return { connector, emulator, clock, asked };
}
const CITY = hashOf('City');
const READ = { limit: 500, mode: 'changes', fields: ['first_name', CITY] } as const;
const create = (key: string, fields: RemoteWrite['fields'] = {}): RemoteWrite => ({
  op: 'create',
  kind: 'person',
  key,
  fields: { last_name: key, ...fields },
});
const isWrite = ({ method }: Asked): boolean => method === 'POST' || method === 'PATCH';
const refusing =
  (status: number, error: string, when: (asked: Asked) => boolean) =>
  (asked: Asked): Response | null =>
    when(asked) ? Response.json({ success: false, error, data: null, additional_data: null }, { status }) : null;
const person = (id: number | string, more: object = {}) => ({
  id,
  name: 'Ada Lovelace',
  emails: [{ value: 'ada@example.com', primary: true, label: null }],
  update_time: '2026-11-23T00:00:00Z',
  ...more,
});

describe('Pipedrive in its other words', () => {
  test('[R18d] a list that says success: false with 200 is no empty list', async () => {
    const { connector } = open(refusing(200, 'Internal trouble', ({ url }) => url.pathname === '/api/v2/persons'));
    await expect(connector.readChanges('persons', null, READ)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('[C25] an own field that was asked for and left out is empty; without any own fields nothing is said of them', async () => {
    const { connector } = open(({ url }) =>
      url.pathname === '/api/v2/persons'
        ? Response.json({
            success: true,
            data: [person(1, { custom_fields: {} }), person(2, { custom_fields: null }), person(3)],
          })
        : null,
    );
    const { changed } = await connector.readChanges('persons', null, READ);
    expect(changed.map(({ fields }) => fields[CITY])).toEqual([null, undefined, undefined]);
  });

  test('[C23] ids as text, flags as 0 and 1, absent keys and unknown ones are read', async () => {
    const { connector } = open(({ url }) => {
      if (url.pathname === '/v1/users/me')
        return Response.json({ success: true, data: { id: '3', company_id: '77', surprise: {} } });
      if (url.pathname === '/v1/recents')
        return Response.json({
          success: true,
          data: [
            { item: 'person', id: '8', data: { active_flag: 0 } },
            { item: 'person', id: 9, data: { active_flag: 1 } },
          ],
        });
      if (url.pathname === '/api/v2/persons')
        return Response.json({
          success: true,
          data: [person('7', { owner_id: '3', news: [] })],
          additional_data: null,
        });
      return null;
    });
    expect(await connector.check()).toMatchObject({ id: '77', name: 'Pipedrive 77', user: { id: '3' } });
    expect((await connector.readChanges('persons', null, READ)).changed).toMatchObject([{ id: '7', owner: '3' }]);
    expect(await connector.readChanges('deleted', null, READ)).toMatchObject({ gone: ['8'], more: false });
  });

  test('a token whose user is deactivated is told as such; an answer without the flag says nothing', async () => {
    const { connector, emulator } = open(() => null);
    expect((await connector.check()).findings).toEqual([]);
    emulator.state.isUserActive = false;
    expect((await connector.check()).findings).toEqual([{ level: 'error', code: 'user_inactive', params: {} }]);
    const silent = open(({ url }) =>
      url.pathname === '/v1/users/me' ? Response.json({ success: true, data: { id: 3, company_id: 77 } }) : null,
    );
    expect((await silent.connector.check()).findings).toEqual([]);
  });

  test('[C14] what the vendor refuses about one person rejects that person, whatever the status', async () => {
    for (const [status, error, fault] of [
      [403, 'Contact Sync is not enabled', { reason: 'no_permission', field: 'job_title' }],
      [415, 'Feature is not enabled', { reason: 'rejected_by_crm', field: null }],
      [422, 'Unprocessable', { reason: 'rejected_by_crm', field: null }],
      [413, 'Too large', { reason: 'rejected_by_crm', field: null }],
    ] as const) {
      const { connector } = open(
        refusing(status, error, (asked) => isWrite(asked) && JSON.stringify(asked.body).includes('job_title')),
      );
      const writes = [create('a'), create('b', { job_title: 'Countess' }), create('c')];
      const [a, b, c] = await connector.write(writes);
      expect([a?.kind, c?.kind], String(status)).toEqual(['stored', 'stored']);
      expect(b, String(status)).toMatchObject({ kind: 'refused', faults: [fault] });
    }
  });

  test('[C2] a missing scope stops the run instead of rejecting everybody', async () => {
    const { connector } = open(refusing(403, 'Scope and URL mismatch', isWrite));
    await expect(connector.write([create('a')])).rejects.toMatchObject({ kind: 'forbidden' });
  });

  test('[R18d] a page of HTML says nothing about the person: not gone, not refused', async () => {
    const { connector, emulator } = open((asked) =>
      isWrite(asked)
        ? new Response('<html>Not Found</html>', { status: 404, headers: { 'content-type': 'text/html' } })
        : null,
    );
    const [id] = emulator.world.seed([{ email: 'ada@example.com', lastName: 'Lovelace' }], 'lead');
    const update = { op: 'update', kind: 'person', id: id ?? '', key: 'k', fields: { last_name: 'King' } } as const;
    await expect(connector.write([update])).rejects.toMatchObject({ kind: 'invalid' });
  });

  test('[R31] what was written stays written when the name of its organization cannot be read', async () => {
    const { connector, emulator } = open();
    const id = emulator.state.organizationNamed('Acme');
    emulator.faults.add({ kind: 'error', path: '/organizations', method: 'GET', times: 9 });
    const write = { ...create('a', { org_id: 'Acme' }), companyIds: { org_id: String(id) } };
    expect(await connector.write([write])).toMatchObject([{ kind: 'stored', record: null, certain: false }]);
    expect(emulator.world.all()).toHaveLength(1);
  });

  test('[C15] a person in its bin who can still be written to is gone', async () => {
    const { connector } = open(({ method, url }) => {
      if (method === 'PATCH') return Response.json({ success: true, data: person(1, { is_deleted: true }) });
      return url.searchParams.has('ids') ? Response.json({ success: true, data: [person(1)] }) : null;
    });
    const update = { op: 'update', kind: 'person', id: '1', key: 'k', fields: { last_name: 'King' } } as const;
    expect(await connector.write([update])).toEqual([{ kind: 'gone' }]);
  });

  test('[C4] a position that is refused begins the list anew; an own field that is gone is a reason to look at the fields', async () => {
    const hash = 'a'.repeat(40);
    let error = 'Invalid cursor';
    const { connector, emulator } = open((asked) =>
      refusing(400, error, ({ url }) => url.searchParams.has('cursor'))(asked),
    );
    emulator.world.seed(
      Array.from({ length: 501 }, (_, index) => ({ email: `p${index}@example.com` })),
      'lead',
    );
    const { next } = await connector.readChanges('persons', null, READ);
    await expect(connector.readChanges('persons', next, READ)).rejects.toMatchObject({ kind: 'cursor' });
    error = `custom_fields: ${hash} is not known`;
    await expect(connector.readChanges('persons', next, READ)).rejects.toMatchObject({ kind: 'schema' });
  });

  test('[C16] writes under way at once keep together to 20 calls in any two seconds', async () => {
    const { connector, clock, asked } = open();
    const began = clock.now();
    await connector.write(Array.from({ length: 120 }, (_, index) => create(`k${index}`)));
    expect(asked.length).toBeGreaterThanOrEqual(120);
    // The first twenty at once, each further twenty two seconds later.
    expect(clock.now() - began).toBeGreaterThanOrEqual((120 / 20 - 1) * 2_000);
  });

  test('[R31] version 1 and links to people are on the company’s own host, whichever way it became known', async () => {
    const oauth = { method: 'oauth', clientId: 'i', clientSecret: 's', refreshToken: 'r' } as const;
    const own = open(({ url }) => {
      if (url.pathname === '/oauth/token')
        return Response.json({
          access_token: 'a',
          refresh_token: 'r',
          expires_in: 3599,
          api_domain: 'https://acme.pipedrive.com',
        });
      if (url.pathname === '/api/v1/users/me')
        return Response.json({ success: true, data: { id: 1, name: 'I', company_id: 7 } });
      return Response.json({ success: true, data: url.pathname === '/api/v2/persons' ? [person(1)] : [] });
    }, oauth);
    expect((await own.connector.check()).id).toBe('7');
    const shared = open(({ url }) =>
      url.pathname === '/v1/users/me'
        ? Response.json({ success: true, data: { id: 1, name: 'I', company_id: 7, company_domain: 'acme' } })
        : url.pathname === '/api/v2/persons'
          ? Response.json({ success: true, data: [person(1)] })
          : null,
    );
    for (const { connector } of [own, shared]) {
      const { changed } = await connector.readChanges('persons', null, READ);
      expect(changed[0]?.url).toBe('https://acme.pipedrive.com/person/1');
    }
  });
});
