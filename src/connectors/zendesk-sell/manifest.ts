import type { Manifest } from '../kit/connector.ts';
import { IN_FLIGHT, LIST_PAGE } from './client.ts';
import { profile } from './oauth.ts';
import { connectZendeskSell } from './zendesk-sell.ts';

const docs = 'https://developer.zendesk.com/api-reference/sales-crm/';

const lines = [
  ['email', 'email'],
  ['first_name', 'first_name'],
  ['last_name', 'last_name'],
  ['company', 'organization_name'],
  ['job_title', 'title'],
  ['phone', 'phone'],
  ['mobile', 'mobile'],
  ['street', 'address.line1'],
  ['city', 'address.city'],
  ['postal_code', 'address.postal_code'],
  ['state', 'address.state'],
  ['country', 'address.country'],
  ['website', 'website'],
] as const;

export const manifest: Manifest = {
  id: 'zendesk-sell',
  label: 'Zendesk Sell (formerly Base)',
  kinds: ['lead', 'contact'],
  kindNotes: { lead: 'crm.zendesk-sell.lead', contact: 'crm.zendesk-sell.contact' },
  defaultBaseUrl: 'https://api.getbase.com',
  credentials: [
    {
      method: 'token',
      label: 'Access token',
      recommended: true,
      fields: [{ key: 'accessToken', label: 'Access token', secret: true, required: true }],
    },
    {
      method: 'oauth',
      label: 'OAuth',
      fields: [
        { key: 'clientId', label: 'Client id', secret: false, required: true },
        { key: 'clientSecret', label: 'Client secret', secret: true, required: true },
      ],
    },
  ],
  oauth: profile,
  options: [],
  feeds: [{ name: 'sync', kind: 'lead', carries: 'changes', lagMs: 0, acknowledged: true }],
  capabilities: {
    uniqueEmail: false,
    conditionalWrite: false,
    answersCarryRecord: true,
    fieldHistory: false,
    createFields: false,
    deletesInFeed: true,
    webhooks: false,
  },
  // For ever: a deletion cannot be undone, by anybody.
  deletion: { perCall: { value: 1, source: `${docs}resources/leads/#delete-a-lead` }, binDays: null, forever: null },
  timeline: { as: 'note', perCall: { value: 1, source: `${docs}resources/notes/` }, lagMs: 30_000 },
  companies: {
    find: { value: LIST_PAGE, source: `${docs}search/query-language/` },
    create: { value: 1, source: `${docs}resources/contacts/` },
    renamed: 'feed',
    ended: 'feed',
  },
  timeResolutionMs: 1_000,
  lookupLagMs: 30_000,
  batch: {
    // A queue's page is the vendor's to choose; lists have 100.
    readPage: { value: 1_000, source: `${docs}sync/protocol/` },
    readByIds: { value: LIST_PAGE, source: `${docs}resources/leads/` },
    find: { value: 100, source: `${docs}search/query-language/` },
    create: { value: 1, source: `${docs}resources/leads/` },
    update: { value: 1, source: `${docs}resources/leads/` },
  },
  inFlight: { value: IN_FLIGHT, source: `${docs}rate-limits/` },
  limits: [{ name: 'hourly', limit: { value: 36_000, source: `${docs}rate-limits/` }, unit: 'calls/hour' }],
  createsOptions: 'none',
  optionNote: 'crm.zendesk-sell.option',
  systemFields: {
    url: ['tandem_url', 'plezi_url'],
    score: ['tandem_score', 'plezi_score'],
    status: ['tandem_status', 'plezi_status'],
    source: ['tandem_source', 'plezi_source'],
    syncFlag: ['sync_to_tandem', 'sync_to_plezi'],
  },
  fieldsByHand: {
    url: 'Tandem URL',
    score: 'Tandem score',
    status: 'Tandem status',
    source: 'Tandem source',
    syncFlag: 'Sync to Tandem',
  },
  defaultMapping: (['lead', 'contact'] as const).flatMap((kind) =>
    lines.map(([hub, crm]) => ({
      kind,
      hub,
      crm,
      direction: kind === 'lead' ? ('both' as const) : ('toHub' as const),
    })),
  ),
  connect: connectZendeskSell,
};
