import { atOnce } from '../kit/at-once.ts';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { missingCredential, RemoteError } from '../kit/errors.ts';
import { createHttp, type Http, type HttpAnswer, type HttpRequest } from '../kit/http.ts';
import { refreshGrant } from '../kit/oauth.ts';
import { chunks, read } from '../kit/read.ts';
import {
  fieldsSchema,
  itemsSchema,
  type Me,
  meSchema,
  nextStartOf,
  oneOrganizationSchema,
  onePersonSchema,
  organizationsSchema,
  personsSchema,
  recentsSchema,
  searchSchema,
  type User,
  usersSchema,
} from './answers.ts';
import type { Person, PersonField } from './codec.ts';
import { costOf } from './costs.ts';
import { classify, dailyTokensIn, isRefusal } from './faults.ts';
import { baseUrlOf, isShared, withoutVersion } from './hosts.ts';
import { profile } from './oauth.ts';

/** Sizes and speeds: BEHAVIOR.md, "Limits". */
export const LIST_PAGE = 500;
export const IDS_PER_CALL = 100;
/** Calls under way at once: hides the way to the server; `#pace` keeps to the window. */
export const IN_FLIGHT = 4;
const CUSTOM_FIELDS_PER_CALL = 15;
const WINDOW_MS = 2_000;
const CALLS_PER_WINDOW = 20;
const SEARCHES_PER_WINDOW = 10;

type V1Prefix = '/v1' | '/api/v1';

/** The endpoints that we use, typed. */
export class PipedriveClient {
  readonly http: Http;
  readonly #context: ConnectContext;
  readonly #apiUrl: (token: StoredToken) => string;
  #web: Promise<string> | null = null;
  #v1Prefix: V1Prefix | null = null;
  #turn: Promise<void> = Promise.resolve();
  readonly #calls: number[] = [];
  readonly #searches: number[] = [];

  constructor(context: ConnectContext) {
    this.#context = context;
    const base = baseUrlOf(context);
    this.#apiUrl = (token) =>
      context.settings.baseUrl !== null || token.apiUrl === undefined ? base : withoutVersion(token.apiUrl);
    this.http = createHttp({
      context,
      apiUrl: this.#apiUrl,
      isRefusal: ({ body }) => isRefusal(body),
      obtainToken: (current) => this.#obtain(current),
      authorize: (token) =>
        context.settings.credentials.method === 'token'
          ? { 'x-api-token': token.accessToken }
          : { authorization: `Bearer ${token.accessToken}` },
      classify: (answer) => classify(answer, context.clock.now()),
      observe: (answer) => this.#observe(answer),
      pace: (request) => this.#pace(request),
      cost: costOf,
    });
  }

  /**
   * A rolling window for all calls, a smaller one for searches; the smallest plan's, because no call tells the plan. One
   * after the other, so calls under way at once do not take the same place.
   */
  #pace(request: HttpRequest): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (/\/(search|itemSearch)\b/.test(request.path)) await this.#wait(this.#searches, SEARCHES_PER_WINDOW);
      await this.#wait(this.#calls, CALLS_PER_WINDOW);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** @param times when the last calls went, oldest first. */
  async #wait(times: number[], most: number): Promise<void> {
    const { clock, signal } = this.#context;
    if (times.length >= most) {
      const left = (times.shift() ?? 0) + WINDOW_MS - clock.now();
      if (left > 0) await clock.sleep(Math.min(left, WINDOW_MS), signal);
    }
    times.push(clock.now());
  }

  #observe(answer: HttpAnswer): void {
    const tokens = dailyTokensIn(answer);
    if (Object.keys(tokens).length > 0) this.#context.quota.observe(tokens);
  }

  async #obtain(current: StoredToken | null): Promise<StoredToken> {
    const { credentials } = this.#context.settings;
    if (credentials.method !== 'token') return refreshGrant(profile, this.#context, current);
    const accessToken = credentials['apiToken'];
    if (accessToken === undefined) throw missingCredential('apiToken');
    return { accessToken };
  }

  /**
   * A call of version 1, which some things still have alone; its path begins behind the version. A host that is neither the
   * company's nor the shared one may have either of their paths (BEHAVIOR.md, "Hosts").
   */
  async v1(request: HttpRequest): Promise<HttpAnswer> {
    this.#v1Prefix ??= isShared(this.#apiUrl(await this.http.token())) ? '/v1' : '/api/v1';
    const send = (prefix: V1Prefix) =>
      this.http.send({ ...request, path: `${prefix}${request.path}`, expect: [...(request.expect ?? []), 404] });
    let answer = await send(this.#v1Prefix);
    if (isUnknownPath(answer)) {
      const other = this.#v1Prefix === '/v1' ? '/api/v1' : '/v1';
      const second = await send(other);
      if (!isUnknownPath(second)) [answer, this.#v1Prefix] = [second, other];
    }
    if (answer.status === 404 && request.expect?.includes(404) !== true) throw this.failure(answer);
    return answer;
  }

  /** Where people open records: the company's own host, which `users/me` names where the API is asked at the shared one. */
  webUrl(): Promise<string> {
    return (this.#web ??= this.#findWeb());
  }

  async #findWeb(): Promise<string> {
    const base = this.#apiUrl(await this.http.token()).replace(/\/$/, '');
    if (!isShared(base)) return base;
    const domain = await this.me().then(
      ({ me }) => me.company_domain ?? null,
      // Without the right to see users, links lead to the shared host.
      () => null,
    );
    return domain === null ? base : `https://${domain}.pipedrive.com`;
  }

  async me(): Promise<{ readonly me: Me; readonly serverTime: number | null }> {
    const answer = await this.v1({ method: 'GET', path: '/users/me' });
    return { me: read(meSchema, answer.body, 'Pipedrive user').data, serverTime: answer.serverTime };
  }

  async personFields(): Promise<readonly PersonField[]> {
    const fields: PersonField[] = [];
    for (let cursor: string | null = null; ; ) {
      const query = new URLSearchParams({ limit: String(LIST_PAGE), ...(cursor === null ? {} : { cursor }) });
      const answer: HttpAnswer = await this.http.send({
        method: 'GET',
        path: `/api/v2/personFields?${query.toString()}`,
      });
      const page = read(fieldsSchema, answer.body, 'Pipedrive person fields');
      fields.push(...(page.data ?? []));
      cursor = page.additional_data?.next_cursor ?? null;
      if (cursor === null) return fields;
    }
  }

  /** One page of persons. `since` in whole seconds: milliseconds are refused (BEHAVIOR.md, "Times"). */
  async persons(options: {
    readonly since: string | null;
    readonly cursor: string | null;
    readonly limit: number;
    readonly custom: readonly string[];
    readonly optional: readonly string[];
  }): Promise<{
    readonly persons: readonly Person[];
    readonly next: string | null;
    readonly serverTime: number | null;
  }> {
    const query = new URLSearchParams({
      limit: String(Math.min(LIST_PAGE, options.limit)),
      sort_by: options.since === null ? 'id' : 'update_time',
      sort_direction: 'asc',
      ...(options.since === null ? {} : { updated_since: options.since }),
      ...(options.cursor === null ? {} : { cursor: options.cursor }),
      ...shapeOf(options),
    });
    const answer = await this.#list('persons', query);
    const page = read(personsSchema, answer.body, 'Pipedrive persons');
    return {
      persons: page.data ?? [],
      next: page.additional_data?.next_cursor ?? null,
      serverTime: answer.serverTime,
    };
  }

  /** A page of a list. A position that is refused is one that is forgotten: the list is walked anew. */
  async #list(what: 'persons' | 'organizations', query: URLSearchParams): Promise<HttpAnswer> {
    const isContinued = query.has('cursor');
    const answer = await this.http.send({
      method: 'GET',
      path: `/api/v2/${what}?${query.toString()}`,
      expect: isContinued ? [400] : [],
    });
    if (answer.status >= 400) throw asLost(this.failure(answer));
    return answer;
  }

  /** What an answer that was looked at first means after all. */
  failure(answer: HttpAnswer): RemoteError {
    return classify(answer, this.#context.clock.now());
  }

  /** Persons by id, 100 a call; deleted ones are left out. */
  async personsByIds(
    ids: readonly string[],
    shape: { readonly custom: readonly string[]; readonly optional: readonly string[] },
  ): Promise<readonly Person[]> {
    const found = await atOnce(chunks([...new Set(ids)], IDS_PER_CALL), IN_FLIGHT, async (part) => {
      const query = new URLSearchParams({ ids: part.join(','), limit: String(IDS_PER_CALL), ...shapeOf(shape) });
      const answer = await this.http.send({ method: 'GET', path: `/api/v2/persons?${query.toString()}` });
      return read(personsSchema, answer.body, 'Pipedrive persons').data ?? [];
    });
    return found.flat().filter((person) => person.is_deleted !== true);
  }

  /** Ids of persons that have this address, by the search index, which may lag and once matched parts. */
  async searchByEmail(email: string): Promise<readonly string[]> {
    const query = new URLSearchParams({ term: email, fields: 'email', exact_match: 'true', limit: '100' });
    const answer = await this.http.send({ method: 'GET', path: `/api/v2/persons/search?${query.toString()}` });
    return read(searchSchema, answer.body, 'Pipedrive search').map((item) => String(item.id));
  }

  async searchByField(field: string, term: string): Promise<readonly string[]> {
    const query = new URLSearchParams({ entity_type: 'person', field, match: 'exact', term, limit: '100' });
    const answer = await this.http.send({ method: 'GET', path: `/api/v2/itemSearch/field?${query.toString()}` });
    return read(itemsSchema, answer.body, 'Pipedrive search').map(String);
  }

  /** Names of organizations, 100 ids a call; deleted ones are left out. */
  async organizationNames(ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const found = await atOnce(chunks(ids, IDS_PER_CALL), IN_FLIGHT, async (part) => {
      const query = new URLSearchParams({ ids: part.join(','), limit: String(IDS_PER_CALL) });
      const answer = await this.http.send({ method: 'GET', path: `/api/v2/organizations?${query.toString()}` });
      return read(organizationsSchema, answer.body, 'Pipedrive organizations').data ?? [];
    });
    const alive = found.flat().filter((one) => one.is_deleted !== true);
    return new Map(alive.map((one) => [one.id, one.name ?? '']));
  }

  async findOrganizations(name: string): Promise<readonly { readonly id: number; readonly name: string }[]> {
    const query = new URLSearchParams({ term: name, fields: 'name', exact_match: 'true', limit: '100' });
    const answer = await this.http.send({ method: 'GET', path: `/api/v2/organizations/search?${query.toString()}` });
    return read(searchSchema, answer.body, 'Pipedrive search').map((item) => ({ id: item.id, name: item.name ?? '' }));
  }

  /** One page of organizations, oldest change first. */
  async organizations(options: {
    readonly since: string | null;
    readonly cursor: string | null;
    readonly limit: number;
  }): Promise<{
    readonly organizations: readonly { readonly id: number; readonly name: string; readonly isDeleted: boolean }[];
    readonly next: string | null;
    readonly serverTime: number | null;
  }> {
    const query = new URLSearchParams({
      limit: String(Math.min(LIST_PAGE, options.limit)),
      sort_by: 'update_time',
      sort_direction: 'asc',
      ...(options.since === null ? {} : { updated_since: options.since }),
      ...(options.cursor === null ? {} : { cursor: options.cursor }),
    });
    const answer = await this.#list('organizations', query);
    const page = read(organizationsSchema, answer.body, 'Pipedrive organizations');
    return {
      organizations: (page.data ?? []).map((one) => ({
        id: one.id,
        name: one.name ?? '',
        isDeleted: one.is_deleted === true,
      })),
      next: page.additional_data?.next_cursor ?? null,
      serverTime: answer.serverTime,
    };
  }

  /** @returns its id; null: the vendor does not take it. */
  async createOrganization(name: string): Promise<number | null> {
    const answer = await this.http.send({
      method: 'POST',
      path: '/api/v2/organizations',
      json: { name },
      expect: [400, 403],
    });
    if (isPage(answer)) throw this.failure(answer);
    if (answer.status >= 400) return null;
    return read(oneOrganizationSchema, answer.body, 'Pipedrive organization').data.id;
  }

  /** Everybody of the account; there are no pages. */
  async users(): Promise<readonly User[]> {
    const answer = await this.v1({ method: 'GET', path: '/users' });
    return read(usersSchema, answer.body, 'Pipedrive users').data ?? [];
  }

  /** Adds choices to a list, all of them or none. @returns status and the new options' ids by label. */
  createOptions(field: string, labels: readonly string[]): Promise<HttpAnswer> {
    return this.http.send({
      method: 'POST',
      path: `/api/v2/personFields/${field}/options`,
      json: labels.map((label) => ({ label })),
      expect: [400, 403],
    });
  }

  /** Persons, or organizations, that changed since, deleted ones among them; offset paging (v1). One kind a call. */
  async recents(
    of: 'person' | 'organization',
    since: string,
    start: number,
  ): Promise<{
    readonly gone: readonly string[];
    readonly nextStart: number | null;
    readonly serverTime: number | null;
  }> {
    const query = new URLSearchParams({
      since_timestamp: since,
      items: of,
      start: String(start),
      limit: String(LIST_PAGE),
    });
    const answer = await this.v1({ method: 'GET', path: `/recents?${query.toString()}` });
    const page = read(recentsSchema, answer.body, 'Pipedrive recents');
    const gone = (page.data ?? []).filter(
      ({ item, data }) => item === of && (data?.active_flag === false || data?.is_deleted === true),
    );
    return {
      gone: gone.map(({ id }) => String(id)),
      nextStart: nextStartOf(page.additional_data?.pagination, start, page.data?.length ?? 0),
      serverTime: answer.serverTime,
    };
  }

  async writePerson(id: string | null, json: unknown): Promise<HttpAnswer> {
    return this.http.send({
      method: id === null ? 'POST' : 'PATCH',
      path: id === null ? '/api/v2/persons' : `/api/v2/persons/${id}`,
      json,
      expect: OF_ONE_PERSON,
    });
  }

  /** Into the bin; the answer's status tells. Asking twice changes nothing. */
  deletePerson(id: string): Promise<HttpAnswer> {
    return this.http.send({
      method: 'DELETE',
      path: `/api/v2/persons/${encodeURIComponent(id)}`,
      repeatable: true,
      expect: OF_ONE_PERSON,
    });
  }

  createField(name: string, type: string): Promise<HttpAnswer> {
    return this.http.send({
      method: 'POST',
      path: '/api/v2/personFields',
      json: { field_name: name, field_type: type },
      expect: [400, 403],
    });
  }
}

export const readPerson = (answer: HttpAnswer): Person => read(onePersonSchema, answer.body, 'Pipedrive person').data;

/** Refusals that may be about the one person of the call; `write-persons.ts` tells. */
const OF_ONE_PERSON = [400, 403, 404, 409, 410, 413, 415, 422];

/** An error in HTML comes from what stands before the API: it says nothing about the record that was asked for. */
export const isPage = (answer: HttpAnswer): boolean => answer.status >= 400 && typeof answer.body === 'string';

/** What is not there says `success: false`; a path that is none is a page, or words of whatever stands before the API. */
const isUnknownPath = ({ status, body }: HttpAnswer): boolean => status === 404 && !isRefusal(body);

/** A bad request for the next page that does not name a field of ours. */
const asLost = (error: RemoteError): RemoteError =>
  error.kind === 'invalid'
    ? new RemoteError('cursor', 'Pipedrive does not know this position in its list any more', { cause: error })
    : error;

/** Small answers where few custom fields are needed; more than 15 cannot be named, then all come. */
function shapeOf(shape: {
  readonly custom: readonly string[];
  readonly optional: readonly string[];
}): Record<string, string> {
  return {
    ...(shape.custom.length > 0 && shape.custom.length <= CUSTOM_FIELDS_PER_CALL
      ? { custom_fields: shape.custom.join(',') }
      : {}),
    ...(shape.optional.length === 0 ? {} : { include_fields: shape.optional.join(',') }),
  };
}
