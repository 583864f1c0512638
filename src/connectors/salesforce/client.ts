import { z } from 'zod';
import type { ConnectContext } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { createHttp, type Http, type HttpAnswer } from '../kit/http.ts';
import { idNumber, read } from '../kit/read.ts';
import type { ObjectName, Row } from './codec.ts';
import { classify, isSessionOver, usageIn } from './faults.ts';
import { obtainToken } from './tokens.ts';

export const DEFAULT_VERSION = 'v67.0';

const querySchema = z.object({
  totalSize: idNumber,
  done: z.boolean(),
  nextRecordsUrl: z.string().nullish(),
  records: z.array(z.record(z.string(), z.unknown())),
});
const no = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const none = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const describeSchema = z.object({
  createable: z.boolean().nullish(),
  updateable: z.boolean().nullish(),
  deletable: z.boolean().nullish(),
  fields: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      type: z.string(),
      length: none,
      scale: none,
      nillable: no,
      createable: no,
      updateable: no,
      defaultedOnCreate: no,
      calculated: no,
      custom: no,
      unique: no,
      referenceTo: z.array(z.string()).nullish(),
      restrictedPicklist: no,
      picklistValues: z
        .array(z.object({ active: no, label: z.string().nullish(), value: z.string() }))
        .nullish()
        .transform((value) => value ?? []),
    }),
  ),
});

export type QueryAnswer = z.infer<typeof querySchema> & { readonly serverTime: number | null };

/** Quoted for SOQL (BEHAVIOR.md, "SOQL"). */
export const quote = (value: string): string =>
  `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n').replace(/\r/g, '\\r')}'`;

/** URI and headers have 16,384 bytes each; what is left is for host, path and the rest. */
export const QUERY_MAX = 14_000;
/** Calls under way at once: only those of over 20 seconds are counted, five of them in the smallest account (BEHAVIOR.md, "Limits"). */
export const IN_FLIGHT = 4;

/** IN lists that keep each query within the URL's budget. */
export function inLists(field: string, values: readonly string[], select: string): string[] {
  const queries: string[] = [];
  let list: string[] = [];
  let size = 0;
  const budget = QUERY_MAX - encodeURIComponent(select).length - 40;
  const flush = (): void => {
    if (list.length > 0) queries.push(`${select}${field} IN (${list.join(',')})`);
    list = [];
    size = 0;
  };
  for (const value of values) {
    const quoted = quote(value);
    // In an address a quote is three characters, too, though `encodeURIComponent` leaves it alone.
    const length = encodeURIComponent(quoted).replaceAll("'", '%27').length + 3;
    if (size + length > budget) flush();
    list.push(quoted);
    size += length;
  }
  flush();
  return queries;
}

/** The endpoints that we use, typed. */
export class SalesforceClient {
  readonly http: Http;
  readonly data: string;
  readonly version: string;
  readonly #context: ConnectContext;

  constructor(context: ConnectContext) {
    this.#context = context;
    const version = context.settings.options['apiVersion'] ?? DEFAULT_VERSION;
    if (typeof version !== 'string' || !/^v\d{2,3}\.0$/.test(version))
      throw new RemoteError('invalid', 'options.apiVersion must look like v67.0', {
        case: 'option_wrong',
        params: { option: 'apiVersion' },
      });
    this.version = version;
    this.data = `/services/data/${version}`;
    this.http = createHttp({
      context,
      apiUrl: (token) => context.settings.baseUrl ?? token.apiUrl ?? '',
      obtainToken: (current) => obtainToken(context, current),
      classify: (answer) => classify(answer, context.clock.now()),
      isExpired: isSessionOver,
      observe: (answer) => this.#observe(answer),
      // Long polls are no API calls.
      cost: (request) => (request.path.startsWith('/cometd/') ? 0 : 1),
      // Shown in the org's logs and as the origin of change events (BEHAVIOR.md, "Headers").
      defaultHeaders: { 'Sforce-Call-Options': 'client=tandem', 'Sforce-Mru': 'false' },
    });
  }

  #observe(answer: HttpAnswer): void {
    const usage = usageIn(answer);
    if (usage !== null) this.#context.quota.observe({ limit: usage.limit, remaining: usage.limit - usage.used });
  }

  async query(soql: string, all = false): Promise<QueryAnswer> {
    const answer = await this.http.send({
      method: 'GET',
      path: `${this.data}/${all ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`,
    });
    return { ...read(querySchema, answer.body, 'Salesforce query'), serverTime: answer.serverTime };
  }

  /** All rows of a query that fits one answer or goes on with a locator. */
  async queryRows(soql: string, all = false): Promise<Row[]> {
    let page = await this.query(soql, all);
    const rows: Row[] = [...page.records];
    while (!page.done) {
      // R18d: a list that says that it goes on, and not where, has not ended.
      if (page.nextRecordsUrl == null)
        throw new RemoteError('unexpected', 'Salesforce query: cut off without a next page');
      const answer = await this.http.send({ method: 'GET', path: page.nextRecordsUrl });
      page = { ...read(querySchema, answer.body, 'Salesforce query'), serverTime: answer.serverTime };
      rows.push(...page.records);
    }
    return rows;
  }

  async describe(object: ObjectName | 'Account'): Promise<z.infer<typeof describeSchema>> {
    const answer = await this.http.send({
      method: 'GET',
      path: `${this.data}/sobjects/${object}/describe`,
      expect: [404],
    });
    // An object that this user may not see is not there.
    if (answer.status === 404)
      throw new RemoteError('forbidden', `Salesforce does not show the object ${object} to the integration user`, {
        status: 404,
        code: 'NOT_FOUND',
        case: 'object_hidden',
        params: { object },
      });
    return read(describeSchema, answer.body, `Salesforce describe of ${object}`);
  }

  /** Up to 2,000 rows by id in one call; missing ones are null there and left out here. */
  async retrieve(object: ObjectName | 'Account', ids: readonly string[], fields: readonly string[]): Promise<Row[]> {
    const answer = await this.http.send({
      method: 'POST',
      path: `${this.data}/composite/sobjects/${object}`,
      json: { ids, fields },
      repeatable: true,
    });
    return read(z.array(z.record(z.string(), z.unknown()).nullable()), answer.body, 'Salesforce retrieve').filter(
      (row) => row !== null,
    );
  }
}
