import { createHubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import type { Emulator } from '../../src/connectors/kit/testing/emulator.ts';
import { createPipedriveEmulator } from '../../src/connectors/pipedrive/emulator/emulator.ts';
import { createSalesforceEmulator } from '../../src/connectors/salesforce/emulator/emulator.ts';
import { createC4cEmulator } from '../../src/connectors/sap-c4c/emulator/emulator.ts';
import { createSellEmulator } from '../../src/connectors/zendesk-sell/emulator/emulator.ts';
import { createZohoEmulator } from '../../src/connectors/zoho/emulator/emulator.ts';
import type { Clock } from '../../src/platform/clock.ts';

/** An emulated CRM in this process, at a host of its own, and what a connection to it needs. */
export interface EmulatedCrm {
  readonly crm: string;
  readonly emulator: Emulator;
  readonly host: string;
  readonly settings: {
    readonly baseUrl: string;
    readonly authUrl?: string;
    readonly credentials: { readonly method: string } & Readonly<Record<string, string>>;
  };
}

interface Options {
  readonly clock: Clock;
  /** How late the search index is, where this CRM has one, ms. */
  readonly indexLagMs?: number;
}
type Opened = Omit<EmulatedCrm, 'crm' | 'host'>;

/** One line for each CRM; a connector without one here is found by a test (`crms.test.ts`). */
const OPEN: Readonly<Record<string, (host: string, options: Options) => Opened>> = {
  salesforce: (host, { clock }) => {
    const emulator = createSalesforceEmulator({ clock, url: () => host });
    const credentials = { ...emulator.credentials, loginUrl: host };
    return { emulator, settings: { baseUrl: host, authUrl: host, credentials } };
  },
  hubspot: (host, { clock, indexLagMs = 0 }) => {
    const emulator = createHubSpotEmulator({ clock, indexLagMs });
    return { emulator, settings: { baseUrl: host, credentials: { method: 'token', accessToken: emulator.token } } };
  },
  pipedrive: (host, { clock, indexLagMs = 0 }) => {
    const emulator = createPipedriveEmulator({ clock, indexLagMs });
    return { emulator, settings: { baseUrl: host, credentials: emulator.credentials } };
  },
  zoho: (host, { clock }) => {
    const emulator = createZohoEmulator({ clock, url: () => host });
    return { emulator, settings: { baseUrl: host, authUrl: host, credentials: emulator.credentials } };
  },
  'zendesk-sell': (host, { clock, indexLagMs = 0 }) => {
    const emulator = createSellEmulator({ clock, indexLagMs });
    return { emulator, settings: { baseUrl: host, credentials: emulator.credentials } };
  },
  'sap-c4c': (host, { clock }) => {
    const emulator = createC4cEmulator({ clock, url: () => host });
    return { emulator, settings: { baseUrl: host, credentials: { ...emulator.credentials, tenantUrl: host } } };
  },
};

export const CRMS: readonly string[] = Object.keys(OPEN);

export function openCrm(crm: string, options: Options): EmulatedCrm {
  const open = OPEN[crm];
  if (open === undefined) throw new Error(`test/support/crms.ts does not know ${crm}`);
  const host = `https://${crm}.test`;
  return { crm, host, ...open(host, options) };
}

/** `fetch` for all of them: the host says which. */
export const fetchOf =
  (crms: readonly EmulatedCrm[]) =>
  (url: string, init: RequestInit): Promise<Response> => {
    const one = crms.find(({ host }) => url.startsWith(`${host}/`));
    if (one === undefined) throw new Error(`no emulated CRM at ${url}`);
    return one.emulator.request(url, init);
  };
