import type { Manifest } from '../connectors/kit/connector.ts';
import type { PhoneKey } from '../core/same.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Store } from '../store/db.ts';
import type { Secrets } from '../store/secrets.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What the engine works with; made by hand in `cli/compose.ts`, passed by hand, no container. */
export interface EngineDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** Guarded against private addresses, proxied, timed out. */
  readonly fetch: Fetch;
  /** When two spellings are one phone number. */
  readonly phoneKey: PhoneKey;
  /** Public address, for links written into CRMs. */
  readonly baseUrl: string;
  /** Live progress, for whoever watches. */
  readonly onProgress?: (runId: string) => void;
  /** Wakes the worker; lost or doubled, it changes nothing (R30b). */
  readonly wake?: (connectionId: string) => void;
  /** How a worker of this process hears `wake`; answers how to stop listening. */
  readonly onWake?: (listener: () => void) => () => void;
  /** Tests and the simulation crash the process here. */
  readonly checkpoint?: (place: string) => void;
}

/** Public address without a slash at its end. */
export const publicAddress = ({ baseUrl }: Pick<EngineDeps, 'baseUrl'>): string => baseUrl.replace(/\/$/, '');
