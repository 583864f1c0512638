import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { checkConnection } from '../../src/engine/check-connection.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { ownerReport } from '../../src/engine/owner-report.ts';
import { ownersOfContacts } from '../../src/engine/owners.ts';
import { hubFields } from '../../src/hub/fields.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';

import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describeEachDatabase('owners', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  let calls: string[];
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock });
    calls = [];
    deps = testDeps(open(), clock, (url, init) => {
      calls.push(new URL(url).pathname);
      return crm.request(url, init);
    });
    id = (
      await createConnection(
        deps,
        {
          name: 'hs',
          crm: 'hubspot',
          enabled: true,
          credentials: { method: 'token', accessToken: crm.token },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
  });
  const sync = async () => {
    clock.advance(60_000);
    return syncNow(deps, id);
  };
  const add = (people: readonly Readonly<Record<string, string>>[]) =>
    open().transaction((trx) =>
      saveContacts(
        trx,
        people.map((fields) => ({ fields })),
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const ownerOf = (email: string) => crm.state.holderOf(email)?.properties['hubspot_owner_id'] ?? null;
  const assign = (owners: object) => updateConnection(deps, id, { owners }, { writtenBy: 'api' });

  test('[R25] who owns a record is read, by name, once a day, and shown with the person', async () => {
    crm.state.create({ email: 'a@example.com', lifecyclestage: 'lead', hubspot_owner_id: '501' });
    crm.state.create({ email: 'b@example.com', lifecyclestage: 'lead', hubspot_owner_id: '503' });
    await sync();
    const ids = await Promise.all(
      ['a', 'b'].map(async (name) => (await findContact(open().db, `${name}@example.com`, ''))?.id ?? ''),
    );
    const owners = await ownersOfContacts(open().db, ids);
    expect(owners.get(ids[0] ?? '')).toEqual([{ connection: 'hs', name: 'Rita Rep', active: true }]);
    expect(owners.get(ids[1] ?? '')).toEqual([{ connection: 'hs', name: 'Gustav Gone', active: false }]);
    const asked = () => calls.filter((path) => path.includes('/owners')).length;
    const before = asked();
    await sync();
    expect(asked()).toBe(before);
    clock.advance(DAY_MS);
    await sync();
    expect(asked()).toBe(before + 2);
  });

  test('[R25] nobody is given an owner until the connection says so', async () => {
    await add([{ email: 'a@example.com', country: 'France' }]);
    await sync();
    expect(ownerOf('a@example.com')).toBeNull();
  });

  test('[R25] a new record goes to whom the map names, by value or by address, else to the fallback; an existing one keeps its owner', async () => {
    crm.state.create({ email: 'there@example.com', lifecyclestage: 'lead', hubspot_owner_id: '502' });
    await assign({
      assign: true,
      field: 'country',
      map: { France: 'Rita@Example.com', Spain: 'gustav@example.com', Italy: 'nobody@example.com' },
      fallback: 'otto@example.com',
    });
    await add([
      { email: 'fr@example.com', country: ' france' },
      { email: 'es@example.com', country: 'Spain' },
      { email: 'it@example.com', country: 'Italy' },
      { email: 'own@example.com', country: 'rita@example.com' },
      { email: 'none@example.com' },
      { email: 'there@example.com', country: 'France' },
    ]);
    await sync();
    const names = ['fr', 'es', 'it', 'own', 'none', 'there'];
    expect(names.map((name) => ownerOf(`${name}@example.com`))).toEqual(['501', '502', '502', '501', '502', '502']);
    const { findings } = await checkConnection(deps, id);
    expect(findings.filter((one) => one.code.startsWith('owner_'))).toEqual([
      { level: 'warning', code: 'owner_inactive', params: { email: 'gustav@example.com' } },
      { level: 'warning', code: 'owner_unknown', params: { email: 'nobody@example.com' } },
    ]);
    const report = await ownerReport(open().db, await loadConnection(open().db, id), await hubFields(open().db));
    expect(report.owners.find((one) => one.id === '501')).toMatchObject({
      name: 'Rita Rep',
      records: 2,
      values: ['France'],
      contacts: 3,
      isFallback: false,
    });
    // Whose people go to whom: by the map, by being an address, else to the fallback with those who have no value.
    expect(report.values).toEqual([
      { value: expect.stringMatching(/^france$/i), contacts: 2, owner: '501', how: 'map' },
      ...['Italy', 'Spain'].map((value) => ({ value, contacts: 1, owner: '502', how: 'fallback' })),
      { value: 'rita@example.com', contacts: 1, owner: '501', how: 'address' },
    ]);
    expect(report.withoutValue).toBe(1);
    expect(report.owners.find((one) => one.id === '502')).toMatchObject({ contacts: 3, isFallback: true });
    expect(report.unmapped).toEqual([
      { value: 'Italy', contacts: 1 },
      { value: 'Spain', contacts: 1 },
    ]);
  });

  test('[R25] a map of owners without a field and without a fallback is refused, and so is what is no address', async () => {
    await expect(assign({ assign: true })).rejects.toMatchObject({
      problems: [{ path: 'owners.field', code: 'owner_field' }],
    });
    await expect(assign({ field: 'nope', map: { France: 'rita' } })).rejects.toMatchObject({
      problems: [
        { path: 'owners.field', code: 'unknown_field' },
        { path: 'owners.map.France', code: 'invalid_email' },
      ],
    });
    await assign({ assign: true, fallback: 'otto@example.com' });
    await assign({ assign: false, fallback: null });
    expect((await loadConnection(open().db, id)).settings.owners).toEqual({ assign: false, field: '', map: {} });
  });

  test('[R25] the route tells who goes to whom by any field, reads the users again when asked, and says whose right is missing', async () => {
    const { keyFor, call } = openApi(open(), (url, init) => crm.request(url, init), {}, new Set(), {
      secrets: deps.secrets,
    });
    const key = await keyFor({ role: 'marketing' });
    await assign({ assign: true, field: 'country', map: { France: 'rita@example.com' } });
    await add([{ email: 'a@example.com', country: 'France', city: 'otto@example.com' }]);
    const read = async (path: string, method = 'GET') => {
      const answer = await call(method, `/api/v1/connections/${id}/owners${path}`, { key });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const saved = await read('');
    expect(saved.body['values']).toEqual([{ value: 'France', contacts: 1, owner: '501', how: 'map' }]);
    const other = await read('?field=city');
    expect(other.body['values']).toEqual([{ value: 'otto@example.com', contacts: 1, owner: '502', how: 'address' }]);
    const again = await read('/read', 'POST');
    expect(again.status).toBe(200);
    expect(again.body['items']).toHaveLength(3);
    expect(
      (await call('POST', `/api/v1/connections/${id}/owners/read`, { key: await keyFor({ role: 'sales' }) })).status,
    ).toBe(403);
    await sync();
    const found = await call('POST', '/api/v1/contacts/search', { key, body: { search: 'a@example.com' } });
    expect(((await found.json()) as { items: { owners: unknown }[] }).items[0]?.owners).toEqual([
      { connection: 'hs', name: 'Rita Rep', active: true },
    ]);
  });
});
