import { deliverTo, dueWebhooks } from './deliver.ts';
import type { WebhookDeps } from './deps.ts';
import { makeDeliveries } from './make-deliveries.ts';
import { watchConnections } from './watch-connections.ts';

export interface WebhookSender {
  /** Waits for what is being sent. */
  stop(): Promise<void>;
}

const TICK_MS = 1_000;
const WATCH_EVERY_MS = 5_000;

/** Makes deliveries of everything that happened until none is left. */
export async function makeAllDeliveries(deps: WebhookDeps): Promise<void> {
  while ((await makeDeliveries(deps)) > 0);
}

/** Everything that is due now; what tests call instead of waiting for the loop. */
export async function deliverDue(deps: WebhookDeps): Promise<void> {
  await watchConnections(deps);
  await makeAllDeliveries(deps);
  await Promise.all((await dueWebhooks(deps)).map((id) => deliverTo(deps, id)));
}

/**
 * Tells the outside until it is stopped. Every process may have one: events and deliveries are taken row by row. A receiver
 * that is slow keeps nobody else waiting.
 */
export function startWebhooks(deps: WebhookDeps): WebhookSender {
  const abort = new AbortController();
  const busy = new Map<string, Promise<void>>();
  let watchAt = 0;
  const look = async (): Promise<void> => {
    if (deps.clock.now() >= watchAt) {
      watchAt = deps.clock.now() + WATCH_EVERY_MS;
      await watchConnections(deps);
    }
    await makeAllDeliveries(deps);
    for (const id of await dueWebhooks(deps)) {
      if (busy.has(id)) continue;
      const work = deliverTo(deps, id, abort.signal)
        .catch((error: unknown) => deps.log.error({ err: error, webhook: id }, 'a webhook could not be served'))
        .finally(() => busy.delete(id));
      busy.set(id, work);
    }
  };
  const loop = (async () => {
    while (!abort.signal.aborted) {
      await look().catch((error: unknown) => deps.log.error({ err: error }, 'the webhooks stumbled'));
      await deps.clock.sleep(TICK_MS, abort.signal).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      abort.abort();
      await loop;
      await Promise.all(busy.values());
    },
  };
}
