import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createSalesforceEmulator } from '../../src/connectors/salesforce/emulator/emulator.ts';
import { createC4cEmulator, EMULATED_TENANT } from '../../src/connectors/sap-c4c/emulator/emulator.ts';
import { checkConnection, createFields } from '../../src/engine/check-connection.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { runPreflights } from '../../src/engine/preflight.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { mailExpiries } from '../../src/reports/expiry-mails.ts';
import { openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describeEachDatabase('the daily check of a connection', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock, prepared: false });
    deps = testDeps(open(), clock, crm.request);
    id = (
      await createConnection(
        deps,
        {
          name: 'sales',
          crm: 'hubspot',
          enabled: true,
          credentials: { method: 'token', accessToken: crm.token },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
  });

  test('it happens by itself once a day, and what it found is kept', async () => {
    expect(await runPreflights(deps)).toBe(0);
    clock.advance(DAY_MS + 1);
    expect(await runPreflights(deps)).toBe(1);
    expect(await runPreflights(deps)).toBe(0);
    const { checked } = await loadConnection(deps.store.db, id);
    expect(checked).toMatchObject({ ok: true, at: clock.now() });
    expect(checked?.missingFields).toContain('tandem_url');
    expect(Object.keys(checked?.counts ?? {}).sort()).toEqual(['contact', 'lead']);
    // The tab shows it without asking the CRM: in the reader's language, with what to do and when it was seen.
    const { keyFor, call } = openApi(open(), async () => new Response('', { status: 500 }));
    const headers = { 'accept-language': 'fr' };
    const answer = await call('GET', `/api/v1/connections/${id}/check`, {
      key: await keyFor({ role: 'marketing' }),
      headers,
    });
    expect(await answer.json()).toMatchObject({
      at: new Date(clock.now()).toISOString(),
      ok: true,
      counts: checked?.counts,
      missingFields: checked?.missingFields,
      findings: expect.arrayContaining([
        expect.objectContaining({
          code: 'system_field_missing',
          message: expect.stringContaining('tandem_url'),
          todo: expect.stringContaining('bouton'),
        }),
      ]),
    });
    const sales = await call('GET', `/api/v1/connections/${id}/check`, { key: await keyFor({ role: 'sales' }) });
    expect(sales.status).toBe(403);
  });

  test('[R31c] missing fields are made, the link field first and alone, get their lines, and a full run fills them', async () => {
    const [record] = crm.world.seed([{ email: 'ada@example.com' }], 'lead');
    await syncNow(deps, id);
    const made = await createFields(deps, id, ['tandem_score', 'tandem_url']);
    expect(made.map((one) => [one.key, one.ok])).toEqual([
      ['tandem_url', true],
      ['tandem_url', true],
      ['tandem_score', true],
      ['tandem_score', true],
    ]);
    const { mappings } = await loadConnection(deps.store.db, id);
    expect(mappings.filter((line) => line.kind === 'lead').map((line) => line.hub)).toEqual(
      expect.arrayContaining(['url', 'score']),
    );
    clock.advance(60_000);
    await syncNow(deps, id, { mode: 'full' });
    expect(String(crm.world.get(record ?? '')?.raw['tandem_url'])).toContain('/contacts/ct_');
  });

  test('a CRM without an interface for fields is told by hand, and what somebody made there gets its line', async () => {
    const sap = createC4cEmulator({ clock, prepared: false });
    const other = testDeps(open(), clock, sap.request);
    const credentials = { ...sap.credentials, tenantUrl: EMULATED_TENANT };
    const made = await createConnection(other, { name: 'sap', crm: 'sap-c4c', credentials }, 'api');
    const before = await checkConnection(other, made.id);
    const told = before.findings.filter((one) => one.code === 'system_field_by_hand');
    expect(told.map((one) => one.params['field'])).toEqual([
      'Tandem URL',
      'Tandem score',
      'Tandem status',
      'Tandem source',
      'Sync to Tandem',
    ]);
    // Nothing that a button could make.
    expect(before.missingFields).toEqual([]);
    const attributes = 'MaxLength="255" sap:label="Tandem URL"';
    for (const set of ['Lead', 'Contact'] as const)
      sap.state.plant(set, { name: 'zTandemURL_KUT', type: 'Edm.String', attributes });
    const after = await checkConnection(other, made.id);
    expect(after.findings.map((one) => one.params['field'])).not.toContain('Tandem URL');
    const { mappings } = await loadConnection(other.store.db, made.id);
    expect(mappings.filter((line) => line.hub === 'url')).toMatchObject([
      { kind: 'lead', crm: 'zTandemURL_KUT', direction: 'toCrm' },
      { kind: 'contact', crm: 'zTandemURL_KUT', direction: 'toCrm' },
    ]);
    expect(mappings.filter((line) => line.hub === 'score')).toEqual([]);
  });

  test('Salesforce: rights that the integration user lacks are told by object and by field, each where it stands in the way', async () => {
    const salesforce = createSalesforceEmulator({ clock });
    const other = testDeps(open(), clock, salesforce.request);
    const credentials = { ...salesforce.credentials, loginUrl: 'https://emulated.my.salesforce.test' };
    const made = await createConnection(
      other,
      { name: 'sf', crm: 'salesforce', credentials, export: { enabled: true, minimumScore: 0, createAs: 'lead' } },
      'api',
    );
    const told = async () => {
      const { findings } = await checkConnection(other, made.id);
      return findings.map((one) => [one.code, one.params['field'] ?? one.params['object']]);
    };
    expect(await told()).toEqual([]);
    const { security, fields } = salesforce.state;
    security.hide(fields.Lead, 'Lead', 'Tandem_Url__c');
    const city = fields.Lead.get('City');
    if (city !== undefined) fields.Lead.set('City', { ...city, createable: false, updateable: false });
    security.rights.Lead = { createable: false, updateable: true, deletable: true };
    expect(await told()).toEqual([
      ['field_hidden', 'Tandem_Url__c'],
      ['no_right_to_create', 'Lead'],
      ['field_not_writable', 'City'],
    ]);
    // The button shows the field that is there.
    expect(await createFields(other, made.id, ['Tandem_Url__c'])).toMatchObject([{ ok: true }, { ok: true }]);
    security.rights.Lead = { createable: true, updateable: false, deletable: true };
    expect(await told()).toEqual([
      ['no_right_to_update', 'Lead'],
      ['field_not_writable', 'City'],
    ]);
    salesforce.deactivate('inactive_user');
    expect(await told()).toEqual([['user_inactive', undefined]]);
  });

  test('administrators are mailed 14, 3 and 0 days before credentials end, once each', async () => {
    const { db } = deps.store;
    await db
      .insertInto('user')
      .values({ id: 'u1', name: 'Ada', email: 'ada@example.com', role: 'admin', locale: 'fr' } as never)
      .execute();
    const end = new Date(START + 20 * DAY_MS).toISOString().slice(0, 10);
    await updateConnection(deps, id, { credentialsEndOn: end }, { writtenBy: 'api' });
    const days: number[] = [];
    for (let day = 0; day <= 21; day += 1) {
      await runPreflights(deps);
      if ((await mailExpiries(deps)) > 0) days.push(day);
      expect(await mailExpiries(deps)).toBe(0);
      clock.advance(DAY_MS);
    }
    expect(days).toEqual([6, 17, 20]);
    const mails = await db.selectFrom('outbox').select(['kind', 'recipient', 'subject', 'text']).execute();
    expect(mails).toHaveLength(3);
    expect(mails[0]).toMatchObject({
      kind: 'expiry',
      recipient: 'ada@example.com',
      subject: `sales : une échéance le ${end}`,
    });
    expect(mails[0]?.text).toContain('Que faire');
  });
});
