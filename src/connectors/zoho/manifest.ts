import type { Manifest } from '../kit/connector.ts';
import { COQL_ROWS, IDS_PER_CALL, IN_FLIGHT, VALUES_PER_IN } from './client.ts';
import { DELETE_BATCH } from './delete-records.ts';
import { profile } from './oauth.ts';
import { OVERLAP_MS } from './read-changes.ts';
import { NOTES_BATCH } from './timeline.ts';
import { connectZoho } from './zoho.ts';

const docs = 'https://www.zoho.com/crm/developer/docs/api/v8/';
const coql = 'https://help.zoho.com/portal/en/community/topic/kaizen-171-faqs-on-coql-api';

const shared = [
  ['email', 'Email'],
  ['first_name', 'First_Name'],
  ['last_name', 'Last_Name'],
  ['phone', 'Phone'],
  ['mobile', 'Mobile'],
] as const;
const ofLeads = [
  ['company', 'Company'],
  ['job_title', 'Designation'],
  ['street', 'Street'],
  ['city', 'City'],
  ['postal_code', 'Zip_Code'],
  ['state', 'State'],
  ['country', 'Country'],
  ['website', 'Website'],
] as const;
const ofContacts = [
  ['company', 'Account_Name'],
  ['job_title', 'Title'],
  ['street', 'Mailing_Street'],
  ['city', 'Mailing_City'],
  ['postal_code', 'Mailing_Zip'],
  ['state', 'Mailing_State'],
  ['country', 'Mailing_Country'],
] as const;

const client = [
  { key: 'clientId', label: 'Client id', secret: false, required: true },
  { key: 'clientSecret', label: 'Client secret', secret: true, required: true },
  { key: 'dataCentre', label: 'Data centre', secret: false, required: false, placeholder: 'eu' },
] as const;

export const manifest: Manifest = {
  id: 'zoho',
  label: 'Zoho CRM',
  kinds: ['lead', 'contact'],
  kindNotes: { lead: 'crm.zoho.lead', contact: 'crm.zoho.contact' },
  defaultBaseUrl: 'https://www.zohoapis.com',
  credentials: [
    {
      method: 'self-client',
      label: 'Self client',
      recommended: true,
      fields: [
        ...client,
        { key: 'grantCode', label: 'Grant code', secret: true, required: false },
        { key: 'refreshToken', label: 'Refresh token', secret: true, required: false },
      ],
    },
    { method: 'oauth', label: 'OAuth', fields: client },
  ],
  oauth: profile,
  options: [],
  feeds: [
    { name: 'leads', kind: 'lead', carries: 'changes', lagMs: OVERLAP_MS },
    { name: 'contacts', kind: 'contact', carries: 'changes', lagMs: OVERLAP_MS },
    { name: 'accounts', kind: 'contact', carries: 'companies', lagMs: OVERLAP_MS },
    { name: 'accounts-deleted', kind: 'contact', carries: 'companies', lagMs: OVERLAP_MS },
    { name: 'leads-converted', kind: 'lead', carries: 'gone', lagMs: OVERLAP_MS },
    { name: 'leads-deleted', kind: 'lead', carries: 'gone', lagMs: OVERLAP_MS },
    { name: 'contacts-deleted', kind: 'contact', carries: 'gone', lagMs: OVERLAP_MS },
  ],
  capabilities: {
    uniqueEmail: false,
    conditionalWrite: false,
    answersCarryRecord: false,
    fieldHistory: false,
    createFields: true,
    deletesInFeed: true,
    webhooks: true,
  },
  companies: {
    // A name in up to five spellings.
    find: { value: VALUES_PER_IN / 5, source: coql },
    create: { value: 100, source: `${docs}insert-records.html` },
    renamed: 'feed',
    ended: 'feed',
  },
  deletion: {
    perCall: { value: DELETE_BATCH, source: `${docs}delete-records.html` },
    binDays: {
      value: 60,
      source: 'https://help.zoho.com/portal/en/kb/crm/manage-crm-data/recycle-bin/articles/recycle-bin',
    },
    forever: { value: DELETE_BATCH, source: `${docs}del-recycle-bin-records.html` },
  },
  timeline: { as: 'note', perCall: { value: NOTES_BATCH, source: `${docs}create-notes.html` }, lagMs: 5_000 },
  timeResolutionMs: 1_000,
  lookupLagMs: 5_000,
  batch: {
    readPage: { value: COQL_ROWS, source: coql },
    readByIds: { value: IDS_PER_CALL, source: `${docs}get-records.html` },
    find: { value: VALUES_PER_IN, source: coql },
    create: { value: 100, source: `${docs}insert-records.html` },
    update: { value: 100, source: `${docs}update-records.html` },
  },
  inFlight: { value: IN_FLIGHT, source: `${docs}api-limits.html` },
  limits: [
    // By edition and users; nothing in an answer tells what is left.
    {
      name: 'daily_credits',
      limit: { value: 50_000, source: `${docs}api-limits.html` },
      unit: 'credits/24 h (Standard)',
    },
    { name: 'concurrency', limit: { value: 10, source: `${docs}api-limits.html` }, unit: 'calls in flight' },
  ],
  createsOptions: 'custom',
  optionNote: 'crm.zoho.option',
  systemFields: {
    url: ['Tandem_URL', 'Plezi_URL', 'tandem_url', 'plezi_url'],
    score: ['Tandem_score', 'Plezi_score', 'tandem_score', 'plezi_score'],
    status: ['Tandem_status', 'Plezi_status', 'tandem_status', 'plezi_status'],
    source: ['Tandem_source', 'Plezi_source', 'tandem_source', 'plezi_source'],
    syncFlag: ['Sync_to_Tandem', 'Sync_to_Plezi', 'sync_to_tandem', 'sync_to_plezi'],
  },
  defaultMapping: [
    ...[...shared, ...ofLeads].map(([hub, crm]) => ({ kind: 'lead' as const, hub, crm, direction: 'both' as const })),
    ...[...shared, ...ofContacts].map(([hub, crm]) => ({
      kind: 'contact' as const,
      hub,
      crm,
      direction: 'toHub' as const,
    })),
    ...(['lead', 'contact'] as const).map((kind) => ({
      kind,
      hub: 'opt_out',
      crm: 'Email_Opt_Out',
      direction: 'both' as const,
      optOut: true,
    })),
  ],
  connect: connectZoho,
};
