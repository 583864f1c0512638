import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { serve } from '@hono/node-server';
import { parse } from 'csv-parse';
import { createHubSpotEmulator } from '../connectors/hubspot/emulator/emulator.ts';
import { type EmulatedPerson, type Emulator, isDropped } from '../connectors/kit/testing/emulator.ts';
import { createPipedriveEmulator } from '../connectors/pipedrive/emulator/emulator.ts';
import { createSalesforceEmulator } from '../connectors/salesforce/emulator/emulator.ts';
import { createC4cEmulator } from '../connectors/sap-c4c/emulator/emulator.ts';
import { createSellEmulator } from '../connectors/zendesk-sell/emulator/emulator.ts';
import { createZohoEmulator } from '../connectors/zoho/emulator/emulator.ts';
import { NotFound } from '../core/invalid-input.ts';
import { systemClock } from '../platform/clock.ts';

export interface EmulatedServer {
  readonly crm: string;
  readonly url: string;
  readonly emulator: Emulator;
  /** What a connection to it needs. */
  readonly settings: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Serves one emulated CRM on a port of this machine. */
export async function startEmulator(crm: string, port: number): Promise<EmulatedServer> {
  let url = `http://127.0.0.1:${port}`;
  const made = make(crm, () => url);
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const starting = serve(
      {
        port,
        hostname: '127.0.0.1',
        // The vendors take longer addresses than Node.js does by itself (Salesforce 16 kB, without the headers).
        serverOptions: { maxHeaderSize: 64 * 1024 },
        fetch: async (request, env) => {
          const response = await made.emulator.app.fetch(request, env);
          // The answer is lost: the socket breaks after the work was done.
          if (isDropped(response)) (env as { outgoing?: ServerResponse }).outgoing?.destroy();
          return response;
        },
      },
      (info) => {
        url = `http://127.0.0.1:${info.port}`;
        resolve(starting);
      },
    );
    starting.on('error', reject);
  });
  return {
    crm,
    url,
    emulator: made.emulator,
    settings: {
      crm,
      baseUrl: url,
      ...(crm === 'salesforce' || crm === 'zoho' || crm === 'pipedrive' ? { authUrl: url } : {}),
      credentials: made.credentials(url),
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

function make(
  crm: string,
  url: () => string,
): { emulator: Emulator; credentials: (at: string) => Record<string, string> } {
  const clock = systemClock;
  switch (crm) {
    case 'hubspot': {
      const emulator = createHubSpotEmulator({ clock });
      return { emulator, credentials: () => ({ method: 'token', accessToken: emulator.token }) };
    }
    case 'salesforce': {
      const emulator = createSalesforceEmulator({ clock, url });
      return { emulator, credentials: (at) => ({ ...emulator.credentials, loginUrl: at }) };
    }
    case 'pipedrive': {
      const emulator = createPipedriveEmulator({ clock, url });
      return { emulator, credentials: () => emulator.credentials };
    }
    case 'zoho': {
      const emulator = createZohoEmulator({ clock, url });
      return { emulator, credentials: () => emulator.credentials };
    }
    case 'zendesk-sell': {
      const emulator = createSellEmulator({ clock });
      return { emulator, credentials: () => emulator.credentials };
    }
    case 'sap-c4c': {
      const emulator = createC4cEmulator({ clock, url });
      return { emulator, credentials: (at) => ({ ...emulator.credentials, tenantUrl: at }) };
    }
    default:
      throw new NotFound(`emulated CRM "${crm}"`);
  }
}

/** The columns of `samples/adventureworks-people.csv`, as the emulators take them. */
export async function readPeople(file: string): Promise<{ person: EmulatedPerson; type: string }[]> {
  const rows: { person: EmulatedPerson; type: string }[] = [];
  for await (const row of createReadStream(file).pipe(parse({ columns: true, bom: true }))) {
    // csv-parse types its rows as unknown; with `columns` each is this.
    const { person_type: type = '', ...cells } = row as Record<string, string>;
    const keys = [
      'email',
      'first_name',
      'last_name',
      'phone',
      'street',
      'city',
      'postal_code',
      'state',
      'country',
      'company',
      'job_title',
    ];
    const person: EmulatedPerson = Object.fromEntries(
      keys.flatMap((key) => {
        const value = cells[key];
        return value === undefined || value === '' ? [] : [[key, value]];
      }),
    );
    rows.push({ type, person });
  }
  return rows;
}

/** One emulated CRM, filled with the people of a file. */
export async function emulate(
  crm: string,
  options: { readonly port: number; readonly people: string | undefined },
  note: (text: string) => void,
): Promise<EmulatedServer> {
  const server = await startEmulator(crm, options.port);
  if (options.people !== undefined) {
    const people = await readPeople(options.people);
    server.emulator.world.seed(
      people.map((one) => one.person),
      'lead',
    );
    note(`${people.length} people are in it.`);
  }
  note(`Emulated ${server.emulator.world.crm} is ready: ${server.url} (open it in a browser to play sales rep)`);
  return server;
}
