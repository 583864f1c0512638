import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Zoho from '@zohocrm/typescript-sdk-8.0';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmulatedServer, startEmulator } from '../../src/cli/emulate.ts';

const people = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({
    email: `${prefix}${index}@example.com`,
    last_name: prefix,
    company: 'Acme',
    city: 'Wien',
  }));

/** Zoho's own SDK, unchanged, over HTTP: one data centre more, at a loopback address, by its documented `setEnvironment`. */
describe('@zohocrm/typescript-sdk-8.0 and emulated Zoho CRM', () => {
  let server: EmulatedServer;
  const folder = mkdtempSync(join(tmpdir(), 'tandem-zoho-sdk-'));
  /** Remembers one token, as the SDK's documented hook for stores of one's own wants it. */
  const memory = (): Zoho.TokenStore.MasterModel => {
    let kept: Zoho.Token.MasterModel | null = null;
    return {
      findToken: async () => kept,
      findTokenById: async () => kept,
      saveToken: async (token) => {
        kept = token;
      },
      deleteToken: async () => undefined,
      getTokens: async () => (kept === null ? [] : [kept]),
      deleteTokens: async () => undefined,
    };
  };
  const signIn = async (clientSecret: string): Promise<void> => {
    const token = new Zoho.OAuthBuilder()
      .clientId('1000.EMULATED')
      .clientSecret(clientSecret)
      .refreshToken('emulated-refresh')
      .redirectURL('http://localhost')
      .findUser(false)
      .build();
    await new Zoho.InitializeBuilder()
      .environment(Zoho.DataCenter.setEnvironment(server.url, `${server.url}/oauth/v2/token`, server.url))
      .token(token)
      .store(memory())
      .SDKConfig(new Zoho.SDKConfigBuilder().pickListValidation(false).autoRefreshFields(false).build())
      .resourcePath(folder)
      .logger(new Zoho.LogBuilder().level(Zoho.Levels.OFF).filePath(join(folder, 'sdk.log')).build())
      .initialize();
  };
  beforeAll(async () => {
    server = await startEmulator('zoho', 0);
    await signIn('emulated-secret');
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const leads = () => new Zoho.Record.RecordOperations('Leads');
  /** The SDK types an answer as one of many handlers; each test says which it expects. */
  const as = <T>(answer: { getObject(): unknown }, type: new () => T): T => {
    const object = answer.getObject();
    if (object instanceof type) return object;
    throw new Error(`expected ${type.name}, got ${JSON.stringify(object)}`);
  };
  const lead = (values: Readonly<Record<string, unknown>>): Zoho.Record.Record => {
    const record = new Zoho.Record.Record();
    for (const [key, value] of Object.entries(values)) record.addKeyValue(key, value);
    return record;
  };
  const body = (records: readonly Zoho.Record.Record[]): Zoho.Record.BodyWrapper => {
    const wrapper = new Zoho.Record.BodyWrapper();
    wrapper.setData([...records]);
    return wrapper;
  };
  const outcomes = (answer: { getObject(): unknown }) =>
    as(answer, Zoho.Record.ActionWrapper)
      .getData()
      .map((one) =>
        one instanceof Zoho.Record.SuccessResponse || one instanceof Zoho.Record.APIException
          ? {
              status: one.getStatus().getValue(),
              code: one.getCode().getValue(),
              id: one.getDetails().get('id') as unknown,
              field: one.getDetails().get('api_name') as unknown,
            }
          : { status: 'strange', code: '', id: null, field: null },
      );
  const params = async (values: readonly (readonly [Zoho.Param<unknown>, unknown])[]): Promise<Zoho.ParameterMap> => {
    const map = new Zoho.ParameterMap();
    for (const [param, value] of values) await map.add(param, value);
    return map;
  };
  const P = Zoho.Record.GetRecordsParam;

  test('reads the organisation, the users and the fields of a module', async () => {
    const org = await new Zoho.Org.OrgOperations().getOrganization();
    expect(as(org, Zoho.Org.ResponseWrapper).getOrg()[0]?.getZgid()).toBe('12345678');
    const users = as(await new Zoho.Users.UsersOperations().getUsers(), Zoho.Users.ResponseWrapper);
    expect(users.getUsers()[0]?.getEmail()).toBe('crm@example.com');
    const query = await params([[Zoho.Fields.GetFieldsParam.MODULE, 'Leads']]);
    const fields = as(
      await new Zoho.Fields.FieldsOperations().getFields(query),
      Zoho.Fields.ResponseWrapper,
    ).getFields();
    const named = new Map(fields.map((one) => [one.getAPIName(), one]));
    expect(named.get('Last_Name')?.getSystemMandatory()).toBe(true);
    expect(named.get('Email')).toMatchObject({ dataType: 'email', length: 100 });
    expect(
      named
        .get('Lead_Source')
        ?.getPickListValues()
        .map((one) => one.getActualValue()),
    ).toContain('Web');
  });

  test('pages through 450 leads by page token, each once, and past the wall of pages', async () => {
    const ids = server.emulator.world.seed(people(450, 'page'), 'lead');
    const seen: string[] = [];
    for (let token: string | null = null; ; ) {
      const query = await params([
        [P.FIELDS, 'id,Email,Owner,Modified_Time'],
        [P.SORT_BY, 'id'],
        [P.SORT_ORDER, 'asc'],
        [P.PER_PAGE, 200],
        ...(token === null ? [] : [[P.PAGE_TOKEN, token] as const]),
      ]);
      const page = as(await leads().getRecords(query, new Zoho.HeaderMap()), Zoho.Record.ResponseWrapper);
      seen.push(...page.getData().map((one) => String(one.getId())));
      token = page.getInfo().getNextPageToken();
      if (page.getInfo().getMoreRecords() !== true) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(ids.every((id) => seen.includes(id))).toBe(true);
    const far = await params([
      [P.FIELDS, 'id'],
      [P.PAGE, 11],
    ]);
    const refused = await leads().getRecords(far, new Zoho.HeaderMap());
    expect([refused.getStatusCode(), as(refused, Zoho.Record.APIException).getCode().getValue()]).toEqual([
      400,
      'DISCRETE_PAGINATION_LIMIT_EXCEEDED',
    ]);
  });

  test('tells nothing new by 304 and nothing there by 204', async () => {
    const headers = new Zoho.HeaderMap();
    await headers.add(Zoho.Record.GetRecordsHeader.IF_MODIFIED_SINCE, new Date('2099-01-01T00:00:00Z'));
    const fields = await params([[P.FIELDS, 'id']]);
    expect((await leads().getRecords(fields, headers)).getStatusCode()).toBe(304);
    const contacts = new Zoho.Record.RecordOperations('Contacts');
    expect((await contacts.getRecords(fields, new Zoho.HeaderMap())).getStatusCode()).toBe(204);
  });

  test('queries by COQL, and says where a query is wrong', async () => {
    server.emulator.world.seed(people(3, "o'coql"), 'lead');
    const ask = async (text: string) => {
      const wrapper = new Zoho.Coql.BodyWrapper();
      wrapper.setSelectQuery(text);
      return new Zoho.Coql.CoqlOperations().getRecords(wrapper);
    };
    const answer = as(
      await ask(
        "select id, Email, Modified_Time from Leads where Last_Name = 'o''coql' order by Modified_Time asc, id asc limit 0, 2",
      ),
      Zoho.Coql.ResponseWrapper,
    );
    expect(answer.getData().map((one) => one.getKeyValue('Email') as unknown)).toEqual([
      "o'coql0@example.com",
      "o'coql1@example.com",
    ]);
    expect(answer.getInfo().getMoreRecords()).toBe(true);
    expect((await ask("select id from Leads where Email = 'nobody@example.com'")).getStatusCode()).toBe(204);
    expect((await ask('select Nope from Leads where id > 0')).getStatusCode()).toBe(400);
    expect((await ask('select id from Leads')).getStatusCode()).toBe(400);
  });

  test('creates, reads, updates, upserts, counts, finds and deletes', async () => {
    const made = outcomes(
      await leads().createRecords(body([lead({ Last_Name: 'Lovelace', Company: 'Acme', Email: 'ada@example.com' })])),
    );
    expect(made).toMatchObject([{ status: 'success', code: 'SUCCESS' }]);
    const id = BigInt(String(made[0]?.id));
    const read = as(await leads().getRecord(id), Zoho.Record.ResponseWrapper).getData()[0];
    expect(read?.getKeyValue('Email')).toBe('ada@example.com');
    const change = lead({ City: 'London' });
    change.setId(id);
    expect(outcomes(await leads().updateRecords(body([change])))).toMatchObject([
      { status: 'success', id: String(id) },
    ]);
    const upsert = body([lead({ Email: 'ADA@example.com', Designation: 'Countess' })]);
    upsert.setDuplicateCheckFields(['Email']);
    expect(outcomes(await leads().upsertRecords(upsert))).toMatchObject([{ status: 'success', id: String(id) }]);
    const search = await params([[Zoho.Record.SearchRecordsParam.EMAIL, 'ada@example.com']]);
    const found = as(await leads().searchRecords(search), Zoho.Record.ResponseWrapper).getData();
    expect(found.map((one) => [one.getId(), one.getKeyValue('City') as unknown])).toEqual([[id, 'London']]);
    const count = as(await leads().recordCount(), Zoho.Record.CountWrapper).getCount();
    expect(Number(count)).toBe(server.emulator.world.count('lead'));
    const ids = await params([[Zoho.Record.DeleteRecordsParam.IDS, String(id)]]);
    expect(outcomes(await leads().deleteRecords(ids, new Zoho.HeaderMap()))).toMatchObject([{ status: 'success' }]);
    expect((await leads().getRecord(id)).getStatusCode()).toBe(204);
    const type = await params([[Zoho.Record.GetDeletedRecordsParam.TYPE, 'all']]);
    const gone = as(await leads().getDeletedRecords(type, new Zoho.HeaderMap()), Zoho.Record.DeletedRecordsWrapper);
    expect(gone.getData().map((one) => one.getId())).toContain(id);
  });

  test('of a batch of 100 with one bad row, one row is refused, by field, in its place', async () => {
    const rows = people(100, 'batch').map((person, index) =>
      lead({ Last_Name: 'B', Company: 'Acme', Email: index === 41 ? 'not an address' : person.email }),
    );
    const answer = await leads().createRecords(body(rows));
    expect(answer.getStatusCode()).toBe(207);
    const results = outcomes(answer);
    expect(results.filter((one) => one.status === 'success')).toHaveLength(99);
    expect(results[41]).toMatchObject({ status: 'error', code: 'INVALID_DATA', field: 'Email' });
    const nameless = await leads().createRecords(body([lead({ Company: 'Acme' })]));
    expect(outcomes(nameless)).toMatchObject([{ status: 'error', code: 'MANDATORY_NOT_FOUND', field: 'Last_Name' }]);
  });

  test('a converted lead leaves the lists, is shown on demand, and is not written to', async () => {
    const [id = ''] = server.emulator.world.seed(people(1, 'convert'), 'lead');
    const contact = server.emulator.world.convert(id);
    const shown = async (converted: string): Promise<Zoho.Record.Record[]> => {
      const query = await params([
        [P.FIELDS, 'id,Converted__s,Converted_Contact'],
        [P.IDS, id],
        [P.CONVERTED, converted],
      ]);
      const answer = await leads().getRecords(query, new Zoho.HeaderMap());
      return answer.getStatusCode() === 204 ? [] : as(answer, Zoho.Record.ResponseWrapper).getData();
    };
    expect(await shown('false')).toHaveLength(0);
    const [record] = await shown('both');
    const became: unknown = record?.getKeyValue('Converted_Contact');
    expect(became instanceof Zoho.Record.Record && String(became.getId())).toBe(contact);
    const change = lead({ City: 'Graz' });
    change.setId(BigInt(id));
    expect(outcomes(await leads().updateRecords(body([change])))).toMatchObject([
      { status: 'error', code: 'INVALID_DATA' },
    ]);
  });

  test('a throttled call, a dead token and a wrong secret are told in the vendor’s words', async () => {
    const fields = await params([[P.FIELDS, 'id']]);
    server.emulator.faults.add({ kind: 'throttle', times: 1 });
    // The SDK repeats reads by itself; a write shows the answer.
    const throttled = await leads().createRecords(body([lead({ Last_Name: 'T', Company: 'Acme' })]));
    expect([throttled.getStatusCode(), as(throttled, Zoho.Record.APIException).getCode().getValue()]).toEqual([
      429,
      'TOO_MANY_REQUESTS',
    ]);
    server.emulator.faults.add({ kind: 'expire', times: 1 });
    const dead = await leads().getRecords(fields, new Zoho.HeaderMap());
    expect([dead.getStatusCode(), as(dead, Zoho.Record.APIException).getCode().getValue()]).toEqual([
      401,
      'INVALID_TOKEN',
    ]);
    await signIn('wrong');
    const failed: unknown = await leads()
      .getRecords(fields, new Zoho.HeaderMap())
      .catch((error: unknown) => error);
    expect(JSON.stringify(failed) + String(failed)).toContain('invalid_client');
  });
});
