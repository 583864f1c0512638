import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { wayBack } from '../../core/sign-on.ts';
import { limitKey } from '../../platform/addresses.ts';
import { clientSecret, readSignOn } from '../../store/sign-on.ts';
import { audit } from '../audit.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { localeOf, type MessageKey, say } from '../messages/say.ts';
import { oauthPage } from '../oauth-page.ts';
import { type App, register, type Variables } from '../register.ts';
import { createRateLimit } from '../security.ts';
import { CLIENT_HEADER } from '../sign-in.ts';
import { admit, type RefusedBecause } from '../sign-on/admit.ts';
import { type Attempt, begin, finish, ProviderProblem } from '../sign-on/provider.ts';
import { presentSignOn, saveSignOn } from '../sign-on/save.ts';

type Ctx = Context<{ Variables: Variables }>;
const COOKIE = 'tandem_sso';
const COOKIE_CONTEXT = 'cookie:sign-on';
/** So long somebody may take at the provider. */
const ATTEMPT_MS = 10 * 60_000;

/** Single sign-on: its settings, the way to the provider, and the way back. */
export function addSignOnRoutes(app: App, deps: ApiDeps): void {
  const { store, clock } = deps.engine;
  register(app, deps, routes.signOn, () => presentSignOn(deps));
  register(app, deps, routes.saveSignOn, async ({ body }) => {
    await saveSignOn(deps, body);
    return presentSignOn(deps);
  });
  register(app, deps, routes.signOnOffer, async () => {
    const { enabled, label, passwords } = await readSignOn(store.db);
    return { enabled, label, passwords: enabled ? passwords : 'everybody' };
  });
  const perAddress = createRateLimit({ limit: 30, windowMs: 60_000, now: () => clock.now() });
  app.get('/sso', async (c) => {
    c.set('template', '/sso');
    perAddress(limitKey(c.get('client')));
    return goToProvider(c, deps);
  });
  app.get('/sso/callback', async (c) => {
    c.set('template', '/sso/callback');
    perAddress(limitKey(c.get('client')));
    return comeBack(c, deps);
  });
}

const providerOf = (deps: ApiDeps) => ({ fetch: deps.engine.fetch, config: deps.config });

/** What must come back stands sealed in a cookie of this browser: nobody else can finish what it began. */
async function goToProvider(c: Ctx, deps: ApiDeps): Promise<Response> {
  const { store, clock, secrets } = deps.engine;
  const settings = await readSignOn(store.db);
  if (!settings.enabled) return page(c, 'off', 404);
  try {
    const expiresAt = clock.now() + ATTEMPT_MS;
    const { url, attempt } = await begin(settings, providerOf(deps), { to: wayBack(c.req.query('to')), expiresAt });
    setCookie(c, COOKIE, secrets.seal(COOKIE_CONTEXT, JSON.stringify(attempt)), {
      path: '/sso',
      httpOnly: true,
      sameSite: 'Lax',
      secure: deps.config.url.startsWith('https:'),
      maxAge: ATTEMPT_MS / 1000,
    });
    c.header('cache-control', 'no-store');
    return c.redirect(url, 302);
  } catch (error) {
    return failed(c, deps, error);
  }
}

async function comeBack(c: Ctx, deps: ApiDeps): Promise<Response> {
  const { store, secrets } = deps.engine;
  const attempt = attemptOf(c, deps);
  // Once: what comes back a second time has nothing to be compared with.
  deleteCookie(c, COOKIE, { path: '/sso' });
  c.header('cache-control', 'no-store');
  const settings = await readSignOn(store.db);
  if (!settings.enabled) return page(c, 'off', 404);
  if (attempt === null) return page(c, 'lost', 400);
  try {
    // Behind a proxy the path is ours to trust, the host is the configured one.
    const callback = new URL(new URL(c.req.url).search, `${deps.config.url}/sso/callback`);
    const secret = await clientSecret.load(store.db, secrets);
    const claims = await finish(settings, providerOf(deps), { callback, attempt, secret });
    const admission = await admit(deps, settings, claims);
    const address = c.get('client');
    if (admission.kind === 'refused') {
      await audit(deps.engine, {
        actor: 'sign-on',
        action: `sign-on.refused:${admission.why}`,
        subject: null,
        address,
      });
      return page(c, admission.why, 403);
    }
    const { id, email, notes } = admission;
    if ((await deps.signIn.noteSignIn(email)) === null) return page(c, 'deactivated', 403);
    for (const action of [...notes, 'sign-on'])
      await audit(deps.engine, { actor: `person:${id}`, action, subject: id, address });
    const headers = new Headers(c.req.raw.headers);
    headers.set(CLIENT_HEADER, address);
    for (const cookie of await deps.signIn.enterAs(id, headers)) c.header('set-cookie', cookie, { append: true });
    return c.redirect(attempt.to, 302);
  } catch (error) {
    return failed(c, deps, error);
  }
}

/** The attempt that this browser began and that is not too old; null: there is none. */
function attemptOf(c: Ctx, deps: ApiDeps): Attempt | null {
  const sealed = getCookie(c, COOKIE);
  if (sealed === undefined) return null;
  try {
    // Sealed by us above, for this place alone.
    const attempt = JSON.parse(deps.engine.secrets.open(COOKIE_CONTEXT, sealed)) as Attempt;
    return attempt.expiresAt > deps.engine.clock.now() ? attempt : null;
  } catch {
    return null;
  }
}

async function failed(c: Ctx, deps: ApiDeps, error: unknown): Promise<Response> {
  if (!(error instanceof ProviderProblem)) throw error;
  const { code, detail } = error;
  deps.engine.log.warn({ code, detail }, 'a sign-on failed');
  const address = c.get('client');
  await audit(deps.engine, { actor: 'sign-on', action: `sign-on.failed:${code}`, subject: null, address });
  return page(c, code === 'denied' ? 'denied' : 'failed', code === 'denied' ? 403 : 502);
}

type Why = RefusedBecause | 'off' | 'lost' | 'denied' | 'failed';

/** In the visitor's language, with the way to try again; it names nobody and no value. */
function page(c: Ctx, why: Why, status: 400 | 403 | 404 | 502): Response {
  const locale = localeOf(c.req.header('accept-language'));
  const [title, text]: readonly [MessageKey, MessageKey] = [`signOn.title.${why}`, `signOn.text.${why}`];
  const links = [{ href: '/sign-in', label: say(locale, 'signOn.back') }];
  if (why !== 'off') links.unshift({ href: '/sso', label: say(locale, 'signOn.again') });
  const content = { locale, good: false, title: say(locale, title), text: [say(locale, text)], links };
  return c.body(oauthPage(content), status, { 'content-type': 'text/html; charset=utf-8' });
}
