import type { HttpRequest } from '../kit/http.ts';

/** The dearest of the calls that we make: whoever has fewer tokens left has none. */
export const DEAREST = 20;

/** Prices in daily tokens (`x-token-cost` of the vendor's OpenAPI files). */
export function costOf({ method, path }: Pick<HttpRequest, 'method' | 'path'>): number {
  if (path.includes('/oauth/')) return 0;
  if (path.includes('/users/me')) return 2;
  // Lists of version 1 cost twice those of version 2.
  if (/\/(search|itemSearch|recents|users)\b/.test(path)) return DEAREST;
  if (path.includes('/notes')) return method === 'GET' ? 20 : 10;
  if (path.includes('/webhooks')) return method === 'DELETE' ? 6 : 10;
  if (method === 'DELETE') return 3;
  return method === 'GET' ? 10 : 5;
}
