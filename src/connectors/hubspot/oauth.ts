import type { OAuthProfile } from '../kit/oauth.ts';
import { paths } from './version.ts';

const APP = 'https://app.hubspot.com';
export const API = 'https://api.hubapi.com';

/** BEHAVIOR.md, "Tokens". */
export const profile: OAuthProfile = {
  vendor: 'HubSpot',
  endpoints: ({ baseUrl, authUrl }) => {
    const api = (authUrl ?? baseUrl ?? API).replace(/\/$/, '');
    // People allow it in HubSpot's web application, which is another host than the API's.
    const web = api === API ? APP : api;
    return { authorize: `${web}/oauth/authorize`, token: `${api}${paths.token}`, revoke: `${api}${paths.revoke}` };
  },
  clientAuth: 'post',
  pkce: true,
  scope:
    'oauth crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read crm.schemas.contacts.write',
  authorizeParams: {
    // Left out by HubSpot where the account's edition or the person's rights do not have them.
    optional_scope: 'crm.objects.companies.read crm.objects.companies.write crm.objects.owners.read',
  },
  rotation: {
    when: 'never',
    source: 'https://developers.hubspot.com/docs/api-reference/latest/authentication/manage-oauth-tokens',
  },
};
