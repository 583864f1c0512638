/** The dated API version, in this one place. Source: BEHAVIOR.md, "Versions". */
export const API_VERSION = '2026-09';

/** Of the webhooks API, which has no newer one. */
export const WEBHOOKS_VERSION = '2026-03';

/** Of notes and associations: the newest dated version that documents them. */
export const NOTES_VERSION = '2026-03';

export const paths = {
  contacts: `/crm/objects/${API_VERSION}/contacts`,
  companies: `/crm/objects/${API_VERSION}/companies`,
  /** From contacts to companies. */
  contactCompanies: `/crm/associations/${API_VERSION}/contacts/companies`,
  properties: `/crm/properties/${API_VERSION}/contacts`,
  validations: `/crm/property-validations/${API_VERSION}/0-1`,
  // The newest dated version of this API.
  owners: '/crm/owners/2026-03',
  notes: `/crm/objects/${NOTES_VERSION}/notes`,
  noteAssociations: `/crm/associations/${NOTES_VERSION}/contacts/notes/batch/read`,
  account: `/account-info/${API_VERSION}/details`,
  token: `/oauth/${API_VERSION}/token`,
  introspect: `/oauth/${API_VERSION}/token/introspect`,
  /** Of keys and private apps; it has no dated version. */
  tokenInfo: '/oauth/v2/private-apps/get/access-token-info',
  revoke: `/oauth/${API_VERSION}/token/revoke`,
} as const;
