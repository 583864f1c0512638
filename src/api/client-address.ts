import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { clientAddress, networks } from '../platform/addresses.ts';

/** The address behind a request, for rate limits, sessions and the audit log; `unknown` where no socket stands behind it. */
export function createClientAddress(trustProxy: readonly string[]): (c: Context) => string {
  const trusted = networks(trustProxy);
  return (c) => clientAddress(socketAddress(c) ?? 'unknown', c.req.header('x-forwarded-for'), trusted);
}

function socketAddress(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined;
  }
}
