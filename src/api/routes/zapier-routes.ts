import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPrivateAddress } from '../../platform/guarded-fetch.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { type App, register } from '../register.ts';

/** What the Zapier app does: reads and writes contacts, and subscribes itself. */
const SCOPES = ['contacts:read', 'contacts:write', 'webhooks:write'];

/** Zapier calls from the internet: https, and a name that does not lead to this machine or a private network. */
export async function reachOf(address: string): Promise<'ok' | 'not_https' | 'private' | 'unknown'> {
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.local')) return 'private';
  const found = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }];
  if (found.some((one) => isPrivateAddress(one.address))) return 'private';
  if (url.protocol !== 'https:') return 'not_https';
  return found.length === 0 ? 'unknown' : 'ok';
}

/** What the page about Zapier shows. */
export function addZapierRoutes(app: App, deps: ApiDeps): void {
  register(app, deps, routes.zapier, async () => ({
    address: deps.config.url,
    reach: await reachOf(deps.config.url),
    scopes: SCOPES,
  }));
}
