/** What was recognised; each has its sentence on the screen. */
export type PastedKind =
  | 'hubspotToken'
  | 'salesforceOrg'
  | 'salesforceSandbox'
  | 'salesforceGeneral'
  | 'privateKey'
  | 'certificate'
  | 'keyAndCertificate'
  | 'lockedKey'
  | 'keyOfWhich'
  | 'zohoCentre'
  | 'zohoSandbox'
  | 'zohoFile'
  | 'zohoFileWithCode'
  | 'pipedriveCompany'
  | 'pipedriveToken'
  | 'sapTenant'
  | 'addressOnly';

/** A piece of somebody's login to a CRM. */
export interface PastedLogin {
  readonly kind: PastedKind;
  /** The connector's id; null: it may be of several, and the form that is open is of none of them. */
  readonly crm: string | null;
  /** Fields of the form by their keys; empty: it only says which CRM it is. */
  readonly values: Readonly<Record<string, string>>;
  /** The API's address, where it is not the ordinary one. */
  readonly baseUrl?: string;
  /** For the sentence; never a secret. */
  readonly params: Readonly<Record<string, string>>;
  /** Whether a secret is in it, which belongs in the form and nowhere else. */
  readonly secret: boolean;
}

/** More than any key, certificate or key file of a vendor has. */
export const PASTED_LOGIN_MAX = 64 * 1024;

/**
 * Recognises a token, an address from the browser's bar, or a key file, by the formats that vendors document. Pure.
 * `open` is the CRM whose form is open: what several CRMs have alike is taken for its. null: not recognised.
 */
export function readLogin(pasted: string, open: string | null): PastedLogin | null {
  if (pasted.length > PASTED_LOGIN_MAX) return null;
  const text = pasted
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^["'<]+|["'>]+$/g, '');
  if (text === '') return null;
  return tokenIn(text, open) ?? keyIn(text, open) ?? zohoFileIn(text) ?? addressIn(text);
}

/** https://developers.hubspot.com/docs: `pat-` and the data centre; https://pipedrive.readme.io/docs: 40 hex digits, which much else has too. */
function tokenIn(text: string, open: string | null): PastedLogin | null {
  const token = text.replace(/^(?:Authorization:\s*)?Bearer\s+/i, '');
  const region = /^pat-([a-z]{2}\d{1,2})-[\w-]{16,250}$/.exec(token)?.[1];
  if (region !== undefined)
    return {
      kind: 'hubspotToken',
      crm: 'hubspot',
      values: { accessToken: token },
      params: { region: region.toUpperCase() },
      secret: true,
    };
  if (open === 'pipedrive' && /^[0-9a-f]{40}$/i.test(token))
    return { kind: 'pipedriveToken', crm: 'pipedrive', values: { apiToken: token }, params: {}, secret: true };
  return null;
}

const KEY = /-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/;

/** PEM (RFC 7468). Salesforce (JWT) and SAP (SAML) are signed in to with a key, SAP with its certificate as well. */
function keyIn(text: string, open: string | null): PastedLogin | null {
  const key = KEY.exec(text);
  const certificate = CERTIFICATE.exec(text)?.[0];
  if (key === null && certificate === undefined) return null;
  const found = { values: {}, params: {}, secret: key !== null };
  const crm = open === 'salesforce' || open === 'sap-c4c' ? open : null;
  if (key !== null && (key[1] === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(key[0])))
    return { ...found, kind: 'lockedKey', crm };
  if (key === null) {
    // Salesforce has the certificate already; here it is only asked for by SAP.
    return certificate === undefined || open === 'salesforce'
      ? null
      : { ...found, kind: 'certificate', crm: 'sap-c4c', values: { certificate } };
  }
  if (crm === null) return { ...found, kind: 'keyOfWhich', crm };
  return certificate !== undefined && crm === 'sap-c4c'
    ? { ...found, kind: 'keyAndCertificate', crm, values: { privateKey: key[0], certificate } }
    : { ...found, kind: 'privateKey', crm, values: { privateKey: key[0] } };
}

/** What Zoho's console offers to download for a self client: its ids begin with `1000.`; the code is in it for some minutes. */
function zohoFileIn(text: string): PastedLogin | null {
  const file = objectIn(text);
  const { client_id: clientId, client_secret: clientSecret, code } = file;
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string' || !/^1000\.[A-Z0-9]+$/.test(clientId))
    return null;
  const grantCode = typeof code === 'string' && code !== '' ? code : null;
  return {
    kind: grantCode === null ? 'zohoFile' : 'zohoFileWithCode',
    crm: 'zoho',
    values: { clientId, clientSecret, ...(grantCode === null ? {} : { grantCode }) },
    params: {},
    secret: true,
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  if (!text.startsWith('{')) return {};
  try {
    // Text that begins with a brace is an object, or no JSON.
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** An address, with or without `https://`: its host tells, and nothing else of it is kept. */
function addressIn(text: string): PastedLogin | null {
  const href = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (/\s/.test(text) || !URL.canParse(href)) return null;
  const { hostname } = new URL(href);
  return salesforceAt(hostname) ?? zohoAt(hostname) ?? pipedriveAt(hostname) ?? otherAt(hostname);
}

/** Of one CRM, and without secrets: an address has none that we take. */
const address = (crm: string, kind: PastedKind, rest: Partial<PastedLogin>): PastedLogin => ({
  kind,
  crm,
  values: {},
  params: {},
  secret: false,
  ...rest,
});

/** https://help.salesforce.com/s/articleView?id=xcloud.domain_name_url_formats.htm: the pages people see, and My Domain. */
const ORG =
  /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)((?:\.(?:sandbox|develop|scratch|demo|free|patch|trailblaze))?)\.(?:my\.salesforce|lightning\.force|my\.salesforce-setup)\.com$/;

function salesforceAt(host: string): PastedLogin | null {
  if (host === 'login.salesforce.com' || host === 'test.salesforce.com')
    return address('salesforce', 'salesforceGeneral', { params: { host } });
  const found = ORG.exec(host);
  if (found === null) return null;
  const [, name = '', partition = ''] = found;
  const org = `${name}${partition}.my.salesforce.com`;
  const sandbox = name.includes('--') ? name.slice(name.lastIndexOf('--') + 2) : null;
  return address('salesforce', sandbox === null ? 'salesforceOrg' : 'salesforceSandbox', {
    values: { loginUrl: `https://${org}` },
    params: { host: org, ...(sandbox === null ? {} : { sandbox }) },
  });
}

/** https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html: the end of the domain is the data centre. */
const CENTRES: Readonly<Record<string, string>> = {
  com: 'us',
  eu: 'eu',
  in: 'in',
  'com.au': 'au',
  jp: 'jp',
  'com.cn': 'cn',
  ca: 'ca',
  sa: 'sa',
  uk: 'uk',
  ae: 'ae',
};

function zohoAt(host: string): PastedLogin | null {
  const [, place = '', domain = '', end = ''] =
    /^(crm|crmsandbox|accounts|api-console|www|sandbox|developer)\.(zoho|zohocloud|zohoapis)\.([a-z.]+)$/.exec(host) ??
    [];
  const dataCentre = CENTRES[end];
  // Canada's pages have a domain of their own, and nobody else's have it.
  if (dataCentre === undefined || (domain !== 'zohoapis' && (domain === 'zohocloud') !== (end === 'ca'))) return null;
  if ((domain === 'zohoapis') !== ['www', 'sandbox', 'developer'].includes(place)) return null;
  const sandbox = place === 'crmsandbox' || place === 'sandbox';
  const api = sandbox ? 'sandbox' : place === 'developer' ? 'developer' : null;
  return address('zoho', sandbox ? 'zohoSandbox' : 'zohoCentre', {
    values: { dataCentre },
    params: { centre: dataCentre.toUpperCase() },
    ...(api === null ? {} : { baseUrl: `https://${api}.zohoapis.${end}` }),
  });
}

/** Hosts of Pipedrive itself. */
const PIPEDRIVE = /^(?:www|app|api|oauth|developers|devcommunity|support|marketplace|status|help)$/;

function pipedriveAt(host: string): PastedLogin | null {
  const company = /^([a-z0-9][a-z0-9-]*)\.pipedrive\.com$/.exec(host)?.[1];
  if (company === undefined) return null;
  return PIPEDRIVE.test(company)
    ? address('pipedrive', 'addressOnly', {})
    : address('pipedrive', 'pipedriveCompany', { values: { companyDomain: host }, params: { host } });
}

function otherAt(host: string): PastedLogin | null {
  if (/^my\d{6}\.crm\.ondemand\.com$/.test(host))
    return address('sap-c4c', 'sapTenant', { values: { tenantUrl: `https://${host}` }, params: { host } });
  if (/^app(?:-[a-z]{2}\d{1,2})?\.hubspot\.com$/.test(host)) return address('hubspot', 'addressOnly', {});
  return host === 'app.futuresimple.com' ? address('zendesk-sell', 'addressOnly', {}) : null;
}
