import type { manualClock } from '../../../platform/clock.ts';
import type { ConnectContext, Connector, Manifest, Schema, StoredToken } from '../connector.ts';

export interface ConnectOptions {
  readonly fetch: ConnectContext['fetch'];
  readonly clock: ReturnType<typeof manualClock>;
  readonly credentials: ConnectContext['settings']['credentials'];
  readonly baseUrl?: string;
  readonly authUrl?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly schema?: Schema | null;
  /** The CRM field that holds the way back to us. */
  readonly linkBack?: string;
  readonly startAutomations?: boolean;
}

/** A connector as a test needs it: tokens in memory, no quota. */
export function connectFor(manifest: Manifest, options: ConnectOptions): Connector {
  let stored: StoredToken | null = null;
  return manifest.connect({
    fetch: options.fetch,
    clock: options.clock,
    tokens: {
      load: async () => stored,
      renew: async (_seen, refresh) => {
        stored = await refresh(stored);
        return stored;
      },
    },
    quota: { take: async () => undefined, observe: () => undefined },
    schema: options.schema ?? null,
    settings: {
      baseUrl: options.baseUrl ?? null,
      authUrl: options.authUrl ?? null,
      credentials: options.credentials,
      options: options.options ?? {},
      systemFields: { url: options.linkBack ?? null, score: null, status: null, source: null, syncFlag: null },
      startAutomations: options.startAutomations ?? false,
    },
  });
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** `fetch` that lets a test answer some calls as a vendor might, and an emulator the others. */
export const answering =
  (
    answer: (asked: Asked) => Response | null | Promise<Response | null>,
    otherwise: ConnectContext['fetch'],
  ): ConnectContext['fetch'] =>
  async (url, init) => {
    const text = typeof init.body === 'string' ? init.body : '';
    const body: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
    const own = await answer({
      method: init.method ?? 'GET',
      url: new URL(url),
      headers: new Headers(init.headers),
      body,
    });
    return own ?? otherwise(url, init);
  };
