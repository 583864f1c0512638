import { z } from 'zod';
import type { Option } from '../../core/model.ts';
import type { ConnectContext } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { createHttp, type Http, type HttpAnswer } from '../kit/http.ts';
import { chunks, read } from '../kit/read.ts';
import { decodeBatch, encodeBatch, type Operation, type PartAnswer } from './batch.ts';
import type { Entity } from './codec.ts';
import { collectionOf, ENTITIES, type SetName } from './entities.ts';
import { classify } from './faults.ts';
import { type Property, parseMetadata, parseSetRights, type SetRights } from './metadata.ts';
import { isBasic, obtainToken } from './sign-in.ts';

/** Sizes: BEHAVIOR.md, "Limits". */
export const PAGE = 1_000;
export const BATCH = 100;
export const VALUES_PER_READ = 100;
const READS_PER_BATCH = 10;
const SERVICE = '/sap/c4c/odata/v1/c4codataapi';

const entitySchema = z.looseObject({ ObjectID: z.string() });
const listSchema = z.object({
  d: z.object({
    results: z.array(entitySchema),
    __count: z.coerce.number().optional(),
    // Where a page was cut that was not asked to be.
    __next: z.string().optional(),
  }),
});
/** One entity: `{d: {…}}` by the protocol, `{d: {results: {…}}}` from several releases. */
const oneSchema = z.object({
  d: z.union([z.object({ results: entitySchema }).transform(({ results }) => results), entitySchema]),
});
const codesSchema = z.object({
  d: z.object({ results: z.array(z.looseObject({ Code: z.string(), Description: z.string().nullish() })) }),
});

export interface Page {
  readonly rows: readonly Entity[];
  /** The filter finds more than these rows: by its count where it was asked for, or because the server cut the page. */
  readonly more: boolean;
  readonly serverTime: number | null;
}
export type Query = Readonly<Record<string, string>>;

/** The OData V2 service that we use, typed. */
export class C4cClient {
  readonly http: Http;
  /** The tenant's address. */
  readonly tenant: string;
  readonly #root: string;
  readonly #context: ConnectContext;
  #csrf: { readonly token: string; readonly cookie: string } | null = null;
  #setRights: ReadonlyMap<string, SetRights> | null = null;
  #batches = 0;
  /** ms by SAP's clock at the last answer. */
  serverTime: number | null = null;

  constructor(context: ConnectContext) {
    this.#context = context;
    const { tenant, root } = addressOf(context.settings);
    this.tenant = tenant;
    this.#root = root;
    const basic = isBasic(context.settings);
    this.http = createHttp({
      context,
      apiUrl: () => tenant,
      obtainToken: () => obtainToken(context, tenant),
      // User and password are the token: a second try would be the same.
      isFinalAuth: () => basic,
      ...(basic ? { authorize: (token) => ({ authorization: `Basic ${token.accessToken}` }) } : {}),
      classify: (answer) => classify(answer, context.clock.now()),
      observe: (answer) => {
        this.serverTime = answer.serverTime;
      },
      // Texts of errors and labels depend on the language; descriptions beside codes are read from their lists.
      defaultHeaders: { 'accept-language': 'en' },
    });
  }

  /** Our sets only: the whole description has megabytes. */
  async metadata(): Promise<ReadonlyMap<string, readonly Property[]>> {
    const answer = await this.http.send({
      method: 'GET',
      path: `${this.#root}/$metadata?sap-label=true&$filter=${ENTITIES.join(',')}`,
      headers: { accept: 'application/xml' },
      timeoutMs: 120_000,
    });
    this.#setRights = parseSetRights(answer.body);
    return parseMetadata(answer.body);
  }

  /** By the set's own name, as the service describes them. */
  async setRights(): Promise<ReadonlyMap<string, SetRights>> {
    if (this.#setRights === null) await this.metadata();
    return this.#setRights ?? new Map();
  }

  /** Code lists with their descriptions; a list that cannot be read, or is longer than a page, is left out. */
  async codeLists(sets: readonly string[]): Promise<ReadonlyMap<string, readonly Option[]>> {
    const lists = new Map<string, readonly Option[]>();
    for (const part of chunks(sets, BATCH)) {
      const query = queryOf({ $format: 'json', $select: 'Code,Description', $top: String(PAGE) });
      const answers = await this.batch(part.map((set) => ({ method: 'GET', path: `${set}?${query}` })));
      answers.forEach((answer, index) => {
        const parsed = answer.status === 200 ? codesSchema.safeParse(answer.body) : undefined;
        const set = part[index];
        if (set === undefined || parsed?.success !== true || parsed.data.d.results.length >= PAGE) return;
        const rows = parsed.data.d.results.filter((row) => row.Code !== '');
        lists.set(
          set,
          rows.map((row) => ({ id: row.Code, label: row.Description || row.Code, active: true })),
        );
      });
    }
    return lists;
  }

  async list(entity: SetName, query: Query): Promise<Page> {
    const answer = await this.http.send({
      method: 'GET',
      path: `${this.#root}/${collectionOf(entity)}?${queryOf({ $format: 'json', ...query })}`,
      headers: { 'odata-no-codedescs': noDescriptions(query) },
    });
    const { results, __count: count = 0, __next: next } = read(listSchema, answer.body, `SAP ${entity}`).d;
    return { rows: results, more: count > results.length || next !== undefined, serverTime: answer.serverTime };
  }

  /** A page of employees, or the refusal of a tenant that does not show them. */
  employees(skip: number, select: readonly string[]): Promise<HttpAnswer> {
    const query = queryOf({
      $format: 'json',
      ...(select.length === 0 ? {} : { $select: select.join(',') }),
      $orderby: 'EmployeeID asc',
      $top: String(PAGE),
      $skip: String(skip),
    });
    return this.http.send({
      method: 'GET',
      path: `${this.#root}/EmployeeCollection?${query}`,
      expect: [400, 403, 404],
    });
  }

  /** How many rows each of these filters finds, in one call; null: this set may not be read. */
  async counts(
    asked: readonly { readonly entity: SetName; readonly filter: string | null }[],
  ): Promise<readonly (number | null)[]> {
    const answers = await this.batch(
      asked.map(({ entity, filter }) => ({
        method: 'GET',
        path: `${collectionOf(entity)}?${queryOf({
          $format: 'json',
          ...(filter === null ? {} : { $filter: filter }),
          $select: 'ObjectID',
          $top: '1',
          $inlinecount: 'allpages',
        })}`,
      })),
    );
    return answers.map((answer, index) => {
      if ([400, 403, 404].includes(answer.status)) return null;
      this.#mustBeRead(answer);
      return read(listSchema, answer.body, `SAP ${asked[index]?.entity ?? 'rows'}`).d.__count ?? 0;
    });
  }

  /** Entities whose property has one of these values: 100 values a read, ten reads a call. */
  async among(
    entity: SetName,
    property: string,
    values: readonly string[],
    select: readonly string[],
  ): Promise<readonly Entity[]> {
    const rows: Entity[] = [];
    // `*` is a wildcard in "eq", and none in a range: such a value is asked for by itself (BEHAVIOR.md, "Walking").
    const [wild, plain] = [true, false].map((is) => [...new Set(values)].filter((value) => value.includes('*') === is));
    const conditionOf = (part: readonly string[]): string => {
      const [one = ''] = part;
      if (one.includes('*')) return `${property} ge ${quote(one)} and ${property} le ${quote(one)}`;
      return part.map((value) => `${property} eq ${quote(value)}`).join(' or ');
    };
    let waiting = [...chunks(plain ?? [], VALUES_PER_READ), ...chunks(wild ?? [], 1)];
    while (waiting.length > 0) {
      const parts = waiting.slice(0, READS_PER_BATCH);
      waiting = waiting.slice(READS_PER_BATCH);
      const answers = await this.batch(
        parts.map((part) => ({
          method: 'GET',
          path: `${collectionOf(entity)}?${queryOf({
            $format: 'json',
            $filter: conditionOf(part),
            $select: select.join(','),
            $top: String(PAGE),
          })}`,
        })),
      );
      answers.forEach((answer, index) => {
        this.#mustBeRead(answer);
        const { results: found, __next: next } = read(listSchema, answer.body, `SAP ${entity}`).d;
        const part = parts[index] ?? [];
        // A full page may have been cut: fewer values each.
        if ((found.length >= PAGE || next !== undefined) && part.length > 1)
          waiting.push(...chunks(part, Math.ceil(part.length / 2)));
        else rows.push(...found);
      });
    }
    return rows;
  }

  #mustBeRead(answer: PartAnswer): void {
    if (answer.status !== 200) throw classify({ ...answer, serverTime: null }, this.#context.clock.now());
  }

  /** One `$batch`. Reads alone may be repeated; writes never blindly. */
  async batch(operations: readonly Operation[]): Promise<readonly PartAnswer[]> {
    this.#batches += 1;
    const boundary = `tandem_${this.#batches}`;
    const body = encodeBatch(operations, boundary);
    const send = (): Promise<HttpAnswer> =>
      this.http.send({
        method: 'POST',
        path: `${this.#root}/$batch`,
        raw: { body, type: `multipart/mixed; boundary=${boundary}` },
        headers: {
          accept: 'multipart/mixed',
          ...(this.#csrf === null ? {} : { 'x-csrf-token': this.#csrf.token, cookie: this.#csrf.cookie }),
        },
        repeatable: operations.every((operation) => operation.method === 'GET'),
        expect: [403],
        timeoutMs: 180_000,
      });
    let answer = await send();
    if (answer.status === 403 && needsCsrf(answer)) {
      // Nothing was done yet: the same batch again, with a new token and the session it belongs to.
      this.#csrf = await this.#fetchCsrf();
      answer = await send();
    }
    if (answer.status >= 300) throw classify(answer, this.#context.clock.now());
    return decodeBatch(
      typeof answer.body === 'string' ? answer.body : '',
      answer.headers.get('content-type') ?? '',
      operations.length,
    );
  }

  /** Ordinary users need a token with their session; integration users and OAuth do not (BEHAVIOR.md, "Sign-in"). */
  async #fetchCsrf(): Promise<{ readonly token: string; readonly cookie: string }> {
    const answer = await this.http.send({
      method: 'GET',
      // The last slash matters: without it SAP redirects and the method is lost.
      path: `${this.#root}/`,
      headers: { 'x-csrf-token': 'fetch' },
    });
    const cookie = answer.headers
      .getSetCookie()
      .map((one) => one.split(';')[0] ?? '')
      .join('; ');
    return { token: answer.headers.get('x-csrf-token') ?? '', cookie };
  }
}

/** The tenant, and the service under it: the usual one, or a service of the customer's own whose address is given. */
function addressOf({ baseUrl, credentials }: ConnectContext['settings']): { tenant: string; root: string } {
  const given = (baseUrl ?? credentials['tenantUrl'] ?? '').trim();
  const text = /^https?:\/\//.test(given) ? given : `https://${given}`;
  if (given === '' || !URL.canParse(text))
    throw new RemoteError('invalid', 'credentials.tenantUrl must look like https://my123456.crm.ondemand.com', {
      case: 'address_wrong',
      params: { example: 'https://my123456.crm.ondemand.com' },
    });
  const { origin, pathname } = new URL(text);
  // Whatever page was open when the address was copied, its path says nothing of the service.
  const root = pathname.includes('/odata/') ? pathname.replace(/\/+$/, '') : SERVICE;
  return { tenant: origin, root };
}

const needsCsrf = (answer: HttpAnswer): boolean =>
  answer.headers.get('x-csrf-token')?.toLowerCase() === 'required' ||
  (typeof answer.body === 'string' && answer.body.includes('CSRF'));

/** `true` drops every text beside a code: faster, unless one of them is asked for. */
const noDescriptions = (query: Query): string => String(!/Text(,|$)/.test(query['$select'] ?? 'Text'));

/** The entity in an answer; null: it carries none. */
export const readOne = (body: unknown): Entity | null => oneSchema.safeParse(body).data?.d ?? null;

/** A quote is doubled. */
export const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;
export const instant = (ms: number): string => `datetimeoffset'${new Date(ms).toISOString()}'`;

/** Blanks as %20: a plus is a plus here. */
const queryOf = (query: Query): string =>
  Object.entries(query)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&');
