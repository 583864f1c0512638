import { z } from 'zod';
import type { FieldSchema } from '../../core/model.ts';
import { atOnce } from '../kit/at-once.ts';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { missingCredential, RemoteError } from '../kit/errors.ts';
import { createHttp, type Http, type HttpAnswer } from '../kit/http.ts';
import { refreshGrant } from '../kit/oauth.ts';
import { chunks, idNumber, idText, read } from '../kit/read.ts';
import type { CustomField, SellObject } from './codec.ts';
import { classify } from './faults.ts';
import { profile } from './oauth.ts';

/** Sizes and speeds: BEHAVIOR.md, "Limits". */
export const LIST_PAGE = 100;
export const SEARCH_PAGE = 200;
const CONVERSIONS_PAGE = 200;
/** So many conversions are asked for one by one; for more, another page of the list is cheaper. */
const SINGLE_MAX = 20;
const CALLS_PER_SECOND = 10;
/** Calls under way at once: hides the way to the server; `#pace` keeps to ten a second. */
export const IN_FLIGHT = 4;

export type Resource = 'leads' | 'contacts';

/** Ids are numbers by the documents; text is read, too. */
const dataSchema = z.looseObject({ id: idNumber, contact_id: idNumber.nullish(), owner_id: idNumber.nullish() });
const itemSchema = z.object({ data: dataSchema });
const collectionSchema = z.object({
  items: z.array(itemSchema),
  meta: z.looseObject({ links: z.looseObject({ next_page: z.string().nullish() }).nullish() }).nullish(),
});
const customSchema = z.object({
  items: z.array(
    z.object({
      data: z.looseObject({
        id: idNumber,
        name: z.string(),
        type: z.string(),
        choices: z.array(z.looseObject({ name: z.string() })).nullish(),
        options: z.array(z.looseObject({ name: z.string() })).nullish(),
      }),
    }),
  ),
});
const namesSchema = z.object({ items: z.array(z.object({ data: z.looseObject({ name: z.string() }) })) });
const accountSchema = z.object({
  data: z.looseObject({ id: idNumber, name: z.string().nullish(), timezone: z.string().nullish() }),
});
const userSchema = z.object({
  data: z.looseObject({
    id: idNumber,
    name: z.string().nullish(),
    email: z.string().nullish(),
    status: z.string().nullish(),
  }),
});
const searchSchema = z.object({
  items: z.array(
    z.looseObject({
      // No list at all is no empty one: an error may stand in its place (R18d).
      items: z.array(z.object({ data: z.looseObject({ id: idNumber }) })),
      meta: z.looseObject({ links: z.looseObject({ next_page: z.string().nullish() }).nullish() }).nullish(),
    }),
  ),
});
const conversionsSchema = z.object({
  items: z.array(z.object({ data: z.looseObject({ lead_id: idNumber, individual_id: idNumber.nullish() }) })),
  meta: z.looseObject({ links: z.looseObject({ next_page: z.string().nullish() }).nullish() }).nullish(),
});
const startSchema = z.object({ data: z.looseObject({ id: idText }) });
const queueSchema = z.object({
  items: z.array(
    z.object({
      // Of all types that the token sees: only ours are looked into, each when its turn comes.
      data: z.unknown(),
      meta: z.looseObject({
        type: z.string(),
        sync: z.looseObject({ event_type: z.string(), ack_key: idText }),
      }),
    }),
  ),
});
export type QueueItem = z.infer<typeof queueSchema>['items'][number];
/** A list or a text, under either name (BEHAVIOR.md, "Tokens"). */
const scopeList = z.union([z.string(), z.array(z.string())]).optional();
const scopesSchema = z.looseObject({ scopes: scopeList, scope: scopeList });

/** The endpoints that we use, typed. */
export class SellClient {
  readonly http: Http;
  readonly #context: ConnectContext;
  #calls: number[] = [];

  constructor(context: ConnectContext) {
    this.#context = context;
    const baseUrl = context.settings.baseUrl ?? 'https://api.getbase.com';
    this.http = createHttp({
      context,
      apiUrl: () => baseUrl,
      obtainToken: (current) => this.#obtain(current),
      classify: (answer) => classify(answer, context.clock.now()),
      pace: () => this.#pace(),
    });
  }

  /** 36,000 an hour: ten a second for each token. */
  async #pace(): Promise<void> {
    const { clock, signal } = this.#context;
    for (;;) {
      const now = clock.now();
      this.#calls = this.#calls.filter((at) => now - at < 1_000);
      const [oldest] = this.#calls;
      if (this.#calls.length < CALLS_PER_SECOND || oldest === undefined) break;
      await clock.sleep(1_000 - (now - oldest), signal);
    }
    this.#calls.push(clock.now());
  }

  async #obtain(current: StoredToken | null): Promise<StoredToken> {
    const { credentials } = this.#context.settings;
    if (credentials.method !== 'token') return refreshGrant(profile, this.#context, current);
    const accessToken = credentials['accessToken'];
    if (accessToken === undefined) throw missingCredential('accessToken');
    return { accessToken };
  }

  async account() {
    const answer = await this.http.send({ method: 'GET', path: '/v2/accounts/self' });
    return { ...read(accountSchema, answer.body, 'Zendesk Sell account').data, serverTime: answer.serverTime };
  }

  async user() {
    const answer = await this.http.send({ method: 'GET', path: '/v2/users/self' });
    return read(userSchema, answer.body, 'Zendesk Sell user').data;
  }

  /** What the token may do; null: Sell does not tell. */
  async scopes(): Promise<readonly string[] | null> {
    const answer = await this.http.send({ method: 'GET', path: '/oauth2/token/info', expect: [400, 403, 404] });
    const parsed = answer.status < 300 ? scopesSchema.safeParse(answer.body) : undefined;
    const given = parsed?.data?.scopes ?? parsed?.data?.scope;
    return given === undefined ? null : typeof given === 'string' ? given.split(/[ ,]+/) : given;
  }

  async customFields(resource: 'lead' | 'contact'): Promise<readonly CustomField[]> {
    const answer = await this.http.send({ method: 'GET', path: `/v2/${resource}/custom_fields` });
    return read(customSchema, answer.body, 'Zendesk Sell custom fields').items.map((item) => item.data);
  }

  async leadStatuses(): Promise<readonly string[]> {
    const answer = await this.http.send({ method: 'GET', path: `/v2/lead_statuses?per_page=${LIST_PAGE}` });
    return read(namesSchema, answer.body, 'Zendesk Sell lead statuses').items.map((item) => item.data.name);
  }

  /** Records by id, 100 a call; missing ones are left out. */
  async byIds(resource: Resource, ids: readonly number[]): Promise<readonly SellObject[]> {
    const found = await atOnce(chunks([...new Set(ids)], LIST_PAGE), IN_FLIGHT, async (part) => {
      const query = new URLSearchParams({ ids: part.join(','), per_page: String(LIST_PAGE) });
      const answer = await this.http.send({ method: 'GET', path: `/v2/${resource}?${query.toString()}` });
      return read(collectionSchema, answer.body, 'Zendesk Sell records').items.map((item) => item.data);
    });
    return found.flat();
  }

  /** Records by one filter; unknown filters are ignored by the vendor, so the caller compares again. */
  async byFilter(resource: Resource, filter: Readonly<Record<string, string>>): Promise<readonly SellObject[]> {
    const query = new URLSearchParams({ ...filter, per_page: String(LIST_PAGE) });
    const answer = await this.http.send({ method: 'GET', path: `/v2/${resource}?${query.toString()}` });
    return read(collectionSchema, answer.body, 'Zendesk Sell records').items.map((item) => item.data);
  }

  /** Organisations that may have one of these names: by the search, 100 a call, then read; the caller compares again. */
  async organizationsNamed(names: readonly string[]): Promise<readonly SellObject[]> {
    const ids: number[] = [];
    for (const part of chunks(names, LIST_PAGE)) ids.push(...(await this.search('contacts', 'name', spellings(part))));
    return ids.length === 0 ? [] : this.byIds('contacts', ids);
  }

  /** Ids of records whose attribute is one of these values; an index, seconds behind. */
  async search(resource: Resource, attribute: string, values: readonly string[]): Promise<readonly number[]> {
    const ids: number[] = [];
    for (let cursor: string | null = null; ; ) {
      const query = { filter: { filter: { attribute: { name: attribute }, parameter: { any: values } } } };
      const data = { query, hits: true, per_page: SEARCH_PAGE, ...(cursor === null ? {} : { cursor }) };
      const answer: HttpAnswer = await this.http.send({
        method: 'POST',
        path: `/v3/${resource}/search`,
        json: { items: [{ data }] },
        repeatable: true,
      });
      const [page] = read(searchSchema, answer.body, 'Zendesk Sell search').items;
      if (page === undefined) throw new RemoteError('unexpected', 'Zendesk Sell search: no answer to our question');
      ids.push(...page.items.map((item) => item.data.id));
      cursor = page.meta?.links?.next_page ?? null;
      if (cursor === null) return ids;
    }
  }

  /**
   * Lead → contact, of these leads: the only place that tells what a vanished lead became. The list begins with the newest
   * conversions; once few leads are left they are asked for one by one, because deleted ones stand in no page of it.
   */
  async conversionsOf(leadIds: ReadonlySet<number>): Promise<ReadonlyMap<number, number | null>> {
    const found = new Map<number, number | null>();
    const missing = (): number[] => [...leadIds].filter((id) => !found.has(id));
    const readPage = async (path: string): Promise<string | null> => {
      const answer = await this.http.send({ method: 'GET', path });
      const page = read(conversionsSchema, answer.body, 'Zendesk Sell lead conversions');
      for (const { data } of page.items)
        if (leadIds.has(data.lead_id)) found.set(data.lead_id, data.individual_id ?? null);
      return page.items.length === 0 ? null : (page.meta?.links?.next_page ?? null);
    };
    let next: string | null = `/v2/lead_conversions?per_page=${CONVERSIONS_PAGE}`;
    while (next !== null && missing().length > 0) {
      next = await readPage(next);
      if (missing().length > SINGLE_MAX) continue;
      for (const id of next === null ? [] : missing()) await readPage(`/v2/lead_conversions?lead_id=${id}`);
      return found;
    }
    return found;
  }

  /** A sync session of this device; null: nothing is waiting. */
  async startSync(device: string): Promise<string | null> {
    const answer = await this.http.send({
      method: 'POST',
      path: '/v2/sync/start',
      headers: deviceHeader(device),
      repeatable: true,
    });
    return answer.status === 204 || answer.body === null
      ? null
      : read(startSchema, answer.body, 'Zendesk Sell sync session').data.id;
  }

  /** The next items; `drained` only by 204: an empty list means "ask again". `lost`: the session is over. */
  async readQueue(device: string, session: string): Promise<readonly QueueItem[] | 'drained' | 'lost'> {
    const answer = await this.http.send({
      method: 'GET',
      path: `/v2/sync/${encodeURIComponent(session)}/queues/main`,
      headers: deviceHeader(device),
      expect: [404],
    });
    if (answer.status === 404) return 'lost';
    if (answer.status === 204 || answer.body === null) return 'drained';
    return read(queueSchema, answer.body, 'Zendesk Sell sync queue').items;
  }

  async acknowledge(device: string, keys: readonly string[]): Promise<void> {
    await this.http.send({
      method: 'POST',
      path: '/v2/sync/ack',
      json: { data: { ack_keys: keys } },
      headers: deviceHeader(device),
      repeatable: true,
      // Keys that Sell does not know any more: what they stood for comes again.
      expect: [400, 404, 410, 422],
    });
  }

  /** A refusal is an answer here: `refusalKind` says whom it is about. */
  write(resource: Resource, id: number | null, data: Readonly<Record<string, unknown>>): Promise<HttpAnswer> {
    return this.http.send({
      method: id === null ? 'POST' : 'PUT',
      path: id === null ? `/v2/${resource}` : `/v2/${resource}/${id}`,
      json: { data },
      expect: [400, 403, 404, 405, 409, 410, 413, 415, 422],
    });
  }

  /** 204 when it is done; a refusal is an answer here, too. */
  delete(resource: Resource, id: number): Promise<HttpAnswer> {
    return this.http.send({
      method: 'DELETE',
      path: `/v2/${resource}/${id}`,
      expect: [400, 403, 404, 405, 409, 410, 422],
    });
  }

  /** What an answer means that is not about one record. */
  failure(answer: HttpAnswer): RemoteError {
    return classify(answer, this.#context.clock.now());
  }
}

/** Whether the search looks at capitals is not documented. */
const spellings = (names: readonly string[]): readonly string[] => [
  ...new Set(names.flatMap((name) => [name, name.trim().replace(/\s+/gu, ' '), name.trim().toLowerCase()])),
];

const deviceHeader = (device: string): Record<string, string> => ({ 'x-basecrm-device-uuid': device });

export const readObject = (answer: HttpAnswer): SellObject => read(itemSchema, answer.body, 'Zendesk Sell record').data;
/** A record as the sync queue brings it. */
export const readItem = ({ data }: QueueItem): SellObject => read(dataSchema, data, 'Zendesk Sell sync item');

export const byKey = (fields: readonly FieldSchema[]): ReadonlyMap<string, FieldSchema> =>
  new Map(fields.map((field) => [field.key, field]));
