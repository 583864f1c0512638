import { z } from 'zod';
import { atOnce } from '../kit/at-once.ts';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { createHttp, type Http, type HttpAnswer, type HttpRequest } from '../kit/http.ts';
import { chunks, idText, read } from '../kit/read.ts';
import type { Row, ZohoField } from './codec.ts';
import { centreOfApi, DATA_CENTRES, webOfApi } from './data-centres.ts';
import { classify, resultOf } from './faults.ts';
import { obtainToken } from './tokens.ts';

/** Sizes: BEHAVIOR.md, "Limits". */
export const COQL_ROWS = 2_000;
export const LIST_PAGE = 200;
export const IDS_PER_CALL = 100;
/** Calls under way at once: the smallest edition allows five for everybody who uses this app (BEHAVIOR.md, "Limits"). */
export const IN_FLIGHT = 3;
const FIELDS_PER_LIST = 50;
export const VALUES_PER_IN = 100;

export type ModuleName = 'Leads' | 'Contacts';

const rowsSchema = z.object({
  data: z.array(z.looseObject({ id: z.string() })).nullish(),
  info: z.looseObject({ more_records: z.boolean().nullish(), next_page_token: z.string().nullish() }).nullish(),
});
const fieldsSchema = z.object({
  fields: z.array(
    z.looseObject({
      api_name: z.string(),
      /** Stays when people change the name. */
      id: z.string().nullish(),
      field_label: z.string().nullish(),
      display_label: z.string().nullish(),
      data_type: z.string(),
      length: z.number().nullish(),
      decimal_place: z.number().nullish(),
      system_mandatory: z.boolean().nullish(),
      read_only: z.boolean().nullish(),
      field_read_only: z.boolean().nullish(),
      operation_type: z.looseObject({ api_create: z.boolean().nullish(), api_update: z.boolean().nullish() }).nullish(),
      profiles: z.array(z.looseObject({ id: idText, permission_type: z.string().nullish() })).nullish(),
      custom_field: z.boolean().nullish(),
      unique: z.looseObject({}).nullish(),
      pick_list_values: z
        .array(z.looseObject({ display_value: idText, actual_value: idText, type: z.string().nullish() }))
        .nullish(),
    }),
  ),
});
const layoutsSchema = z.object({
  layouts: z.array(
    z.looseObject({
      sections: z
        .array(
          z.looseObject({
            fields: z
              .array(z.looseObject({ api_name: z.string().nullish(), required: z.boolean().nullish() }))
              .nullish(),
          }),
        )
        .nullish(),
    }),
  ),
});
const orgSchema = z.object({
  org: z.array(
    z.looseObject({
      zgid: z.union([z.string(), z.number()]).nullish(),
      id: z.string().nullish(),
      company_name: z.string().nullish(),
      time_zone: z.string().nullish(),
    }),
  ),
});
const countSchema = z.object({ count: z.coerce.number() });
const deletedSchema = z.object({
  data: z.array(z.looseObject({ id: z.string() })).nullish(),
  info: z.looseObject({ more_records: z.boolean().nullish() }).nullish(),
});

export interface Page {
  readonly rows: readonly Row[];
  /** null: the answer does not tell. */
  readonly more: boolean | null;
  readonly next: string | null;
  readonly serverTime: number | null;
}

/** The endpoints that we use, typed. */
export class ZohoClient {
  readonly http: Http;
  readonly isSandbox: boolean;
  readonly #apiUrl: (token: StoredToken) => string;
  /** A refusal that came with a 200: it is no empty list, or people would be taken for deleted (R18d). */
  readonly #refusal: (answer: HttpAnswer) => RemoteError | null;

  constructor(context: ConnectContext) {
    const { settings } = context;
    const named = settings.credentials['dataCentre']?.trim().toLowerCase() ?? '';
    const centre = DATA_CENTRES[named === '' ? 'us' : named];
    if (centre === undefined)
      throw new RemoteError(
        'invalid',
        `credentials.dataCentre must be one of ${Object.keys(DATA_CENTRES).join(', ')}`,
        {
          case: 'option_wrong',
          params: { option: 'dataCentre' },
        },
      );
    this.isSandbox = centreOfApi(settings.baseUrl ?? '')?.isSandbox === true;
    // The token says in which data centre the organisation lives.
    this.#apiUrl = (token) => settings.baseUrl ?? token.apiUrl ?? centre.api;
    const classified = (answer: HttpAnswer): RemoteError => classify(answer, context.clock.now());
    this.#refusal = (answer) => (resultOf(answer.body).status === 'error' ? classified(answer) : null);
    this.http = createHttp({
      context,
      apiUrl: this.#apiUrl,
      obtainToken: (current) => obtainToken(context, current),
      authorize: (token) => ({ authorization: `Zoho-oauthtoken ${token.accessToken}` }),
      classify: classified,
      // A missing scope comes as a 401, too; no new token has it.
      isFinalAuth: ({ body }) => resultOf(body).code === 'OAUTH_SCOPE_MISMATCH',
      cost: creditsOf,
    });
  }

  /** Where people open records. */
  async webUrl(): Promise<string> {
    return webOfApi(this.#apiUrl(await this.http.token()));
  }

  async #rows(request: HttpRequest, what: string): Promise<Page> {
    const answer = await this.http.send({ ...request, expect: [304] });
    // 204 and 304 have no body: nothing there, nothing changed.
    if (answer.body === null || answer.status === 304)
      return { rows: [], more: false, next: null, serverTime: answer.serverTime };
    const refusal = this.#refusal(answer);
    if (refusal !== null) throw refusal;
    const page = read(rowsSchema, answer.body, what);
    return {
      rows: page.data ?? [],
      more: page.info?.more_records ?? null,
      next: page.info?.next_page_token ?? null,
      serverTime: answer.serverTime,
    };
  }

  /** At most 2,000 rows, straight from the database. */
  coql(query: string): Promise<Page> {
    return this.#rows(
      { method: 'POST', path: '/crm/v8/coql', json: { select_query: query }, repeatable: true },
      'Zoho COQL',
    );
  }

  /** Records by id, converted leads included; 100 ids and 50 fields a call. */
  async byIds(module: ModuleName, ids: readonly string[], fields: readonly string[]): Promise<readonly Row[]> {
    const rows = new Map<string, Row>();
    const parts = chunks([...new Set(ids)], IDS_PER_CALL);
    const calls = parts.flatMap((part) => chunks(fields, FIELDS_PER_LIST).map((names) => ({ part, names })));
    const pages = await atOnce(calls, IN_FLIGHT, async ({ part, names }) => {
      const query = new URLSearchParams({
        ids: part.join(','),
        fields: names.join(','),
        converted: 'both',
        per_page: String(LIST_PAGE),
      });
      return this.#rows({ method: 'GET', path: `/crm/v8/${module}?${query.toString()}` }, 'Zoho records');
    });
    for (const row of pages.flatMap((page) => page.rows)) rows.set(row.id, { ...rows.get(row.id), ...row });
    return [...rows.values()];
  }

  /** Leads that were converted since, by time; the ordinary lists leave them out. By token, where an answer gave one. */
  converted(since: string, place: { readonly token: string | null; readonly page: number }): Promise<Page> {
    const { token, page } = place;
    const query = new URLSearchParams({
      fields: 'id,Modified_Time,Converted__s,Converted_Contact',
      converted: 'true',
      sort_by: 'Modified_Time',
      sort_order: 'asc',
      per_page: String(LIST_PAGE),
      ...(token === null ? (page === 1 ? {} : { page: String(page) }) : { page_token: token }),
    });
    return this.#rows(
      { method: 'GET', path: `/crm/v8/Leads?${query.toString()}`, headers: { 'if-modified-since': since } },
      'Zoho converted leads',
    );
  }

  async deleted(
    module: ModuleName | 'Accounts',
    since: string,
    page: number,
  ): Promise<{ readonly ids: readonly string[]; readonly more: boolean; readonly serverTime: number | null }> {
    const query = new URLSearchParams({ type: 'all', per_page: String(LIST_PAGE), page: String(page) });
    const answer = await this.http.send({
      method: 'GET',
      path: `/crm/v8/${module}/deleted?${query.toString()}`,
      headers: { 'if-modified-since': since },
      expect: [304],
    });
    if (answer.body === null || answer.status === 304) return { ids: [], more: false, serverTime: answer.serverTime };
    const refusal = this.#refusal(answer);
    if (refusal !== null) throw refusal;
    const body = read(deletedSchema, answer.body, 'Zoho deleted records');
    return {
      ids: (body.data ?? []).map((one) => one.id),
      more: body.info?.more_records === true,
      serverTime: answer.serverTime,
    };
  }

  async fields(module: ModuleName): Promise<readonly ZohoField[]> {
    const answer = await this.http.send({ method: 'GET', path: `/crm/v8/settings/fields?module=${module}` });
    return read(fieldsSchema, answer.body, 'Zoho fields').fields;
  }

  /** Fields that every layout demands; a token without the right or the scope sees none. */
  async requiredByLayout(module: ModuleName): Promise<ReadonlySet<string>> {
    const path = `/crm/v8/settings/layouts?module=${module}`;
    const answer = await this.http.send({ method: 'GET', path, expect: [400, 403, 404] }).catch((error: unknown) => {
      if (error instanceof RemoteError && error.kind === 'forbidden') return null;
      throw error;
    });
    if (answer === null) return new Set();
    const parsed = answer.status === 200 ? layoutsSchema.safeParse(answer.body) : undefined;
    const layouts = (parsed?.data?.layouts ?? []).map(
      (layout) =>
        new Set(
          (layout.sections ?? []).flatMap((section) =>
            (section.fields ?? []).flatMap((field) => (field.required === true ? (field.api_name ?? []) : [])),
          ),
        ),
    );
    const [first, ...others] = layouts;
    return new Set([...(first ?? [])].filter((name) => others.every((names) => names.has(name))));
  }

  async org(): Promise<{
    readonly id: string;
    readonly name: string;
    readonly timeZone: string | null;
    readonly serverTime: number | null;
  }> {
    const answer = await this.http.send({ method: 'GET', path: '/crm/v8/org' });
    const [org] = read(orgSchema, answer.body, 'Zoho organisation').org;
    const id = org?.zgid ?? org?.id;
    if (org === undefined || id == null)
      throw new RemoteError('forbidden', 'Zoho does not show its organisation to this user', {
        case: 'organisation_hidden',
      });
    return {
      id: String(id),
      name: org.company_name ?? `Zoho ${id}`,
      timeZone: org.time_zone ?? null,
      serverTime: answer.serverTime,
    };
  }

  async count(module: ModuleName): Promise<number> {
    const answer = await this.http.send({ method: 'GET', path: `/crm/v8/${module}/actions/count` });
    return read(countSchema, answer.body, 'Zoho count').count;
  }

  /** Up to 100 records; each has its own result, whatever the status says. `quiet`: no workflow runs. */
  write(
    module: ModuleName | 'Accounts',
    op: 'create' | 'update',
    data: readonly object[],
    quiet: boolean,
  ): Promise<HttpAnswer> {
    return this.http.send({
      method: op === 'create' ? 'POST' : 'PUT',
      path: `/crm/v8/${module}`,
      json: { data, ...(quiet ? { trigger: [] } : {}) },
      expect: [400, 403],
    });
  }

  /** Up to 100 records into the bin; each has its own result. `loud`: the workflows of a deletion run, which is Zoho's default. */
  delete(module: ModuleName, ids: readonly string[], loud: boolean): Promise<HttpAnswer> {
    const query = new URLSearchParams({ ids: ids.join(','), wf_trigger: String(loud) });
    return this.http.send({ method: 'DELETE', path: `/crm/v8/${module}?${query.toString()}`, expect: [400, 403] });
  }

  /** Up to 100 records out of the bin, for ever. */
  deleteFromBin(ids: readonly string[]): Promise<HttpAnswer> {
    const query = new URLSearchParams({ ids: ids.join(',') });
    return this.http.send({
      method: 'DELETE',
      path: `/crm/v8/settings/recycle_bin?${query.toString()}`,
      expect: [400, 403],
    });
  }

  createFields(module: ModuleName, fields: readonly object[]): Promise<HttpAnswer> {
    return this.http.send({
      method: 'POST',
      path: `/crm/v8/settings/fields?module=${module}`,
      json: { fields },
      expect: [207, 400, 403],
    });
  }
}

/** Credits: COQL by the rows asked for, writes one per ten records, everything else one (BEHAVIOR.md, "Limits"). */
function creditsOf({ path, json }: HttpRequest): number {
  const body: object = typeof json === 'object' && json !== null ? json : {};
  if (path.endsWith('/coql')) {
    const rows = Number(
      /limit 0, (\d+)$/.exec('select_query' in body ? String(body.select_query) : '')?.[1] ?? COQL_ROWS,
    );
    return rows <= 200 ? 1 : rows <= 1_000 ? 2 : 3;
  }
  const data = 'data' in body ? body.data : null;
  return Array.isArray(data) ? Math.max(1, Math.ceil(data.length / 10)) : 1;
}
