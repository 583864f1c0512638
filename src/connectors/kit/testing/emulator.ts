import { Hono } from 'hono';
import type { Value } from '../../../core/model.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createFaults, type Faults } from './faults.ts';
import type { EmulatedHooks, HookSender } from './hook-sender.ts';
import type { EmulatedOAuth } from './oauth-server.ts';
import { repPage, repScript, repStyle } from './rep-page.ts';
import type { TimelineBook } from './timeline-book.ts';

/** A person as the neutral parts of the emulators speak of one; keys are hub field names. */
export type EmulatedPerson = Readonly<Record<string, Value>> & { readonly email?: string };

export interface EmulatedRecord {
  readonly id: string;
  readonly kind: 'lead' | 'contact' | 'person';
  /** Hub field names, as far as this CRM has them. */
  readonly fields: Readonly<Record<string, Value>>;
  /** The vendor's own keys. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly deleted: boolean;
  readonly modifiedAt: number;
}

/** What tests, the demo and the rep's page do to an emulated CRM, whichever it is. All of it takes effect at once. */
export interface EmulatedWorld {
  readonly crm: string;
  /** Adds people, quickly. @returns their ids. */
  seed(people: readonly EmulatedPerson[], kind: 'lead' | 'contact'): readonly string[];
  /** As a sales rep would; keys are hub field names or the vendor's own. */
  edit(id: string, fields: Readonly<Record<string, Value>>): void;
  remove(id: string): void;
  /** @returns the id of the record that stays (HubSpot makes a new one). */
  merge(loser: string, winner: string): string;
  /** A lead becomes a contact. @returns the contact's id. */
  convert(id: string): string;
  get(id: string): EmulatedRecord | undefined;
  find(words: string, limit: number): readonly EmulatedRecord[];
  all(): readonly EmulatedRecord[];
  count(kind: 'lead' | 'contact'): number;
  /** Company records, where people belong to one (R25). */
  readonly companies?: EmulatedCompanies;
  /** Activities and notes, where we write them to this CRM (R80). */
  readonly timeline?: TimelineBook;
  /** What is beside deleting itself, where a connector deletes (C50). */
  readonly deletion?: EmulatedDeletion;
}

/** As people of the CRM would on its own screen. */
export interface EmulatedDeletion {
  /** From now on something there stands in the way of deleting this record, and of this one alone. */
  protect(id: string): void;
  /** Deleted people who can be brought back, newest first. */
  bin(): readonly EmulatedRecord[];
  /** @returns false: it is not in the bin, or there is none. */
  restore(id: string): boolean;
}

/** As people would in the CRM; ids are those that records name. */
export interface EmulatedCompanies {
  add(name: string): string;
  rename(id: string, name: string): void;
  /** Deleted, or whatever people of this CRM do when a company ends. */
  remove(id: string): void;
  /** Those that are there. */
  all(): readonly { readonly id: string; readonly name: string }[];
  /** The company that this person's record belongs to; null: none. */
  of(recordId: string): string | null;
}

export interface Emulator {
  readonly world: EmulatedWorld;
  readonly faults: Faults;
  /** The whole thing as a function from request to response; serve it with any Hono server. */
  readonly app: Hono;
  /** `fetch` for a connector in the same process. A dropped answer rejects as a lost connection does. */
  readonly request: (url: string, init: RequestInit) => Promise<Response>;
  /** API calls so far, the emulator's own pages left out. */
  readonly calls: () => number;
  /** The vendor's authorisation server, where it has one. */
  readonly oauth?: EmulatedOAuth;
  /** The vendor's webhooks, where it has them. */
  readonly hooks?: EmulatedHooks;
}

/** The connection broke before the answer came. */
class LostConnection extends TypeError {
  constructor() {
    super('fetch failed');
  }
}

const MARK_DROP = 'x-emulator-drop';

/** Puts the vendor's routes behind the faults, and the rep's page and its JSON beside them. */
export function createEmulator(options: {
  readonly world: EmulatedWorld;
  readonly api: Hono;
  readonly clock: Clock;
  readonly throttled: () => Response;
  /** This vendor's answer to a token that has run out. */
  readonly expired: () => Response;
  readonly oauth?: EmulatedOAuth;
  // What its events are is between a vendor's own parts.
  readonly hooks?: Pick<HookSender<never>, 'overApi'> & EmulatedHooks;
}): Emulator {
  const { world, clock } = options;
  const faults = createFaults();
  let calls = 0;
  const app = new Hono();
  addAdmin(app, world, faults, () => calls);
  if (options.oauth !== undefined) addRevoke(app, options.oauth);
  app.use('*', async (c, next) => {
    calls += 1;
    const body = faults.readsBodies() ? await c.req.text() : '';
    const fault = faults.take(c.req.method, new URL(c.req.url).pathname, body);
    if (fault?.kind === 'slow') await clock.sleep(fault.ms ?? 2_000);
    if (fault?.kind === 'throttle') return options.throttled();
    if (fault?.kind === 'error') return c.text('<html>Service Unavailable</html>', 503);
    if (fault?.kind === 'expire') return options.expired();
    await next();
    if (fault?.kind === 'drop') c.res.headers.set(MARK_DROP, '1');
    return undefined;
  });
  app.use('*', async (c, next) => {
    await next();
    c.res.headers.set('date', new Date(clock.now()).toUTCString());
  });
  const { hooks } = options;
  if (hooks !== undefined) app.use('*', (_c, next) => hooks.overApi(next));
  if (options.oauth !== undefined) app.route('/', options.oauth.app);
  app.route('/', options.api);
  const request = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await app.request(url, init);
    if (response.headers.get(MARK_DROP) === '1') throw new LostConnection();
    return response;
  };
  return {
    world,
    faults,
    app,
    request,
    calls: () => calls,
    ...(options.oauth === undefined ? {} : { oauth: options.oauth }),
    ...(hooks === undefined ? {} : { hooks }),
  };
}

/** Is this answer to be thrown away by the server that serves the emulator? */
export const isDropped = (response: Response): boolean => response.headers.get(MARK_DROP) === '1';

const HTML_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'",
};

function addAdmin(app: Hono, world: EmulatedWorld, faults: Faults, calls: () => number): void {
  app.get('/', (c) => c.html(repPage(world.crm), 200, HTML_HEADERS));
  app.get('/_emulator/rep.js', (c) => c.body(repScript, 200, { 'content-type': 'text/javascript' }));
  app.get('/_emulator/rep.css', (c) => c.body(repStyle, 200, { 'content-type': 'text/css' }));
  app.get('/_emulator/state', (c) =>
    c.json({
      crm: world.crm,
      leads: world.count('lead'),
      contacts: world.count('contact'),
      calls: calls(),
      faults: faults.list(),
    }),
  );
  app.get('/_emulator/people', (c) => c.json(world.find(c.req.query('q') ?? '', Number(c.req.query('limit') ?? 50))));
  app.post('/_emulator/people', async (c) => {
    const body = await c.req.json<{ people: EmulatedPerson[]; kind?: 'lead' | 'contact' }>();
    return c.json({ ids: world.seed(body.people, body.kind ?? 'lead') });
  });
  app.patch('/_emulator/people/:id', async (c) => {
    world.edit(c.req.param('id'), await c.req.json<Record<string, Value>>());
    return c.json(world.get(c.req.param('id')) ?? null);
  });
  app.get('/_emulator/people/:id', (c) => c.json(world.get(c.req.param('id')) ?? null));
  app.get('/_emulator/people/:id/timeline', (c) => c.json(world.timeline?.of(c.req.param('id')) ?? []));
  app.delete('/_emulator/people/:id', (c) => {
    world.remove(c.req.param('id'));
    return c.json({ ok: true });
  });
  app.get('/_emulator/bin', (c) => c.json(world.deletion?.bin().slice(0, 50) ?? []));
  app.post('/_emulator/restore/:id', (c) => c.json({ ok: world.deletion?.restore(c.req.param('id')) === true }));
  app.post('/_emulator/merge', async (c) => {
    const { loser, winner } = await c.req.json<{ loser: string; winner: string }>();
    return c.json({ id: world.merge(loser, winner) });
  });
  app.post('/_emulator/convert/:id', (c) => c.json({ id: world.convert(c.req.param('id')) }));
  app.post('/_emulator/faults', async (c) => {
    faults.add(await c.req.json());
    return c.json(faults.list());
  });
  app.delete('/_emulator/faults', (c) => {
    faults.clear();
    return c.json([]);
  });
}

/** As the customer's administrator would in the vendor's settings: the app loses its access. */
function addRevoke(app: Hono, oauth: EmulatedOAuth): void {
  app.post('/_emulator/revoke', (c) => {
    oauth.revoke();
    return c.json({ ok: true });
  });
}
