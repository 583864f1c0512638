import type { Manifest } from '../kit/connector.ts';
import { IN_FLIGHT } from './client.ts';
import { ARCHIVE_BATCH } from './delete-contacts.ts';
import { connectHubSpot, DEFAULT_LEAD_STAGES } from './hubspot.ts';
import { profile } from './oauth.ts';
import { INDEX_LAG_MS, SEARCH_PAGE } from './read-changes.ts';
import { NOTES_BATCH } from './timeline.ts';

const docs = 'https://developers.hubspot.com/docs/';
const search = `${docs}api-reference/latest/crm/search-the-crm`;
const guide = `${docs}api-reference/latest/crm/objects/contacts/guide`;
const contacts = `${docs}api-reference/latest/crm/objects/contacts`;
const notes = `${docs}api-reference/2026-03/crm/activities/notes/batch/create-notes`;
const usage = `${docs}developer-tooling/platform/usage-guidelines`;

const both = [
  ['email', 'email'],
  ['first_name', 'firstname'],
  ['last_name', 'lastname'],
  ['company', 'company'],
  ['job_title', 'jobtitle'],
  ['phone', 'phone'],
  ['mobile', 'mobilephone'],
  ['street', 'address'],
  ['city', 'city'],
  ['postal_code', 'zip'],
  ['state', 'state'],
  ['country', 'country'],
  ['website', 'website'],
] as const;

export const manifest: Manifest = {
  id: 'hubspot',
  label: 'HubSpot',
  kinds: ['lead', 'contact'],
  kindNotes: { lead: 'crm.hubspot.lead', contact: 'crm.hubspot.contact' },
  defaultBaseUrl: 'https://api.hubapi.com',
  credentials: [
    {
      method: 'token',
      label: 'Service key',
      recommended: true,
      fields: [{ key: 'accessToken', label: 'Access token', secret: true, required: true, placeholder: 'pat-eu1-…' }],
    },
    {
      method: 'oauth',
      label: 'OAuth',
      fields: [
        { key: 'clientId', label: 'Client id', secret: false, required: true },
        { key: 'clientSecret', label: 'Client secret', secret: true, required: true },
        { key: 'appId', label: 'App id (older public app, for webhooks)', secret: false, required: false },
        { key: 'developerKey', label: 'Developer API key (for webhooks)', secret: true, required: false },
      ],
    },
  ],
  oauth: profile,
  options: [
    {
      key: 'leadStages',
      label: 'Lifecycle stages that are leads',
      type: 'manyOf',
      default: DEFAULT_LEAD_STAGES,
      valuesOf: 'lifecyclestage',
    },
    { key: 'companyRecords', label: 'People belong to company records', type: 'boolean', default: false },
  ],
  feeds: [
    { name: 'contacts', kind: 'lead', carries: 'changes', lagMs: INDEX_LAG_MS },
    { name: 'archived', kind: 'lead', carries: 'gone', lagMs: 0 },
  ],
  capabilities: {
    uniqueEmail: true,
    conditionalWrite: false,
    answersCarryRecord: true,
    fieldHistory: false,
    createFields: true,
    deletesInFeed: true,
    webhooks: true,
  },
  // Where the option is on. What goes into a search's 3,000 characters: names of some 30.
  companies: {
    find: { value: 80, source: search },
    create: { value: 100, source: guide },
    renamed: 'never',
    ended: 'use',
  },
  timeline: { as: 'note', perCall: { value: NOTES_BATCH, source: notes }, lagMs: INDEX_LAG_MS },
  deletion: {
    perCall: { value: ARCHIVE_BATCH, source: `${contacts}/batch/delete-contacts` },
    binDays: { value: 90, source: `${contacts}/batch/delete-contacts` },
    forever: { value: 1, source: `${contacts}/gdpr/gdpr-delete-contact` },
  },
  timeResolutionMs: 1,
  lookupLagMs: INDEX_LAG_MS,
  batch: {
    readPage: { value: SEARCH_PAGE, source: search },
    readByIds: { value: 100, source: guide },
    find: { value: 100, source: guide },
    create: { value: 100, source: guide },
    update: { value: 100, source: guide },
  },
  inFlight: { value: IN_FLIGHT, source: usage },
  limits: [
    { name: 'search_per_second', limit: { value: 5, source: search }, unit: 'calls/s' },
    { name: 'search_results', limit: { value: 10_000, source: search }, unit: 'records/query' },
    { name: 'search_body', limit: { value: 3_000, source: search }, unit: 'characters' },
    { name: 'burst', limit: { value: 100, source: usage }, unit: 'calls/10 s' },
    { name: 'daily', limit: { value: 250_000, source: usage }, unit: 'calls/day' },
  ],
  createsOptions: 'every',
  optionNote: 'crm.hubspot.option',
  systemFields: {
    url: ['tandem_url', 'plezi_url'],
    score: ['tandem_score', 'plezi_score', 'score'],
    status: ['tandem_status', 'plezi_status', 'status'],
    source: ['tandem_source', 'plezi_source'],
    syncFlag: ['sync_to_tandem', 'sync_to_plezi'],
  },
  defaultMapping: (['lead', 'contact'] as const).flatMap((kind) =>
    both.map(([hub, crm]) => ({ kind, hub, crm, direction: kind === 'lead' ? ('both' as const) : ('toHub' as const) })),
  ),
  connect: connectHubSpot,
};
