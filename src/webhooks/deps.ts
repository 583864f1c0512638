import type { EngineDeps } from '../engine/deps.ts';

/** What telling the outside works with. */
export type WebhookDeps = Pick<EngineDeps, 'store' | 'clock' | 'ids' | 'log' | 'secrets' | 'fetch' | 'baseUrl'>;

/** Where a secret of a webhook stands, for its encryption. */
export const secretPlace = (webhookId: string, which: 'secret' | 'previous'): string =>
  `webhooks:${webhookId}:${which}`;
