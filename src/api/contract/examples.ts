import type { RouteId } from './routes.ts';

/** A call as a reader may copy it. A test makes all of them, in this order, against a server. */
export interface Example {
  readonly route: RouteId;
  /** Values of the path's parameters; `$name` stands for what an earlier call gave. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Remembers the answer's `id` under this name. */
  readonly gives?: string;
}

/** One story: somebody becomes a contact, does something, is followed and told about, and goes. */
export const EXAMPLES: readonly Example[] = [
  { route: 'me' },
  { route: 'hubFields' },
  {
    route: 'createContact',
    body: { fields: { email: 'ada@example.com', first_name: 'Ada', company: 'Analytical Engines' } },
    gives: 'contact',
  },
  { route: 'contact', params: { id: 'ada@example.com' } },
  { route: 'updateContact', params: { id: '$contact' }, body: { fields: { job_title: 'Programmer', phone: null } } },
  { route: 'contacts', query: { updatedSince: '2026-01-01T00:00:00Z', limit: '100' } },
  { route: 'lookup', body: { emails: ['ada@example.com', 'nobody@example.com'] } },
  {
    route: 'findContacts',
    body: { filter: [{ field: 'score', op: 'at_least', value: 20 }], sort: 'score', order: 'desc', limit: 20 },
  },
  {
    route: 'events',
    body: { events: [{ type: 'webinar', email: 'ada@example.com', data: { name: 'Engines for everybody' } }] },
  },
  { route: 'listEvents', query: { type: 'webinar' } },
  { route: 'timeline', params: { id: '$contact' } },
  { route: 'history', params: { id: '$contact' }, query: { field: 'job_title' } },
  { route: 'contactScore', params: { id: '$contact' } },
  {
    route: 'createWebhook',
    body: { url: 'https://example.com/tandem', types: ['contact.created', 'score.reached'], minimumScore: 40 },
    gives: 'webhook',
  },
  { route: 'deliveries', params: { id: '$webhook' }, query: { state: 'failed' } },
  { route: 'updateWebhook', params: { id: '$webhook' }, body: { enabled: false } },
  { route: 'deleteWebhook', params: { id: '$webhook' } },
  { route: 'connections' },
  { route: 'runs', query: { since: '2026-01-01T00:00:00Z' } },
  { route: 'rejections', query: { reason: 'missing_required' } },
  { route: 'createApiKey', body: { name: 'Warehouse', scopes: ['contacts:read'] }, gives: 'key' },
  { route: 'revokeApiKey', params: { id: '$key' } },
  { route: 'deleteContact', params: { id: '$contact' } },
];
