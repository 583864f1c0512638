import type { Manifest } from '../kit/connector.ts';
import { BATCH, PAGE, VALUES_PER_READ } from './client.ts';
import { OPT_OUT } from './fields.ts';
import { OVERLAP_MS } from './read-changes.ts';
import { connectSapC4c } from './sap-c4c.ts';

const guide = 'https://github.com/SAP-archive/C4CODATAAPIDEVGUIDE';
const paging = `${guide}#server-side-paging`;
const batches = `${guide}/blob/master/sections/massquery.md`;
/** No number is documented: what integrators keep to, and what a batch may take in run time. */
const unstated = 'not documented; chosen here, see BEHAVIOR.md, "Limits"';

const ofLeads = [
  ['email', 'ContactEMail'],
  ['first_name', 'ContactFirstName'],
  ['last_name', 'ContactLastName'],
  ['company', 'Company'],
  ['job_title', 'ContactFunctionalTitleName'],
  ['phone', 'ContactPhone'],
  ['mobile', 'ContactMobile'],
  ['street', 'AccountPostalAddressElementsStreetName'],
  ['city', 'AccountCity'],
  ['postal_code', 'AccountPostalAddressElementsStreetPostalCode'],
  ['country', 'AccountCountry'],
  ['website', 'AccountWebsite'],
] as const;
const ofPersons = [
  ['email', 'Email'],
  ['first_name', 'FirstName'],
  ['last_name', 'LastName'],
  ['job_title', 'JobTitle'],
  ['phone', 'Phone'],
  ['mobile', 'Mobile'],
] as const;
const ofContacts = [
  ['street', 'BusinessAddressStreet'],
  ['city', 'BusinessAddressCity'],
  ['postal_code', 'BusinessAddressStreetPostalCode'],
  ['country', 'BusinessAddressCountryCode'],
] as const;
/** Of the account or of the country's list: read only. */
const read = [
  ['company', 'AccountFormattedName'],
  ['state', 'BusinessAddressStateCodeText'],
] as const;
const ofIndividuals = [
  ['street', 'Street'],
  ['city', 'City'],
  ['postal_code', 'StreetPostalCode'],
  ['country', 'CountryCode'],
  ['website', 'WebSite'],
] as const;

const objects = ['Lead', 'Contact', 'IndividualCustomer'].map((id) => ({ id, label: id, active: true }));
const tenantUrl = {
  key: 'tenantUrl',
  label: 'Tenant address',
  secret: false,
  required: true,
  placeholder: 'https://my123456.crm.ondemand.com',
} as const;

export const manifest: Manifest = {
  id: 'sap-c4c',
  label: 'SAP C4C',
  kinds: ['lead', 'contact'],
  kindNotes: { lead: 'crm.sap-c4c.lead', contact: 'crm.sap-c4c.contact' },
  defaultBaseUrl: 'https://my000000.crm.ondemand.com',
  credentials: [
    {
      method: 'basic',
      label: 'Integration user',
      recommended: true,
      fields: [
        tenantUrl,
        { key: 'username', label: 'User', secret: false, required: true },
        { key: 'password', label: 'Password', secret: true, required: true },
      ],
    },
    {
      method: 'saml-bearer',
      label: 'OAuth with SAML assertion',
      fields: [
        tenantUrl,
        { key: 'clientId', label: 'OAuth client id', secret: false, required: true },
        { key: 'clientSecret', label: 'OAuth client secret', secret: true, required: true },
        { key: 'issuer', label: 'OAuth identity provider (issuer)', secret: false, required: true },
        { key: 'username', label: 'User on whose behalf', secret: false, required: true },
        {
          key: 'privateKey',
          label: 'Private key of the identity provider (PEM)',
          secret: true,
          required: true,
          multiline: true,
        },
        { key: 'certificate', label: 'Its certificate (PEM)', secret: false, required: true, multiline: true },
        {
          key: 'audience',
          label: 'Local service provider (audience)',
          secret: false,
          required: false,
          placeholder: 'my123456.crm.ondemand.com',
        },
      ],
    },
  ],
  options: [
    {
      key: 'leadObject',
      label: 'Which object plays lead',
      type: 'oneOf',
      options: objects,
      default: 'Lead',
      fixed: true,
    },
    {
      key: 'contactObjects',
      label: 'Which objects play contact',
      type: 'manyOf',
      options: objects.slice(1),
      default: ['Contact', 'IndividualCustomer'],
      fixed: true,
      excludes: 'leadObject',
    },
    { key: 'optOutCode', label: 'Code of the contact permission that means "no contact"', type: 'text' },
    { key: 'createPrivateLeads', label: 'New leads are private persons', type: 'boolean', default: false },
    { key: 'accountRole', label: 'Role of a new account (code)', type: 'text', placeholder: 'CRM000' },
    {
      key: 'leadUrl',
      label: 'Address of a lead’s page',
      type: 'text',
      pattern: /^https:\/\/\S+$/,
      placeholder: 'https://my123456.crm.ondemand.com/…{ObjectID}',
    },
  ],
  feeds: [
    { name: 'leads', kind: 'lead', carries: 'changes', lagMs: OVERLAP_MS },
    { name: 'contacts', kind: 'contact', carries: 'changes', lagMs: OVERLAP_MS },
    { name: 'individuals', kind: 'contact', carries: 'changes', lagMs: OVERLAP_MS },
    { name: 'accounts', kind: 'contact', carries: 'companies', lagMs: OVERLAP_MS },
    // Where contacts of companies play lead.
    { name: 'lead-accounts', kind: 'lead', carries: 'companies', lagMs: OVERLAP_MS },
  ],
  capabilities: {
    uniqueEmail: false,
    conditionalWrite: true,
    answersCarryRecord: false,
    fieldHistory: false,
    createFields: false,
    // Deleted rows just vanish: linked ids are looked for once a day.
    deletesInFeed: false,
    webhooks: false,
  },
  companies: {
    // A name in up to five spellings.
    find: { value: (VALUES_PER_READ * 10) / 5, source: batches },
    create: { value: BATCH, source: unstated },
    renamed: 'feed',
    ended: 'sweep',
  },
  // Of leads, for ever; what a tenant’s service does not let anybody delete is refused.
  deletion: { perCall: { value: BATCH, source: unstated }, binDays: null, forever: null },
  timeResolutionMs: 1,
  lookupLagMs: 5_000,
  batch: {
    readPage: { value: PAGE, source: paging },
    readByIds: { value: VALUES_PER_READ * 10, source: batches },
    find: { value: VALUES_PER_READ * 10, source: batches },
    create: { value: BATCH, source: unstated },
    update: { value: BATCH, source: unstated },
  },
  inFlight: { value: 1, source: unstated },
  limits: [
    { name: 'page', limit: { value: PAGE, source: paging }, unit: 'rows/read' },
    { name: 'batch', limit: { value: BATCH, source: unstated }, unit: 'writes/$batch' },
  ],
  createsOptions: 'none',
  optionNote: 'crm.sap-c4c.option',
  systemFields: {
    url: ['TandemURL_KUT', 'tandem_url', 'plezi_url'],
    score: ['Tandemscore_KUT', 'tandem_score', 'plezi_score'],
    status: ['Tandemstatus_KUT', 'tandem_status', 'plezi_status'],
    source: ['Tandemsource_KUT', 'tandem_source', 'plezi_source'],
    syncFlag: ['SynctoTandem_KUT', 'sync_to_tandem', 'sync_to_plezi'],
  },
  fieldsByHand: {
    url: 'Tandem URL',
    score: 'Tandem score',
    status: 'Tandem status',
    source: 'Tandem source',
    syncFlag: 'Sync to Tandem',
  },
  // Lines of objects that do not play their kind here are left out, because the kind has no such field.
  defaultMapping: [
    ...[...ofLeads, ...ofPersons, ...ofContacts, ...ofIndividuals].map(([hub, crm]) => ({
      kind: 'lead' as const,
      hub,
      crm,
      direction: 'both' as const,
    })),
    { kind: 'lead', hub: 'company', crm: 'AccountFormattedName', direction: 'both' },
    ...[...ofPersons, ...ofContacts, ...read, ['website', 'WebSite'] as const].map(([hub, crm]) => ({
      kind: 'contact' as const,
      hub,
      crm,
      direction: 'toHub' as const,
    })),
    ...(['lead', 'contact'] as const).map((kind) => ({
      kind,
      hub: 'opt_out',
      crm: OPT_OUT,
      direction: 'both' as const,
      optOut: true,
    })),
  ],
  connect: connectSapC4c,
};
