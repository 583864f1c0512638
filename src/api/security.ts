import type { MiddlewareHandler } from 'hono';
import type { Config } from '../config.ts';
import { Refused } from './problems.ts';

/** No inline script anywhere; Mantine sets some styles on elements, so style attributes are allowed. */
const CSP = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers that every answer carries (OWASP Secure Headers). */
export const securityHeaders =
  (config: Config): MiddlewareHandler =>
  async (c, next) => {
    await next();
    const { headers } = c.res;
    // A public page has a stricter one of its own.
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', CSP);
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'same-origin');
    headers.set('cross-origin-opener-policy', 'same-origin');
    headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=()');
    if (config.url.startsWith('https:')) headers.set('strict-transport-security', 'max-age=31536000');
  };

/** Posts from other people's sites: they check the site themselves, and no sign-in counts there. */
const FROM_ELSEWHERE = /^\/(?:f\/|t$)/;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A write that comes with a cookie must come from our own pages: the second lock beside `SameSite`. */
export const originCheck =
  (config: Config): MiddlewareHandler =>
  async (c, next) => {
    const hasCookie = c.req.header('cookie') !== undefined && c.req.header('authorization') === undefined;
    if (!SAFE.has(c.req.method) && hasCookie && !FROM_ELSEWHERE.test(c.req.path)) {
      const origin = c.req.header('origin');
      if (origin !== config.url) throw new Refused(403, 'detail.403_origin', { origin: origin ?? '–' });
    }
    await next();
  };

interface Bucket {
  count: number;
  resetAt: number;
}

/** A fixed window per caller; memory is bounded. Attackers on many addresses are the proxy's to stop. */
export function createRateLimit(options: {
  readonly limit: number;
  readonly windowMs: number;
  readonly now: () => number;
}) {
  const buckets = new Map<string, Bucket>();
  return (key: string): void => {
    const now = options.now();
    if (buckets.size > 10_000) for (const [one, bucket] of buckets) if (bucket.resetAt <= now) buckets.delete(one);
    const bucket = buckets.get(key);
    if (bucket === undefined || bucket.resetAt <= now) {
      buckets.set(key, { count: 1, resetAt: now + options.windowMs });
      return;
    }
    bucket.count += 1;
    if (bucket.count > options.limit)
      throw new Refused(429, 'detail.429', { seconds: Math.ceil((bucket.resetAt - now) / 1000) });
  };
}
