import type { Manifest } from '../kit/connector.ts';
import { DEFAULT_VERSION, IN_FLIGHT } from './client.ts';
import { ACCOUNT } from './codec.ts';
import { DELETIONS } from './delete-records.ts';
import { profile } from './oauth.ts';
import { LATE_COMMIT_MS, QUERY_PAGE } from './read-changes.ts';
import { connectSalesforce } from './salesforce.ts';
import { TASKS } from './timeline.ts';
import { COLLECTION } from './write-records.ts';

const docs = 'https://developer.salesforce.com/docs/platform/';
const rest = `${docs}api-rest/guide/`;
const limits = `${docs}salesforce-app-limits-cheatsheet/guide/`;

const person = [
  ['email', 'Email'],
  ['first_name', 'FirstName'],
  ['last_name', 'LastName'],
  ['job_title', 'Title'],
  ['phone', 'Phone'],
  ['mobile', 'MobilePhone'],
] as const;
const lead = [
  ...person,
  ['company', 'Company'],
  ['street', 'Street'],
  ['city', 'City'],
  ['postal_code', 'PostalCode'],
  ['state', 'State'],
  ['country', 'Country'],
  ['website', 'Website'],
] as const;
const contact = [
  ...person,
  ['company', ACCOUNT],
  ['street', 'MailingStreet'],
  ['city', 'MailingCity'],
  ['postal_code', 'MailingPostalCode'],
  ['state', 'MailingState'],
  ['country', 'MailingCountry'],
] as const;

const login = {
  key: 'loginUrl',
  label: 'Address of your org',
  secret: false,
  required: true,
  placeholder: 'https://yourcompany.my.salesforce.com',
};
const clientId = { key: 'clientId', label: 'Consumer key', secret: false, required: true };
const clientSecret = { key: 'clientSecret', label: 'Consumer secret', secret: true, required: true };

export const manifest: Manifest = {
  id: 'salesforce',
  label: 'Salesforce',
  kinds: ['lead', 'contact'],
  kindNotes: { lead: 'crm.salesforce.lead', contact: 'crm.salesforce.contact' },
  defaultBaseUrl: 'https://login.salesforce.com',
  credentials: [
    {
      method: 'client-credentials',
      label: 'Client credentials',
      recommended: true,
      fields: [login, clientId, clientSecret],
    },
    {
      method: 'jwt',
      label: 'JWT bearer',
      fields: [
        login,
        clientId,
        { key: 'username', label: 'User name', secret: false, required: true },
        { key: 'privateKey', label: 'Private key (PEM)', secret: true, required: true, multiline: true },
      ],
    },
    {
      method: 'oauth',
      label: 'OAuth',
      fields: [login, clientId, { ...clientSecret, required: false }],
    },
    {
      method: 'password',
      label: 'User name and password',
      fields: [
        login,
        clientId,
        clientSecret,
        { key: 'username', label: 'User name', secret: false, required: true },
        { key: 'password', label: 'Password', secret: true, required: true },
        { key: 'securityToken', label: 'Security token', secret: true, required: false },
      ],
    },
  ],
  oauth: profile,
  options: [
    {
      key: 'assignmentRule',
      label: 'Assignment rule for new leads',
      type: 'oneOf',
      options: [
        { id: 'none', label: 'None: the lead goes to the integration user, or by the map of owners', active: true },
        { id: 'default', label: 'The active assignment rule of Salesforce', active: true },
      ],
      required: true,
    },
    {
      key: 'apiVersion',
      label: 'API version',
      type: 'text',
      default: DEFAULT_VERSION,
      pattern: /^v\d{2,3}\.0$/,
      placeholder: DEFAULT_VERSION,
    },
  ],
  feeds: [
    { name: 'lead', kind: 'lead', carries: 'changes', lagMs: LATE_COMMIT_MS },
    { name: 'contact', kind: 'contact', carries: 'changes', lagMs: LATE_COMMIT_MS },
    { name: 'account', kind: 'contact', carries: 'companies', lagMs: LATE_COMMIT_MS },
    { name: 'lead-deleted', kind: 'lead', carries: 'gone', lagMs: LATE_COMMIT_MS },
    { name: 'contact-deleted', kind: 'contact', carries: 'gone', lagMs: LATE_COMMIT_MS },
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
    // Names of 255 characters in an address of 16 kB are fewer: lists that do not fit are more calls.
    find: { value: 200, source: `${limits}salesforce-app-limits-platform-api` },
    create: { value: COLLECTION, source: `${rest}resources-composite-sobjects-collections-create` },
    renamed: 'feed',
    ended: 'feed',
  },
  timeline: {
    as: 'task',
    perCall: { value: TASKS, source: `${rest}resources-composite-sobjects-collections-create` },
    lagMs: 0,
  },
  deletion: {
    perCall: { value: DELETIONS, source: `${rest}resources-composite-sobjects-collections-delete` },
    binDays: { value: 15, source: 'https://help.salesforce.com/s/articleView?id=platform.home_delete.htm' },
    // Only the Bulk API deletes past the bin, with "Bulk API Hard Delete", a right that no profile has by itself.
    forever: null,
  },
  timeResolutionMs: 1_000,
  lookupLagMs: 0,
  batch: {
    readPage: { value: QUERY_PAGE, source: `${rest}headers-queryoptions` },
    readByIds: { value: 2_000, source: `${rest}resources-composite-sobjects-collections-retrieve` },
    find: { value: 400, source: `${limits}salesforce-app-limits-platform-api` },
    create: { value: COLLECTION, source: `${rest}resources-composite-sobjects-collections-create` },
    update: { value: COLLECTION, source: `${rest}resources-composite-sobjects-collections-update` },
  },
  inFlight: { value: IN_FLIGHT, source: `${limits}salesforce-app-limits-platform-api` },
  limits: [
    {
      name: 'daily',
      limit: { value: 15_000, source: `${limits}salesforce-app-limits-platform-api` },
      unit: 'calls/24 h',
    },
    { name: 'uri', limit: { value: 16_384, source: `${limits}salesforce-app-limits-platform-api` }, unit: 'bytes' },
  ],
  createsOptions: 'custom',
  optionNote: 'crm.salesforce.option',
  systemFields: {
    url: ['Tandem_Url__c', 'Plezi_Url__c'],
    score: ['Tandem_Score__c', 'Plezi_Score__c'],
    status: ['Tandem_Status__c', 'Plezi_Status__c'],
    source: ['Tandem_Source__c', 'Plezi_Source__c'],
    syncFlag: ['Sync_To_Tandem__c', 'Sync_To_Plezi__c'],
  },
  defaultMapping: [
    ...lead.map(([hub, crm]) => ({ kind: 'lead' as const, hub, crm, direction: 'both' as const })),
    ...contact.map(([hub, crm]) => ({ kind: 'contact' as const, hub, crm, direction: 'toHub' as const })),
  ],
  connect: connectSalesforce,
};
