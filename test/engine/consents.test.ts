import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import {
  createSalesforceEmulator,
  type SalesforceEmulator,
} from '../../src/connectors/salesforce/emulator/emulator.ts';
import { listConflicts, resolveConflict } from '../../src/engine/conflicts.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { writeConsentFields } from '../../src/hub/forms/consent-fields.ts';
import { type ConsentRecord, listConsents, recordConsents } from '../../src/hub/forms/consents.ts';
import { mergeContacts } from '../../src/hub/merge-contacts.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const BASE = 'http://localhost:4000';
const ADA = 'ada@example.com';

describeEachDatabase('consents and the permission fields of CRMs', (open) => {
  let clock: TestClock;
  let hubspot: HubSpotEmulator;
  let salesforce: SalesforceEmulator;
  let deps: EngineDeps;
  let hubspotId: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    hubspot = createHubSpotEmulator({ clock });
    hubspot.state.properties.set('permission', {
      name: 'permission',
      label: 'Newsletter permission',
      type: 'enumeration',
      fieldType: 'select',
      hubspotDefined: false,
      options: ['Unknown', 'Yes', 'No'].map((label) => ({ label, value: label.toLowerCase() })),
    });
    salesforce = createSalesforceEmulator({ clock, url: () => 'https://sf.test' });
    deps = testDeps(open(), clock, (url, init) =>
      (url.startsWith('https://sf.test') ? salesforce : hubspot).request(url, init),
    );
    hubspotId = (
      await createConnection(
        deps,
        {
          name: 'sales',
          crm: 'hubspot',
          enabled: true,
          credentials: { method: 'token', accessToken: hubspot.token },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
    await mapPermission({ source: false });
  });
  const mappingsOf = async (id: string) =>
    (
      await deps.store.db.selectFrom('connections').select('mappings').where('id', '=', id).executeTakeFirstOrThrow()
    ).mappings.filter((line) => line.consent === undefined);
  const mapPermission = async ({ source }: { readonly source: boolean }) =>
    updateConnection(
      deps,
      hubspotId,
      {
        mappings: [
          ...(await mappingsOf(hubspotId)),
          ...(['lead', 'contact'] as const).map((kind) => ({
            kind,
            hub: 'consent',
            crm: 'permission',
            direction: 'both' as const,
            consent: { purpose: 'newsletter', given: ['Yes'], withdrawn: ['No'], ...(source ? { source } : {}) },
          })),
        ],
      },
      { writtenBy: 'api' },
    );
  const connectSalesforce = async (): Promise<string> => {
    const { id } = await createConnection(
      deps,
      {
        name: 'sf',
        crm: 'salesforce',
        enabled: true,
        credentials: { ...salesforce.credentials, loginUrl: 'https://sf.test' },
        export: { enabled: true, minimumScore: 0 },
      },
      'api',
    );
    await updateConnection(
      deps,
      id,
      {
        mappings: [
          ...(await mappingsOf(id)),
          ...(['lead', 'contact'] as const).map((kind) => ({
            kind,
            hub: 'consent',
            crm: 'HasOptedOutOfEmail',
            direction: 'both' as const,
            consent: { purpose: 'newsletter', withdrawn: [true] },
          })),
        ],
      },
      { writtenBy: 'api' },
    );
    return id;
  };
  const sync = async (id = hubspotId, request = {}) => {
    clock.advance(600_000);
    return syncNow(deps, id, request);
  };
  const ada = async () => {
    const found = await findContact(deps.store.db, ADA, BASE);
    if (found === undefined) throw new Error('Ada is not here');
    return found;
  };
  const records = async () =>
    (await listConsents(deps.store.db, (await ada()).id)).map(({ purpose, given, how }) => [purpose, given, how]);
  /** What a form, an import or the preference page leaves behind. */
  const say = async (given: boolean, extra: Partial<ConsentRecord> = {}) => {
    clock.advance(60_000);
    const { id } = await ada();
    await deps.store.transaction(async (trx) => {
      await recordConsents(trx, [
        {
          contactId: id,
          purpose: 'newsletter',
          given,
          at: clock.now(),
          how: 'form',
          source: null,
          sourceVersion: null,
          textId: null,
          textVersion: null,
          words: null,
          language: null,
          proven: false,
          ground: null,
          submissionId: null,
          ...extra,
        },
      ]);
      await writeConsentFields(trx, [id], { at: clock.now(), reason: 'form' });
    });
  };
  const permission = (record: string | undefined) => hubspot.world.get(record ?? '')?.raw['permission'];

  test('[R8a] a withdrawal in the CRM becomes a record with what it was read from, reaches the other CRM, and happens once', async () => {
    const [record] = hubspot.world.seed([{ email: ADA, last_name: 'Lovelace', company: 'Engines' }], 'lead');
    await sync();
    await say(true);
    const sf = await connectSalesforce();
    await sync();
    await sync(sf);
    expect(permission(record)).toBe('yes');
    const [lead] = salesforce.world.find(ADA, 1);
    expect(lead?.raw['HasOptedOutOfEmail']).not.toBe(true);

    hubspot.world.edit(record ?? '', { permission: 'no' });
    await sync();
    expect((await ada()).fields['consent'] ?? null).toBeNull();
    expect(await records()).toEqual([
      ['newsletter', false, 'crm'],
      ['newsletter', true, 'form'],
    ]);
    const [withdrawn] = await listConsents(deps.store.db, (await ada()).id);
    expect(withdrawn).toMatchObject({
      source: hubspotId,
      proven: false,
      evidence: { crm: 'hubspot', field: 'permission', label: 'Newsletter permission', value: 'No', crmId: record },
    });
    const history = await deps.store.db
      .selectFrom('contact_history')
      .select(['origin', 'to'])
      .where('field', '=', 'consent')
      .orderBy('at', 'desc')
      .executeTakeFirstOrThrow();
    expect(history).toMatchObject({ to: null, origin: { by: 'sync', rule: 'R8a', connection: hubspotId } });

    await sync(sf);
    expect(salesforce.world.find(ADA, 1)[0]?.raw['HasOptedOutOfEmail']).toBe(true);
    for (const id of [hubspotId, sf]) {
      const [toHub, toCrm] = await sync(id, { mode: 'full' });
      expect([toHub?.counts.updated, toCrm?.counts.updated]).toEqual([0, 0]);
    }
    expect(await records()).toHaveLength(2);
  });

  test('[R8a] a yes in the CRM counts only where it is the source; a preview says so and keeps nothing', async () => {
    hubspot.world.seed([{ email: ADA, permission: 'yes' }], 'lead');
    await sync();
    expect(await records()).toEqual([]);
    await mapPermission({ source: true });
    await sync(hubspotId, { dryRun: true });
    expect(await records()).toEqual([]);
    await sync();
    expect(await records()).toEqual([['newsletter', true, 'crm']]);
    expect((await ada()).fields['consent']).toBe('newsletter');
    const item = await deps.store.db
      .selectFrom('items')
      .select('changes')
      .where('outcome', '=', 'updated')
      .orderBy('at', 'desc')
      .executeTakeFirstOrThrow();
    expect(item.changes).toMatchObject([{ field: 'consent:newsletter', from: null, to: 'given', rule: 'R8a' }]);
  });

  test('[R8a] what belongs to sales, or does not take part any more, is told of a withdrawal and of nothing else', async () => {
    await updateConnection(deps, hubspotId, { import: { contacts: true } }, { writtenBy: 'api' });
    const [record] = hubspot.world.seed([{ email: ADA }], 'contact');
    await sync();
    await say(true, { proven: true });
    await sync();
    expect(permission(record) ?? null).toBeNull();
    await say(false, { how: 'preferences', proven: true });
    await sync();
    expect(permission(record)).toBe('no');
  });

  test('[R46] over a withdrawal in the CRM a proven agreement goes out, an unproven one waits for a person, who decides either way', async () => {
    const [record] = hubspot.world.seed([{ email: ADA, permission: 'no' }], 'lead');
    await sync();
    await say(true, { proven: true });
    await sync();
    expect(permission(record)).toBe('yes');

    hubspot.world.edit(record ?? '', { permission: 'no' });
    await sync();
    await say(true);
    await sync();
    await sync();
    expect(permission(record)).toBe('no');
    const held = await listConflicts(deps, { status: 'held', limit: 10 });
    expect(held).toMatchObject([
      { why: 'resubscribe', hub_field: 'consent:newsletter', hub_value: 'given', crm_value: 'no' },
    ]);
    const seen = { hubValue: 'given', crmValue: 'no', by: 'grace' };
    await resolveConflict(deps, held[0]?.id ?? '', { winner: 'hub', ...seen });
    await sync();
    expect(permission(record)).toBe('yes');

    hubspot.world.edit(record ?? '', { permission: 'no' });
    await sync();
    await say(true);
    await sync();
    const [again] = await listConflicts(deps, { status: 'held', limit: 10 });
    await resolveConflict(deps, again?.id ?? '', { winner: 'crm', ...seen });
    await sync();
    await sync();
    expect(permission(record)).toBe('no');
    expect((await records())[0]).toEqual(['newsletter', false, 'person']);
    expect(await listConflicts(deps, { status: 'held', limit: 10 })).toEqual([]);
  });

  test('[R8a] somebody new goes to the CRM with what they agreed to, and with what they withdrew', async () => {
    const sf = await connectSalesforce();
    hubspot.world.seed([{ email: ADA, last_name: 'Lovelace', company: 'Engines', permission: 'no' }], 'lead');
    await sync();
    await sync(sf);
    expect(salesforce.world.find(ADA, 1)[0]?.raw['HasOptedOutOfEmail']).toBe(true);
  });

  test('[R8a] two contacts that become one have the records of both, and the field that follows from them', async () => {
    hubspot.world.seed([{ email: ADA }, { email: 'lovelace@example.com' }], 'lead');
    await sync();
    await say(true);
    const other = await findContact(deps.store.db, 'lovelace@example.com', BASE);
    const from = (await ada()).id;
    await deps.store.transaction((trx) => mergeContacts(trx, { into: other?.id ?? '', from }, clock.now()));
    expect((await findContact(deps.store.db, 'lovelace@example.com', BASE))?.fields['consent']).toBe('newsletter');
  });
});
