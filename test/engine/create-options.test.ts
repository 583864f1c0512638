import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { createField } from '../../src/hub/fields.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import type { manualClock } from '../../src/platform/clock.ts';
import { openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { syncNow } from '../support/engine.ts';

describeEachDatabase('choices that a list does not have', (open) => {
  let clock: ReturnType<typeof manualClock>;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  let api: ReturnType<typeof openApi>;
  let forbidden: boolean;
  beforeEach(async () => {
    await emptyStore(open());
    forbidden = false;
    api = openApi(open(), (url, init) =>
      forbidden && init.method === 'PATCH' && url.includes('/crm/properties/')
        ? Promise.resolve(Response.json({ category: 'MISSING_SCOPES' }, { status: 403 }))
        : crm.request(url, init),
    );
    clock = api.clock;
    crm = createHubSpotEmulator({ clock });
    deps = api.deps.engine;
    crm.state.properties.set('branch', {
      name: 'branch',
      label: 'Branch',
      type: 'enumeration',
      fieldType: 'select',
      hubspotDefined: false,
      options: [
        { label: 'Retail', value: 'r1', hidden: false },
        { label: 'Food', value: 'f1', hidden: false },
      ],
    });
    const made = await createConnection(
      deps,
      {
        name: 'hs',
        crm: 'hubspot',
        enabled: true,
        credentials: { method: 'token', accessToken: crm.token },
        export: { enabled: true, minimumScore: 0 },
      },
      'api',
    );
    id = made.id;
    await open().transaction((trx) =>
      createField(
        trx,
        { key: 'branch', label: 'Branch', type: 'oneOf', options: ['Retail', 'Mining', 'Fishing', 'Old'] },
        clock.now(),
      ),
    );
    await updateConnection(
      deps,
      id,
      {
        mappings: [
          ...made.mappings,
          { kind: 'lead', hub: 'branch', crm: 'branch', direction: 'both', unknownValues: 'reject' },
        ],
      },
      { writtenBy: 'api' },
    );
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
  const call = async (method: string, path: string, role: 'admin' | 'marketing', body?: unknown) => {
    const answer = await api.call(method, `/api/v1${path}`, { key: await api.keyFor({ role }), body });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const branchOf = (email: string) => crm.state.holderOf(email)?.properties['branch'] ?? null;
  const waiting = async () =>
    (
      await open()
        .db.selectFrom('rejections')
        .select(['email', 'reason'])
        .where('resolved_at', 'is', null)
        .orderBy('email')
        .execute()
    ).map((row) => `${row.email} ${row.reason}`);

  test('[R21] one decision mends everybody whom unknown values hold up: made in the CRM, mapped, left out; then all are tried again', async () => {
    await add([
      ...['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com`, branch: 'Mining' })),
      { email: 'd@example.com', branch: 'Fishing' },
      { email: 'e@example.com', branch: 'Old' },
      { email: 'f@example.com', branch: 'Retail' },
    ]);
    await sync();
    expect(await waiting()).toHaveLength(5);
    const { body } = await call('GET', '/rejections/values?connection=hs', 'marketing');
    expect(body['items']).toMatchObject([
      {
        direction: 'toCrm',
        reason: 'not_in_list',
        crmFieldLabel: 'Branch',
        people: 5,
        values: [
          { value: 'Mining', people: 3 },
          { value: 'Fishing', people: 1 },
          { value: 'Old', people: 1 },
        ],
        choices: ['Retail', 'Food'],
        canCreate: true,
        byHand: null,
      },
    ]);
    const wish = {
      connection: 'hs',
      direction: 'toCrm',
      line: 'lead:branch:branch',
      decisions: [
        { value: 'Mining', create: true },
        { value: 'Fishing', map: 'Food' },
        { value: 'Old', leaveOut: true },
      ],
    };
    // What changes the CRM itself is the administrator's.
    expect((await call('POST', '/rejections/values', 'marketing', wish)).status).toBe(403);
    expect(await call('POST', '/rejections/values', 'admin', wish)).toMatchObject({
      status: 200,
      body: { retried: 5, created: 1, failed: [] },
    });
    expect(crm.state.properties.get('branch')?.options?.map((one) => one.value)).toEqual(['r1', 'f1', 'Mining']);
    await sync();
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => branchOf(`${name}@example.com`))).toEqual([
      'Mining',
      'Mining',
      'Mining',
      'f1',
      null,
      'r1',
    ]);
    expect(await waiting()).toEqual([]);
    expect((await call('GET', '/rejections/values', 'marketing')).body['items']).toEqual([]);
  });

  test('[R21] a value from the CRM is added to the hub list for everybody at once, and forms do not show it', async () => {
    for (const [index, branch] of ['f1', 'f1', 'r1'].entries())
      crm.state.create({ email: `p${index}@example.com`, lifecyclestage: 'lead', branch });
    await sync();
    expect(await waiting()).toEqual(['p0@example.com unmapped_value', 'p1@example.com unmapped_value']);
    const cause = ((await call('GET', '/rejections/values', 'marketing')).body['items'] as object[])[0];
    expect(cause).toMatchObject({ direction: 'toHub', values: [{ value: 'Food', people: 2 }], canCreate: true });
    const wish = { connection: 'hs', direction: 'toHub', line: 'lead:branch:branch' };
    expect(
      (await call('POST', '/rejections/values', 'marketing', { ...wish, decisions: [{ value: 'Food', create: true }] }))
        .body,
    ).toMatchObject({ retried: 2, created: 1 });
    await sync();
    expect(await waiting()).toEqual([]);
    const values = await open()
      .db.selectFrom('list_values')
      .select(['label', 'in_forms'])
      .where('label', '=', 'Food')
      .execute();
    expect(values).toEqual([{ label: 'Food', in_forms: false }]);
  });

  test('[R21] a refusal of the CRM is told by name, the other decisions hold, and only they are tried again', async () => {
    await add([
      { email: 'a@example.com', branch: 'Mining' },
      { email: 'b@example.com', branch: 'Fishing' },
    ]);
    await sync();
    forbidden = true;
    const wish = { connection: 'hs', direction: 'toCrm', line: 'lead:branch:branch' };
    const answer = await call('POST', '/rejections/values', 'admin', {
      ...wish,
      decisions: [
        { value: 'Mining', create: true },
        { value: 'Fishing', map: 'Food' },
      ],
    });
    expect(answer.body).toMatchObject({
      retried: 1,
      created: 0,
      failed: [{ value: 'Mining', reason: 'no_permission' }],
    });
    expect(String((answer.body['failed'] as { message: string }[])[0]?.message)).toContain('HubSpot');
    await sync();
    expect([branchOf('a@example.com'), branchOf('b@example.com')]).toEqual([null, 'f1']);
    expect(await waiting()).toEqual(['a@example.com not_in_list']);
  });

  test('[R21] a choice is made once whatever the spelling, only in lists, and never with a semicolon where several may be chosen', async () => {
    const make = (labels: string[], field = 'branch') =>
      call('POST', `/connections/hs/options`, 'admin', { kind: 'lead', field, labels });
    expect((await make([' mining ', 'Mining', 'RETAIL'])).body['items']).toEqual([
      { label: 'Mining', ok: true, id: 'Mining', reason: null, message: null },
      { label: 'RETAIL', ok: true, id: 'r1', reason: null, message: null },
    ]);
    expect(crm.state.properties.get('branch')?.options).toHaveLength(3);
    expect(
      (await loadConnection(open().db, id)).schema?.kinds.lead?.find((one) => one.key === 'branch')?.options,
    ).toHaveLength(3);
    expect((await make(['x'], 'city')).body['errors']).toMatchObject([{ path: 'field', code: 'options_by_hand' }]);
    expect((await make(['x'], 'nope')).body['errors']).toMatchObject([{ path: 'field', code: 'unknown_field' }]);
    expect(
      (await call('POST', '/connections/hs/options', 'marketing', { kind: 'lead', field: 'branch', labels: ['x'] }))
        .status,
    ).toBe(403);
    const branch = crm.state.properties.get('branch');
    if (branch !== undefined)
      crm.state.properties.set('branches', { ...branch, name: 'branches', fieldType: 'checkbox' });
    expect((await make(['a;b'], 'branches')).body['errors']).toMatchObject([{ path: 'labels', code: 'option_parted' }]);
  });
});
