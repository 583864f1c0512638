import type { ConnectContext, Connector, QuotaKeeper, Schema } from '../connectors/kit/connector.ts';
import type { Connection } from './connection.ts';
import { manifestOf } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { createQuota, type QuotaReserve } from './quota.ts';
import { systemFieldsOf } from './system-fields.ts';
import { createTokens } from './tokens.ts';

export interface Connected {
  readonly connector: Connector;
  /** HTTP calls made through it so far. */
  readonly calls: () => number;
  /** How often the CRM asked to slow down, and how long that took. */
  readonly waits: () => { readonly slowed: number; readonly waitedMs: number };
}

export const secretsOwner = (connectionId: string): string => `connection:${connectionId}`;

export interface ConnectOptions {
  readonly reserve?: QuotaReserve;
  readonly schema?: Schema | null;
  readonly signal?: AbortSignal;
  /** Awaited before each call to the CRM's API: the express lane (R35). */
  readonly beforeCall?: () => Promise<void>;
}

const after = (first: (() => Promise<void>) | undefined, quota: QuotaKeeper): QuotaKeeper =>
  first === undefined
    ? quota
    : {
        observe: (state) => quota.observe(state),
        take: async (calls) => {
          await first();
          await quota.take(calls);
        },
      };

/** A connector that is ready to talk, with credentials, tokens, quota and counting. */
export async function connect(
  deps: EngineDeps,
  connection: Connection,
  options: ConnectOptions = {},
): Promise<Connected> {
  let calls = 0;
  let slowed = 0;
  let waitedMs = 0;
  const context: ConnectContext = {
    ...(await contextOf(deps, connection, options)),
    onCall: () => {
      calls += 1;
    },
    onWait: ({ kind, ms }) => {
      if (kind !== 'throttled') return;
      slowed += 1;
      waitedMs += ms;
    },
  };
  const connector = manifestOf(deps, connection.crm).connect(context);
  return { connector, calls: () => calls, waits: () => ({ slowed, waitedMs }) };
}

/** What a connector, or the sign-in in the browser, works with. */
export async function contextOf(
  deps: EngineDeps,
  connection: Connection,
  options: ConnectOptions = {},
): Promise<ConnectContext> {
  const manifest = manifestOf(deps, connection.crm);
  const secrets = await deps.secrets.load(deps.store.db, secretsOwner(connection.id));
  const schema = options.schema === undefined ? connection.schema : options.schema;
  return {
    fetch: deps.fetch,
    clock: deps.clock,
    tokens: createTokens(deps, connection.id),
    quota: after(options.beforeCall, createQuota(deps, connection, options.reserve ?? 'ordinary')),
    schema,
    settings: {
      baseUrl: connection.settings.baseUrl ?? null,
      authUrl: connection.settings.authUrl ?? null,
      credentials: { ...secrets, method: connection.credentialMethod ?? '' },
      options: connection.settings.options,
      systemFields: systemFieldsOf(manifest, schema),
      startAutomations: connection.settings.startAutomations,
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}
