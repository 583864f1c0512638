import { z } from 'zod';
import type { FieldSchema } from '../../core/model.ts';
import { atOnce } from '../kit/at-once.ts';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { missingCredential, RemoteError } from '../kit/errors.ts';
import { createHttp, type Http, type HttpAnswer, type HttpRequest } from '../kit/http.ts';
import { refreshGrant } from '../kit/oauth.ts';
import { chunks, idText, read } from '../kit/read.ts';
import { type HubSpotObject, SYSTEM_PROPERTIES } from './codec.ts';
import { classify } from './faults.ts';
import { API, profile } from './oauth.ts';
import { paths } from './version.ts';

/** Values are documented as text or null; numbers and yes/no are taken for their text. */
export const propertiesOf = z.record(
  z.string(),
  z.union([z.string(), z.number().transform(String), z.boolean().transform(String), z.null()]),
);
const objectSchema = z.object({
  id: idText,
  properties: propertiesOf,
  createdAt: z.string().nullish(),
  updatedAt: z.string().nullish(),
  archived: z.boolean().nullish(),
  url: z.string().nullish(),
});
const paging = z.object({ next: z.object({ after: idText }).nullish() }).nullish();
const searchSchema = z.object({ total: z.number(), results: z.array(objectSchema), paging });
const listSchema = z.object({ results: z.array(objectSchema), paging });
const batchReadSchema = listSchema.extend({
  status: z.string().nullish(),
  errors: z.array(z.looseObject({ category: z.string().nullish() })).nullish(),
});
/** An answer of a batch says how far it came. */
const isUnfinished = (status: string | null | undefined): boolean => status != null && status !== 'COMPLETE';
const accountSchema = z.object({
  portalId: z.number(),
  uiDomain: z.string(),
  timeZone: z.string().nullish(),
  utcOffsetMilliseconds: z.number().nullish(),
  accountType: z.string().nullish(),
});
const propertiesSchema = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      type: z.string(),
      fieldType: z.string(),
      options: z.array(z.object({ label: z.string(), value: z.string(), hidden: z.boolean().nullish() })).nullish(),
      calculated: z.boolean().nullish(),
      hasUniqueValue: z.boolean().nullish(),
      hubspotDefined: z.boolean().nullish(),
      externalOptions: z.boolean().nullish(),
      modificationMetadata: z.object({ readOnlyValue: z.boolean().nullish() }).nullish(),
    }),
  ),
});

export type HubSpotAccount = z.infer<typeof accountSchema>;

export interface SearchFilter {
  readonly propertyName: string;
  readonly operator: 'EQ' | 'NEQ' | 'GT' | 'GTE' | 'LT' | 'LTE' | 'IN' | 'NOT_IN' | 'HAS_PROPERTY' | 'NOT_HAS_PROPERTY';
  readonly value?: string;
  readonly values?: readonly string[];
}

export interface SearchRequest {
  readonly filterGroups: readonly { readonly filters: readonly SearchFilter[] }[];
  readonly sort?: string;
  readonly properties: readonly string[];
  readonly limit: number;
}

export interface SearchPage {
  /** Of all that the query finds. */
  readonly total: number;
  readonly results: readonly HubSpotObject[];
  /** How many the search itself gave, and the last of them. */
  readonly found: number;
  readonly last: string | null;
  readonly more: boolean;
  readonly serverTime: number | null;
}

/** A search body has at most 3,000 characters (BEHAVIOR.md, "Search"). */
const SEARCH_BODY_MAX = 3_000;
const SEARCHES_PER_SECOND = 5;
/** The window rolls: a tenth of it is soon free again. */
const REST_MS = 1_000;
const BATCH = 100;
/** Batches under way at once: HubSpot counts calls in ten seconds, not those in flight, and `#pace` heeds its counter. */
export const IN_FLIGHT = 4;

/** The endpoints that we use, typed; what to do with them stands in `read-changes.ts` and `write-contacts.ts`. */
export class HubSpotClient {
  readonly http: Http;
  readonly #context: ConnectContext;
  #searches: number[] = [];
  /** The ten-second allowance is used up: not before, ms. */
  #restUntil = 0;

  constructor(context: ConnectContext) {
    this.#context = context;
    const baseUrl = context.settings.baseUrl ?? API;
    this.http = createHttp({
      context,
      apiUrl: () => baseUrl,
      obtainToken: (current) => this.#obtain(current),
      classify: (answer) => this.failure(answer),
      observe: (answer) => this.#observe(answer),
      pace: (request) => this.#pace(request),
    });
  }

  /** What a failed answer means for the call as a whole. */
  failure(answer: HttpAnswer): RemoteError {
    return classify(answer, this.#context.clock.now(), this.#midnight(answer));
  }

  /** Search allows five requests a second for the whole account, apart from the other limits, which its answers do not tell. */
  async #pace(request: HttpRequest): Promise<void> {
    const { clock } = this.#context;
    if (!request.path.endsWith('/search')) {
      const rest = this.#restUntil - clock.now();
      if (rest > 0) await clock.sleep(rest, this.#context.signal);
      return;
    }
    for (;;) {
      const now = clock.now();
      this.#searches = this.#searches.filter((at) => now - at < 1_000);
      const [oldest] = this.#searches;
      if (this.#searches.length < SEARCHES_PER_SECOND || oldest === undefined) break;
      await clock.sleep(1_000 - (now - oldest), this.#context.signal);
    }
    this.#searches.push(clock.now());
  }

  #observe(answer: HttpAnswer): void {
    const limit = Number(answer.headers.get('x-hubspot-ratelimit-daily') ?? Number.NaN);
    const remaining = Number(answer.headers.get('x-hubspot-ratelimit-daily-remaining') ?? Number.NaN);
    // More 429s than one call in twenty, and HubSpot counts the app as faulty: better wait before than after.
    if (answer.headers.get('x-hubspot-ratelimit-remaining') === '0')
      this.#restUntil = this.#context.clock.now() + REST_MS;
    if (Number.isFinite(limit) && Number.isFinite(remaining)) this.#context.quota.observe({ limit, remaining });
  }

  #midnight(answer: HttpAnswer): number {
    // The day ends at midnight of the account's zone, which this answer does not tell; UTC's is at most half a day off.
    const now = answer.serverTime ?? this.#context.clock.now();
    return Math.ceil((now + 1) / 86_400_000) * 86_400_000;
  }

  async #obtain(current: StoredToken | null): Promise<StoredToken> {
    const { credentials } = this.#context.settings;
    if (credentials.method !== 'token') return refreshGrant(profile, this.#context, current);
    const accessToken = credentials['accessToken'];
    if (accessToken === undefined) throw missingCredential('accessToken');
    return { accessToken };
  }

  async account(): Promise<HubSpotAccount & { readonly serverTime: number | null }> {
    const answer = await this.http.send({ method: 'GET', path: paths.account });
    return { ...read(accountSchema, answer.body, 'HubSpot account'), serverTime: answer.serverTime };
  }

  async properties() {
    const answer = await this.http.send({ method: 'GET', path: paths.properties });
    return read(propertiesSchema, answer.body, 'HubSpot properties').results;
  }

  /** Longest text by property. An account without rules, or a token without the right, has none. */
  async maxLengths(): Promise<ReadonlyMap<string, number>> {
    const answer = await this.http.send({ method: 'GET', path: paths.validations, expect: [403, 404] });
    const schema = z.object({
      results: z.array(
        z.object({
          propertyName: z.string(),
          propertyValidationRules: z
            .array(z.looseObject({ ruleType: z.string(), ruleArguments: z.array(z.string()).optional() }))
            .optional(),
        }),
      ),
    });
    const parsed = answer.status === 200 ? schema.safeParse(answer.body) : undefined;
    const lengths = new Map<string, number>();
    for (const entry of parsed?.data?.results ?? []) {
      const rule = entry.propertyValidationRules?.find((one) => one.ruleType === 'MAX_LENGTH');
      const length = Number(rule?.ruleArguments?.[0] ?? Number.NaN);
      if (Number.isFinite(length)) lengths.set(entry.propertyName, length);
    }
    return lengths;
  }

  /** One page of at most 200. The property list counts towards the body's 3,000 characters; wide reads go by id. */
  async search(request: SearchRequest): Promise<SearchPage> {
    const wide = {
      filterGroups: request.filterGroups,
      properties: request.properties,
      limit: request.limit,
      ...(request.sort === undefined ? {} : { sorts: [{ propertyName: request.sort, direction: 'ASCENDING' }] }),
    };
    const fits = JSON.stringify(wide).length <= SEARCH_BODY_MAX;
    const json = fits ? wide : { ...wide, properties: ['hs_object_id', 'lastmodifieddate'] };
    const answer = await this.http.send({ method: 'POST', path: `${paths.contacts}/search`, json, repeatable: true });
    const page = read(searchSchema, answer.body, 'HubSpot search');
    const ids = page.results.map((one) => one.id);
    return {
      total: page.total,
      // The read by id answers in any order, and without those who were archived a moment ago: where the search ended and
      // whether it goes on is the search's own to say.
      results: fits ? page.results : await this.batchRead(ids, request.properties),
      found: ids.length,
      last: ids.at(-1) ?? null,
      more: ids.length > 0 && (page.total > ids.length || page.paging?.next != null),
      serverTime: answer.serverTime,
    };
  }

  /** Records by id or e-mail, 100 a call; missing ones are left out. `archived`: of those in the bin. */
  async batchRead(
    keys: readonly string[],
    properties: readonly string[],
    { idProperty, archived = false }: { readonly idProperty?: string; readonly archived?: boolean } = {},
  ): Promise<readonly HubSpotObject[]> {
    const parts = await atOnce(chunks([...new Set(keys)], BATCH), IN_FLIGHT, async (inputs) => {
      const json = {
        properties,
        inputs: inputs.map((id) => ({ id })),
        ...(idProperty === undefined ? {} : { idProperty }),
      };
      const answer = await this.http.send({
        method: 'POST',
        path: `${paths.contacts}/batch/read${archived ? '?archived=true' : ''}`,
        json,
        repeatable: true,
        expect: [207],
      });
      const page = read(batchReadSchema, answer.body, 'HubSpot batch read');
      // What is missing for any other reason than that it is not there is no absence (R18d).
      if (page.errors?.some((error) => error.category !== 'OBJECT_NOT_FOUND') === true || isUnfinished(page.status))
        throw new RemoteError('unavailable', 'HubSpot did not read all records of a batch', { status: answer.status });
      return page.results;
    });
    return parts.flat();
  }

  /** By its id, or by one that a merge took from it; null: nobody is there. */
  async contact(id: string, properties: readonly string[]): Promise<HubSpotObject | null> {
    const query = new URLSearchParams({ properties: properties.join(',') });
    const path = `${paths.contacts}/${id}?${query.toString()}`;
    const answer = await this.http.send({ method: 'GET', path, expect: [404] });
    return answer.status === 404 ? null : read(objectSchema, answer.body, 'HubSpot contact');
  }

  async listArchived(after: string | null): Promise<{
    readonly results: readonly HubSpotObject[];
    readonly next: string | null;
    readonly serverTime: number | null;
  }> {
    const query = new URLSearchParams({ limit: String(BATCH), archived: 'true', properties: 'email' });
    if (after !== null) query.set('after', after);
    const answer = await this.http.send({ method: 'GET', path: `${paths.contacts}?${query.toString()}` });
    const page = read(listSchema, answer.body, 'HubSpot archived contacts');
    return { results: page.results, next: page.paging?.next?.after ?? null, serverTime: answer.serverTime };
  }

  /** Creates a property; the answer's status tells (201 made, 409 there already). */
  createProperty(property: Readonly<Record<string, unknown>>): Promise<HttpAnswer> {
    return this.http.send({ method: 'POST', path: paths.properties, json: property, expect: [400, 403, 409] });
  }
}

/** Properties to ask for: what is mapped, what the system needs, our own link-back. */
export const wanted = (fields: readonly string[], linkBack: string | null): string[] => [
  ...new Set([...SYSTEM_PROPERTIES, ...fields, ...(linkBack === null ? [] : [linkBack])]),
];

export const byKey = (fields: readonly FieldSchema[]): ReadonlyMap<string, FieldSchema> =>
  new Map(fields.map((field) => [field.key, field]));

/** Lists whose values together take at most so many characters, one value at least. */
export function bySize(values: readonly string[], most: number): string[][] {
  const lists: string[][] = [];
  let size = most;
  for (const value of values) {
    const length = JSON.stringify(value).length + 1;
    size += length;
    if (size > most) {
      lists.push([]);
      size = length;
    }
    lists.at(-1)?.push(value);
  }
  return lists;
}
