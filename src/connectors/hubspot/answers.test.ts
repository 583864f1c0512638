import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { createHubSpotEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

/** A connection to emulated HubSpot where a test answers some calls in the vendor's other words. */
function open(answer: (asked: Asked) => Response | null = () => null, options: Readonly<Record<string, unknown>> = {}) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createHubSpotEmulator({ clock });
  const asked: Asked[] = [];
  const fetch = answering((one) => {
    asked.push(one);
    return answer(one);
  }, emulator.request);
  const credentials = { method: 'token', accessToken: emulator.token };
  const connector = connectFor(manifest, { fetch, clock, credentials, linkBack: 'tandem_url', options });
  return { connector, emulator, clock, asked };
}
const READ = { limit: 200, mode: 'changes', fields: ['city'] } as const;
const create = (key: string, email: string) => ({
  op: 'create' as const,
  kind: 'lead' as const,
  key,
  fields: { email },
});

describe('HubSpot in its other words', () => {
  test('[C4] a read too wide for the search ends where the search ends, though records come in any order or not at all', async () => {
    const { connector, emulator } = open();
    const wide = Array.from({ length: 150 }, (_, index) => `a_property_with_a_long_name_${index}`);
    for (const name of wide)
      emulator.state.properties.set(name, {
        name,
        label: name,
        type: 'string',
        fieldType: 'text',
        hubspotDefined: false,
      });
    const ids = emulator.world.seed(
      Array.from({ length: 450 }, (_, index) => ({ email: `p${index}@example.com` })),
      'lead',
    );
    const seen = new Set<string>();
    let cursor: string | null = null;
    for (let pages = 0; pages < 9; pages += 1) {
      const page = await connector.readChanges('contacts', cursor, { ...READ, fields: wide });
      for (const record of page.changed) seen.add(record.id);
      cursor = page.next;
      if (!page.more) break;
    }
    expect([seen.size, ids.every((id) => seen.has(id))]).toEqual([450, true]);
  });

  test('[R18d] a page whose records were all archived meanwhile is not the end of the list', async () => {
    const wide = Array.from({ length: 150 }, (_, index) => `a_property_with_a_long_name_${index}`);
    const { connector, emulator } = open(({ url }) =>
      url.pathname.endsWith('/batch/read') ? Response.json({ status: 'COMPLETE', results: [] }, { status: 207 }) : null,
    );
    emulator.world.seed(
      Array.from({ length: 450 }, (_, index) => ({ email: `p${index}@example.com` })),
      'lead',
    );
    expect(await connector.readChanges('contacts', null, { ...READ, fields: wide })).toMatchObject({
      changed: [],
      more: true,
    });
  });

  test('[C23] numbers for text, null for absent and unknown keys are read', async () => {
    const { connector } = open(({ url }) => {
      if (!url.pathname.endsWith('/search')) return null;
      const contact = {
        id: 7,
        properties: { email: 'a@example.com', city: 7010, lastmodifieddate: '1796083200000', newsletter: true },
        createdAt: null,
        updatedAt: null,
        url: null,
        somethingNew: {},
      };
      return Response.json({ total: 1, results: [contact], paging: null, extra: 1 });
    });
    const page = await connector.readChanges('contacts', null, READ);
    expect(page.changed).toMatchObject([{ id: '7', fields: { city: '7010' }, modifiedAt: 1_796_083_200_000 }]);
    expect(page.more).toBe(false);
  });

  test('[R49] a property that is not there any more is a reason to look at the account, not to refuse a hundred people', async () => {
    const { connector, asked } = open(({ url }) =>
      url.pathname.endsWith('/batch/create')
        ? Response.json(
            {
              status: 'error',
              message:
                'Property values were not valid: [{"isValid":false,"error":"PROPERTY_DOESNT_EXIST","name":"city"}]',
              category: 'VALIDATION_ERROR',
            },
            { status: 400 },
          )
        : null,
    );
    const writes = Array.from({ length: 100 }, (_, index) => create(`k${index}`, `p${index}@example.com`));
    await expect(connector.write(writes)).rejects.toMatchObject({ kind: 'schema' });
    expect(asked.filter(({ url }) => url.pathname.endsWith('/batch/create'))).toHaveLength(1);
  });

  test('[R10] the holder of an address is named, however short its id', async () => {
    const { connector } = open(({ url }) =>
      url.pathname.endsWith('/batch/create')
        ? Response.json(
            { status: 'error', message: 'Contact already exists. Existing ID: 51', category: 'CONFLICT' },
            { status: 409 },
          )
        : null,
    );
    expect(await connector.write([create('k', 'a@example.com')])).toEqual([
      { kind: 'exists', id: '51', field: 'email' },
    ]);
  });

  test('[R31] look-ups of long links fit the search’s 3,000 characters', async () => {
    const { connector, asked } = open();
    const links = Array.from({ length: 40 }, (_, index) => ({
      linkBack: `https://a-rather-long-name.marketing.example.com/contacts/ct_${'x'.repeat(120)}${index}`,
    }));
    await connector.findByKeys(links, []);
    const searches = asked.filter(({ url }) => url.pathname.endsWith('/search'));
    expect(searches.length).toBeGreaterThan(1);
    for (const { body } of searches) expect(JSON.stringify(body).length).toBeLessThanOrEqual(3_000);
  });

  test('[C2] [R15] the account’s rules say how long a text may be', async () => {
    const { connector, emulator } = open();
    emulator.state.maxLengths.set('city', 40);
    const schema = await connector.describe();
    const city = schema === 'unchanged' ? undefined : schema.kinds.lead?.find((field) => field.key === 'city');
    expect(city?.maxLength).toBe(40);
  });

  test('[R10] an address that is taken names its holder where the property says so, too; another unique value is a rule', async () => {
    const say = (name: string) =>
      `Cannot set PropertyValueCoordinates{portalId=62515, objectTypeId=0-1, propertyName=${name}, value=x} on 51. 101 already has that value.`;
    const refused = (name: string) =>
      open(({ url }) =>
        url.pathname.endsWith('/batch/update')
          ? Response.json(
              {
                status: 'error',
                category: 'VALIDATION_ERROR',
                message: `Property values were not valid: [${JSON.stringify({ isValid: false, message: say(name), error: 'CONFLICTING_UNIQUE_VALUE', name, portalId: 62515 })}]`,
              },
              { status: 400 },
            )
          : null,
      ).connector.write([{ op: 'update', kind: 'lead', id: '51', key: 'k', fields: { [name]: 'x' } }]);
    expect(await refused('email')).toEqual([{ kind: 'exists', id: '101', field: 'email' }]);
    expect(await refused('customer_number')).toMatchObject([
      { kind: 'refused', faults: [{ reason: 'duplicate_rule', field: 'customer_number' }] },
    ]);
  });

  test('[R49] a property that is gone is told input by input where each has its trace id, and is one look at the account', async () => {
    const { connector, emulator } = open();
    await connector.describe();
    emulator.state.properties.delete('city');
    const writes = Array.from({ length: 5 }, (_, index) => ({
      ...create(`k${index}`, `p${index}@example.com`),
      fields: { email: `p${index}@example.com`, ...(index === 0 ? {} : { city: 'Wien' }) },
    }));
    await expect(connector.write(writes)).rejects.toMatchObject({ kind: 'schema', code: 'PROPERTY_DOESNT_EXIST' });
  });

  test.each([
    {
      status: 'COMPLETE',
      results: [],
      numErrors: 1,
      errors: [{ status: 'error', category: 'INTERNAL_ERROR', message: 'later' }],
    },
    { status: 'PROCESSING', results: [] },
  ])('[R18d] a batch that was not read to its end makes nobody gone: $status', async (body) => {
    const { connector, emulator } = open(({ url }) =>
      url.pathname.endsWith('/batch/read') ? Response.json(body, { status: 207 }) : null,
    );
    const [id = ''] = emulator.world.seed([{ email: 'a@example.com' }], 'lead');
    await expect(connector.readByIds('lead', [id], [])).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('[C22] a missing scope is named, so that somebody can tick it', async () => {
    const { connector } = open(() =>
      Response.json(
        {
          status: 'error',
          category: 'MISSING_SCOPES',
          message: 'This app hasn’t been granted all required scopes to make this call.',
          errors: [{ message: 'x', context: { requiredGranularScopes: ['crm.objects.contacts.read'] } }],
        },
        { status: 403 },
      ),
    );
    await expect(connector.check()).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('crm.objects.contacts.read') as string,
    });
  });

  test('[C16] [R34] where the ten seconds’ allowance is used up the next call waits, before HubSpot has to say so', async () => {
    let answers = 0;
    const { connector, emulator, clock } = open(({ url }) => {
      answers += 1;
      return url.pathname.endsWith('/details') && answers === 1
        ? Response.json(
            { portalId: 1, uiDomain: 'app.hubspot.com' },
            { headers: { 'x-hubspot-ratelimit-remaining': '0', 'x-hubspot-ratelimit-max': '100' } },
          )
        : null;
    });
    const [id = ''] = emulator.world.seed([{ email: 'a@example.com' }], 'lead');
    const before = clock.now();
    await connector.check();
    await connector.readByIds('lead', [id], []);
    expect(clock.now() - before).toBeGreaterThanOrEqual(1_000);
  });

  test('[R13] a new lead gets a stage that is a lead by the connection’s own list', async () => {
    const { connector, emulator } = open(() => null, { leadStages: ['subscriber', 'marketingqualifiedlead'] });
    await connector.write([create('k', 'a@example.com')]);
    const [made] = (await connector.readChanges('contacts', null, READ)).changed;
    expect([made?.kind, emulator.state.holderOf('a@example.com')?.properties['lifecyclestage']]).toEqual([
      'lead',
      'subscriber',
    ]);
  });

  test('[R25] [C28] who is named neither as associated nor as refused is not taken for associated', async () => {
    const { connector, emulator } = open(
      ({ url }) =>
        url.pathname.includes('/associations/')
          ? Response.json(
              {
                status: 'COMPLETE',
                results: [{ fromObjectId: Number(made[0]), toObjectId: 7 }],
                errors: [{ status: 'error', category: 'VALIDATION_ERROR', message: 'company 7 does not exist' }],
              },
              { status: 207 },
            )
          : null,
      { companyRecords: true },
    );
    const made = emulator.world.seed([{ email: 'a@example.com' }, { email: 'b@example.com' }], 'lead');
    const outcomes = await connector.write(
      made.map((id) => ({
        op: 'update',
        kind: 'lead',
        id,
        key: id,
        fields: { company: 'Acme' },
        companyIds: { company: '7' },
      })),
    );
    expect(outcomes).toMatchObject([{ kind: 'stored' }, { kind: 'refused', faults: [{ field: 'company' }] }]);
    expect(made.map((id) => emulator.state.contacts.get(id)?.properties['company'] ?? null)).toEqual(['Acme', null]);
  });

  test('[C1] a key that may not see company records is told where people shall belong to them', async () => {
    const scopes = { category: 'MISSING_SCOPES', message: 'no', status: 'error' };
    const refuse = ({ url }: Asked): Response | null =>
      url.pathname.includes('/companies') ? Response.json(scopes, { status: 403 }) : null;
    expect((await open(refuse, { companyRecords: true }).connector.check()).findings).toEqual([
      { level: 'error', code: 'missing_right', params: { object: 'companies' } },
    ]);
    expect((await open(refuse).connector.check()).findings).toEqual([]);
  });
});

describe('scopes of a HubSpot token', () => {
  test('[C1] each scope that is missing is told by its name, companies only where people belong to them', async () => {
    const { connector, emulator } = open(() => null, { companyRecords: true });
    expect((await connector.check()).findings).toEqual([]);
    for (const scope of ['crm.objects.contacts.write', 'crm.objects.companies.write'])
      emulator.state.scopes.delete(scope);
    const missing = (scope: string) => ({ level: 'warning', code: 'missing_scope', params: { scope } });
    expect((await connector.check()).findings).toEqual([
      missing('crm.objects.contacts.write'),
      missing('crm.objects.companies.write'),
    ]);
  });

  test('[C1] [C22] a token of which HubSpot says nothing is checked all the same, and stands in no error', async () => {
    for (const status of [400, 401, 404]) {
      const refuse = ({ url }: Asked): Response | null =>
        url.pathname.endsWith('/access-token-info') ? Response.json({ status: 'error' }, { status }) : null;
      expect((await open(refuse).connector.check()).findings).toEqual([]);
    }
  });
});
