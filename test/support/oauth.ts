import type { Hono } from 'hono';
import { createHubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import type { Emulator } from '../../src/connectors/kit/testing/emulator.ts';
import { EMULATED_CLIENT, type EmulatedOAuth } from '../../src/connectors/kit/testing/oauth-server.ts';
import { createPipedriveEmulator } from '../../src/connectors/pipedrive/emulator/emulator.ts';
import { createSalesforceEmulator } from '../../src/connectors/salesforce/emulator/emulator.ts';
import { createSellEmulator } from '../../src/connectors/zendesk-sell/emulator/emulator.ts';
import { createZohoEmulator } from '../../src/connectors/zoho/emulator/emulator.ts';
import type { Clock } from '../../src/platform/clock.ts';

export type OAuthEmulator = Emulator & { readonly oauth: EmulatedOAuth };

/** Each vendor with OAuth in the browser: its emulated CRM, and the settings of a connection to it. */
export const OAUTH_CRMS: Readonly<
  Record<
    string,
    { readonly open: (clock: Clock) => OAuthEmulator; readonly settings: Readonly<Record<string, unknown>> }
  >
> = {
  salesforce: {
    open: (clock) => createSalesforceEmulator({ clock }),
    settings: {
      credentials: { method: 'oauth', ...EMULATED_CLIENT, loginUrl: 'https://emulated.my.salesforce.test' },
    },
  },
  hubspot: {
    open: (clock) => createHubSpotEmulator({ clock }),
    settings: { credentials: { method: 'oauth', ...EMULATED_CLIENT } },
  },
  pipedrive: {
    open: (clock) => createPipedriveEmulator({ clock }),
    settings: { credentials: { method: 'oauth', ...EMULATED_CLIENT } },
  },
  zoho: {
    // As Zoho sends a European organisation back from its common page.
    open: (clock) => createZohoEmulator({ clock, accounts: () => 'https://accounts.zoho.eu' }),
    settings: { credentials: { method: 'oauth', ...EMULATED_CLIENT } },
  },
  'zendesk-sell': {
    open: (clock) => createSellEmulator({ clock }),
    settings: { credentials: { method: 'oauth', ...EMULATED_CLIENT } },
  },
};

/** What a person does on the vendor's page. @returns the address to which the vendor sends the browser. */
export async function decideAtVendor(app: Hono, url: string, decision: 'allow' | 'deny'): Promise<string> {
  const page = await app.request(url);
  const html = await page.text();
  if (page.status !== 200 || !html.includes('>Allow<')) throw new Error(`the vendor shows: ${html}`);
  const answer = await app.request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `decision=${decision}`,
  });
  return answer.headers.get('location') ?? '';
}
