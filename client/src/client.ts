import createFetchClient from 'openapi-fetch';
import { problemOf } from './problem.ts';
import type { paths } from './schema.ts';

export { TandemProblem, type ValueProblem } from './problem.ts';
export type { components, operations, paths } from './schema.ts';

export interface TandemClientOptions {
  /** Where Tandem is, as people open it: https://tandem.example.com */
  readonly baseUrl: string;
  /** `tdm_…`, made under Settings › API keys. */
  readonly key: string;
  /** Another fetch than the platform's: a proxy, a limit on time, a test. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
// Types of our own: openapi-fetch's answer is data or an error and leaves the parsing open; ours is data, a problem is thrown.
type Path<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { readonly responses: unknown }> ? P : never;
}[keyof paths];
type Nothing = Record<never, never>;
type Params<Operation> = Operation extends { readonly parameters: infer All }
  ? Nothing extends All
    ? { readonly params?: All }
    : { readonly params: All }
  : Nothing;
type Body<Operation> = Operation extends { readonly requestBody: { readonly content: infer Content } }
  ? { readonly body: Content[keyof Content] }
  : { readonly body?: never };
interface Common extends Omit<RequestInit, 'method' | 'body' | 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
}
type Init<P extends keyof paths, M extends Method> = Common & Params<paths[P][M]> & Body<paths[P][M]>;
/** Where nothing is required the last argument may be left out. */
type Rest<I> = Nothing extends I ? [init?: I] : [init: I];
/** What a route answers when it is done. */
export type Answer<P extends keyof paths, M extends Method> = paths[P][M] extends {
  readonly responses: { readonly 200: { readonly content: infer Content } };
}
  ? Content[keyof Content]
  : never;

/**
 * Calls one route. `init` holds `params` (`path`, `query`), `body`, `headers` and what `fetch` takes, e.g. `signal`.
 * @returns the answer's body; text where the route answers text (an export)
 * @throws TandemProblem when Tandem refuses
 */
export type Call<M extends Method> = <P extends Path<M>>(path: P, ...init: Rest<Init<P, M>>) => Promise<Answer<P, M>>;

interface Page {
  readonly items: readonly unknown[];
  readonly next: string | null;
}
type ListPath = { [P in Path<'get'>]: Answer<P, 'get'> extends Page ? P : never }[Path<'get'>];
type Item<P extends ListPath> = Answer<P, 'get'>['items'][number];

export type Contact = Item<'/api/v1/contacts'>;
/** A contact who is no more: delete your copy; `into` is whom they were merged into. */
export type GoneContact = NonNullable<Answer<'/api/v1/contacts', 'get'>['gone']>[number];

export interface ContactChanges {
  readonly items: readonly Contact[];
  readonly gone: readonly GoneContact[];
  /** Where to go on from. Keep it once the changes of this page are with you, not before. */
  readonly place: string;
}
/** A moment (ISO 8601, UTC), the first time; later the last `place` that was kept. */
export type FollowFrom = { readonly since: string } | { readonly place: string };

export interface TandemClient {
  readonly get: Call<'get'>;
  readonly post: Call<'post'>;
  readonly put: Call<'put'>;
  readonly patch: Call<'patch'>;
  readonly delete: Call<'delete'>;
  /** Every item of a list, page by page as they are read; `limit` in the query is the size of a page. */
  list<P extends ListPath>(path: P, ...init: Rest<Init<P, 'get'>>): AsyncGenerator<Item<P>, void, undefined>;
  /**
   * The contacts that changed, until none is left. Nobody is missed; the same contact may come twice (`version` rises).
   * @throws TandemProblem with status 410 when the place is too old: begin anew with `since`, delete what does not come
   */
  followContacts(
    from: FollowFrom,
    options?: { readonly limit?: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<ContactChanges, void, undefined>;
}

/** What every route takes and answers, without its types. */
type LooseInit = { readonly params?: { readonly query?: object }; readonly [more: string]: unknown };
type LooseCall = (path: string, init?: LooseInit) => Promise<unknown>;

/** A client of one Tandem; opens nothing before the first call. */
export function createTandemClient({ baseUrl, key, fetch }: TandemClientOptions): TandemClient {
  const api = createFetchClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${key}` },
    ...(fetch === undefined ? {} : { fetch }),
  });
  api.use({
    onResponse: async ({ response }) => {
      if (!response.ok) throw await problemOf(response);
    },
  });
  const call = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'): LooseCall => {
    // The types of a route's call are those of `TandemClient`; inside, all routes are called alike.
    const send = api[method] as (path: string, init: LooseInit) => Promise<{ data?: string; response: Response }>;
    return async (path, init) => {
      const { data = '', response } = await send(path, { ...init, parseAs: 'text' });
      const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
      return isJson ? (JSON.parse(data) as unknown) : data;
    };
  };
  const get = call('GET');
  // As above: what the contract says of each path is said in `TandemClient`.
  return {
    get,
    post: call('POST'),
    put: call('PUT'),
    patch: call('PATCH'),
    delete: call('DELETE'),
    list: (path: string, init?: LooseInit) => list(get, path, init),
    followContacts: (from: FollowFrom, options = {}) => followContacts(get, from, options),
  } as TandemClient;
}

async function* list(get: LooseCall, path: string, init: LooseInit = {}): AsyncGenerator<unknown, void, undefined> {
  let query: object | undefined = init.params?.query;
  for (;;) {
    // `list` is open to the paths whose answer is a page.
    const page = (await get(path, { ...init, params: { ...init.params, ...(query && { query }) } })) as Page;
    yield* page.items;
    if (page.next === null) return;
    query = { ...query, cursor: page.next };
  }
}

async function* followContacts(
  get: LooseCall,
  from: FollowFrom,
  { limit = 500, ...init }: { readonly limit?: number; readonly signal?: AbortSignal },
): AsyncGenerator<ContactChanges, void, undefined> {
  let query: object = 'place' in from ? { cursor: from.place } : { updatedSince: from.since };
  for (;;) {
    // The contract's answer of this path.
    const page = (await get('/api/v1/contacts', { ...init, params: { query: { ...query, limit } } })) as Answer<
      '/api/v1/contacts',
      'get'
    >;
    const place = page.next ?? page.follow;
    if (place === null || place === undefined) throw new Error('Tandem did not say where to go on from.');
    yield { items: page.items, gone: page.gone ?? [], place };
    if (page.next === null) return;
    query = { cursor: page.next };
  }
}
