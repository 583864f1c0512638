import type { Manifest } from '../kit/connector.ts';
import { IDS_PER_CALL, IN_FLIGHT, LIST_PAGE } from './client.ts';
import { profile } from './oauth.ts';
import { connectPipedrive } from './pipedrive.ts';
import { OVERLAP_MS } from './read-changes.ts';

const reference = 'https://developers.pipedrive.com/docs/api/v1/Persons';
const organizations = 'https://developers.pipedrive.com/docs/api/v1/Organizations';
const limiting = 'https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting';

const lines = [
  ['email', 'email'],
  ['first_name', 'first_name'],
  ['last_name', 'last_name'],
  ['company', 'org_id'],
  ['job_title', 'job_title'],
  ['phone', 'phone'],
  ['mobile', 'mobile'],
] as const;

export const manifest: Manifest = {
  id: 'pipedrive',
  label: 'Pipedrive',
  kinds: ['person'],
  kindNotes: { person: 'crm.pipedrive.person' },
  defaultBaseUrl: 'https://api.pipedrive.com',
  credentials: [
    {
      method: 'token',
      label: 'API token',
      recommended: true,
      fields: [
        { key: 'apiToken', label: 'API token', secret: true, required: true },
        {
          key: 'companyDomain',
          label: 'Company domain',
          secret: false,
          required: false,
          placeholder: 'acme.pipedrive.com',
        },
      ],
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
  feeds: [
    { name: 'persons', kind: 'person', carries: 'changes', lagMs: OVERLAP_MS },
    { name: 'deleted', kind: 'person', carries: 'gone', lagMs: OVERLAP_MS },
    { name: 'organizations', kind: 'person', carries: 'companies', lagMs: OVERLAP_MS },
    { name: 'organizations-deleted', kind: 'person', carries: 'companies', lagMs: OVERLAP_MS },
  ],
  capabilities: {
    uniqueEmail: false,
    conditionalWrite: false,
    answersCarryRecord: true,
    fieldHistory: false,
    createFields: true,
    deletesInFeed: true,
    webhooks: true,
  },
  companies: {
    find: { value: 1, source: organizations },
    create: { value: 1, source: organizations },
    renamed: 'feed',
    ended: 'feed',
  },
  timeline: {
    as: 'note',
    perCall: { value: 1, source: 'https://developers.pipedrive.com/docs/api/v1/Notes#addNote' },
    lagMs: 30_000,
  },
  deletion: {
    perCall: { value: 1, source: `${reference}#deletePerson` },
    binDays: { value: 30, source: `${reference}#deletePerson` },
    forever: null,
  },
  timeResolutionMs: 1_000,
  lookupLagMs: 30_000,
  batch: {
    readPage: { value: LIST_PAGE, source: reference },
    readByIds: { value: IDS_PER_CALL, source: reference },
    find: { value: 1, source: reference },
    create: { value: 1, source: reference },
    update: { value: 1, source: reference },
  },
  inFlight: { value: IN_FLIGHT, source: limiting },
  limits: [
    { name: 'burst', limit: { value: 20, source: limiting }, unit: 'calls/2 s' },
    { name: 'search_burst', limit: { value: 10, source: limiting }, unit: 'searches/2 s' },
    // The smallest plan's; the real figure comes with the answers' headers.
    { name: 'daily_tokens', limit: { value: 30_000, source: limiting }, unit: 'tokens/day and seat' },
  ],
  createsOptions: 'custom',
  optionNote: 'crm.pipedrive.option',
  systemFields: {
    url: ['tandem_url', 'plezi_url'],
    score: ['tandem_score', 'plezi_score'],
    status: ['tandem_status', 'plezi_status'],
    source: ['tandem_source', 'plezi_source'],
    syncFlag: ['sync_to_tandem', 'sync_to_plezi'],
  },
  defaultMapping: lines.map(([hub, crm]) => ({ kind: 'person', hub, crm, direction: 'both' })),
  connect: connectPipedrive,
};
