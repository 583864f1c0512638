import { readFileSync } from 'node:fs';
import type { BlockList } from 'node:net';
import { isIP } from 'node:net';
import { createIngestQueue } from '../../engine/ingest-queue.ts';
import { cleanText } from '../../hub/forms/read-entries.ts';
import { isMachine } from '../../hub/forms/screen-submission.ts';
import type { Sign } from '../../hub/tracking/ingest.ts';
import { readTracking } from '../../hub/tracking/settings.ts';
import { networks } from '../../platform/addresses.ts';
import { readInstanceSettings } from '../../store/instance-settings.ts';
import type { ApiDeps } from '../deps.ts';
import { Refused } from '../problems.ts';
import type { App } from '../register.ts';
import { publicLimit } from './form-routes.ts';
import { createTrackLimit } from './track-limit.ts';

const SCRIPT = readFileSync(new URL('./t.js', import.meta.url), 'utf8');
const MONTH_SECONDS = 30.4 * 24 * 60 * 60;
const BODY_MAX = 16 * 1024;
const SIGNS_MAX = 50;
/** A sign that waited longer in a browser is taken as that old. */
const AGE_MAX_MS = 60 * 60 * 1000;
/** Settings are read once in so long, not with each of a thousand posts. */
const FRESH_MS = 5_000;

interface Known {
  readonly key: string;
  readonly sites: ReadonlySet<string>;
  readonly excluded: BlockList;
  readonly cookieMonths: number;
  readonly readAt: number;
}

/** `GET /t.js` and `POST /t`: pasted into other people's sites, for ever. */
export function addTracking(app: App, deps: ApiDeps): void {
  const queue = createIngestQueue(deps.engine);
  const { clock, store } = deps.engine;
  const limit = createTrackLimit(deps.config.track, () => clock.now());
  const tooMuch = (): Refused => new Refused(429, 'detail.429', { seconds: limit.secondsLeft() });
  let known: Known | null = null;
  const settings = async (): Promise<Known> => {
    if (known !== null && clock.now() - known.readAt < FRESH_MS) return known;
    const [tracking, instance] = [await readTracking(store.db, clock.now()), await readInstanceSettings(store.db)];
    known = {
      key: tracking.key,
      sites: new Set([deps.config.url, ...instance.sites]),
      excluded: networks(tracking.excluded),
      cookieMonths: instance.retention.cookieMonths,
      readAt: clock.now(),
    };
    return known;
  };
  app.get('/t.js', async (c) => {
    c.set('template', 'GET /t.js');
    const { cookieMonths } = await settings();
    return c.body(SCRIPT.replace('TANDEM_COOKIE_SECONDS', String(Math.round(cookieMonths * MONTH_SECONDS))), 200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600',
      'cross-origin-resource-policy': 'cross-origin',
    });
  });
  app.post('/t', publicLimit(BODY_MAX, '16 kB'), async (c) => {
    c.set('template', 'POST /t');
    if (!limit.fromAddress(c.get('client'))) throw tooMuch();
    const now = await settings();
    const body = parse(decode(await c.req.arrayBuffer()));
    if (body.key !== now.key) throw new Refused(403, 'visitor.refused.key');
    if (!now.sites.has(c.req.header('origin') ?? '')) throw new Refused(403, 'visitor.refused.origin');
    const done = new Response(null, { status: 204 });
    if (isMachine(c.req.header('user-agent') ?? '') || isExcluded(now.excluded, c.get('client'))) return done;
    if (!limit.ofSite(body.signs.length)) throw tooMuch();
    const signs = body.signs.map((sign) => toSign(body.visitor, sign, clock.now()));
    if (!(await queue.add(signs))) throw new Refused(503, 'visitor.refused.flood');
    return done;
  });
}

const isExcluded = (excluded: BlockList, address: string): boolean => {
  const kind = isIP(address);
  return kind !== 0 && excluded.check(address, kind === 6 ? 'ipv6' : 'ipv4');
};

const unreadable = (): Refused => new Refused(400, 'visitor.refused.unreadable');

function decode(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw unreadable();
  }
}

interface Posted {
  readonly key: string;
  readonly visitor: string;
  readonly signs: readonly Readonly<Record<string, unknown>>[];
}

/** By hand and not by a schema: it is asked a thousand times a second. */
function parse(body: unknown): Posted {
  if (!isRecord(body)) throw unreadable();
  const { k, v, e } = body;
  if (typeof k !== 'string' || typeof v !== 'string' || !/^[\w-]{16,64}$/.test(v)) throw unreadable();
  if (!Array.isArray(e) || e.length > SIGNS_MAX || !e.every(isRecord)) throw unreadable();
  return { key: k, visitor: v, signs: e };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown, max: number): string => (typeof value === 'string' ? cleanText(value).slice(0, max) : '');

/** What the site itself counts; these names are ours. */
const RESERVED = new Set(['form', 'visit']);

function toSign(visitor: string, sign: Readonly<Record<string, unknown>>, now: number): Sign {
  const type = text(sign['t'], 60);
  const url = text(sign['u'], 1_000);
  const age = typeof sign['a'] === 'number' ? Math.min(Math.max(0, Math.round(sign['a'])), AGE_MAX_MS) : 0;
  if (!/^[a-z][a-z0-9_]*$/.test(type) || RESERVED.has(type) || !/^https?:\/\//.test(url) || !URL.canParse(url))
    throw unreadable();
  const address = new URL(url);
  const title = text(sign['n'], 200);
  return {
    visitor,
    type,
    at: now - age,
    url,
    referrer: text(sign['r'], 500),
    data: {
      ...ownData(sign['d']),
      // Without parameters: they may hold anything.
      page: `${address.host}${address.pathname}`.slice(0, 500),
      ...(title === '' ? {} : { title }),
    },
  };
}

/** At most ten short values. */
function ownData(data: unknown): Record<string, string | number | boolean> {
  if (!isRecord(data)) return {};
  return Object.fromEntries(
    Object.entries(data)
      .slice(0, 10)
      .flatMap(([key, value]): (readonly [string, string | number | boolean])[] => {
        if (!/^[a-z][a-z0-9_]{0,40}$/.test(key)) return [];
        if (typeof value === 'string') return [[key, cleanText(value).slice(0, 200)]];
        return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
          ? [[key, value]]
          : [];
      }),
  );
}
