import { setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import { applyWaiting, sendSoon } from '../../engine/submissions.ts';
import { changePreferences, type Preferences, readPreferences } from '../../hub/forms/preferences.ts';
import { readPublicForm } from '../../hub/forms/public-form.ts';
import {
  type ConfirmState,
  makeDownloadToken,
  newToken,
  preferenceToken,
  proveBrowser,
  readConfirmToken,
  useConfirmToken,
} from '../../hub/forms/tokens.ts';
import type { ApiDeps } from '../deps.ts';
import { type Locale, localeOf, say } from '../messages/say.ts';
import type { App } from '../register.ts';
import { BROWSER_COOKIE, COOKIE_SECONDS, gone, publicLimit } from './form-routes.ts';
import { type Html, nothing, type PublicContext, page, paragraphs, sendPage } from './page.ts';
import { readPost } from './read-post.ts';

const POST_MAX = 16 * 1024;

/** `GET|POST /c/{token}` and `GET|POST /p/{token}`: opening a link does nothing, since mail scanners open them, too. */
export function addLinkPages(app: App, deps: ApiDeps): void {
  app.get('/c/:token', async (c) => {
    c.set('template', 'GET /c/{token}');
    const state = await readConfirmToken(deps.engine.store.db, c.req.param('token'), deps.engine.clock.now());
    if (state === null) return gone(c);
    return state.used ? already(c, deps, state) : askToConfirm(c, deps, state);
  });
  app.post('/c/:token', publicLimit(POST_MAX, '16 kB'), async (c) => {
    c.set('template', 'POST /c/{token}');
    return confirm(c, deps, c.req.param('token'));
  });
  app.get('/p/:token', async (c) => {
    c.set('template', 'GET /p/{token}');
    const token = c.req.param('token');
    const state = await deps.engine.store.transaction((trx) => readPreferences(trx, token));
    return state === null ? gone(c) : sendPreferences(c, token, state, c.req.query('saved') === '1');
  });
  app.post('/p/:token', publicLimit(POST_MAX, '16 kB'), async (c) => {
    c.set('template', 'POST /p/{token}');
    return savePreferences(c, deps, c.req.param('token'));
  });
}

// Addresses of these pages are secrets: they go nowhere with a link.
const localeOfState = (state: ConfirmState): Locale => (state.locale === 'fr' ? 'fr' : 'en');

async function askToConfirm(c: PublicContext, deps: ApiDeps, state: ConfirmState): Promise<Response> {
  const locale = localeOfState(state);
  const form = await readPublicForm(deps.engine.store.db, state.formId);
  const name = form === null ? '' : form.definition.title === '' ? form.name : form.definition.title;
  return sendPage(
    c,
    page({
      locale,
      title: say(locale, 'visitor.confirmTitle'),
      body: html`<h1>${say(locale, 'visitor.confirmTitle')}</h1><p>${say(locale, 'visitor.confirmText', { form: name })}</p>
<form method="post"><button type="submit">${say(locale, 'visitor.confirmButton')}</button></form>`,
    }),
  );
}

/** Whoever comes back by the mail's link still finds the file. */
async function already(c: PublicContext, deps: ApiDeps, state: ConfirmState): Promise<Response> {
  const locale = localeOfState(state);
  return sendPage(
    c,
    page({
      locale,
      title: say(locale, 'visitor.confirmedTitle'),
      body: html`<h1>${say(locale, 'visitor.confirmedTitle')}</h1>${paragraphs(say(locale, 'visitor.confirmedAlready'))}
${await fileButton(deps, state)}`,
    }),
  );
}

async function fileButton(deps: ApiDeps, state: ConfirmState): Promise<Html> {
  const form = await readPublicForm(deps.engine.store.db, state.formId);
  if (form === null || form.file === null) return nothing;
  const address = `${deps.config.url}/d/${form.file.id}?s=${makeDownloadToken(deps.sign, state.submissionId)}`;
  const words = say(localeOfState(state), 'visitor.download', { name: form.file.name });
  return html`<p><a class="button" href="${address}">${words}</a></p>`;
}

/** The submission becomes a proven one, and this browser is known as that person's from now on (R45). */
async function confirm(c: PublicContext, deps: ApiDeps, token: string): Promise<Response> {
  const { store, clock } = deps.engine;
  const now = clock.now();
  const state = await readConfirmToken(store.db, token, now);
  if (state === null) return gone(c);
  const isFirst = await store.transaction((trx) => useConfirmToken(trx, token, now));
  if (!isFirst) return already(c, deps, state);
  await applyWaiting(deps.engine);
  const applied = await store.db
    .selectFrom('submissions')
    .select(['contact_id', 'test'])
    .where('id', '=', state.submissionId)
    .executeTakeFirst();
  const locale = localeOfState(state);
  const contactId = applied?.contact_id ?? null;
  const preferences = contactId === null ? null : await rememberBrowser(c, deps, contactId);
  return sendPage(
    c,
    page({
      locale,
      title: say(locale, 'visitor.confirmedTitle'),
      body: html`<h1>${say(locale, 'visitor.confirmedTitle')}</h1>${paragraphs(say(locale, applied?.test === true ? 'visitor.test' : 'visitor.confirmedText'))}
${await fileButton(deps, state)}
${preferences === null ? nothing : html`<p class="quiet"><a href="/p/${preferences}">${say(locale, 'visitor.preferencesLink')}</a></p>`}`,
    }),
  );
}

/** @returns the token of the person's preference page. */
async function rememberBrowser(c: PublicContext, deps: ApiDeps, contactId: string): Promise<string> {
  const { store, clock } = deps.engine;
  const cookie = newToken();
  setCookie(c, BROWSER_COOKIE, cookie, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: deps.config.url.startsWith('https:'),
    maxAge: COOKIE_SECONDS,
  });
  return store.transaction(async (trx) => {
    await proveBrowser(trx, cookie, contactId, clock.now());
    return preferenceToken(trx, contactId, clock.now());
  });
}

/** Enough to know it by, not to learn it from. */
const masked = (email: string): string => {
  const [local = '', domain = ''] = email.split('@');
  return `${local.slice(0, 1)}•••@${domain}`;
};

function sendPreferences(c: PublicContext, token: string, state: Preferences, saved: boolean): Promise<Response> {
  const locale = localeOf(c.req.header('accept-language'));
  const date = (at: number): string =>
    new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(at);
  const given = state.given.map(
    (
      one,
    ) => html`<p class="field"><label class="choice"><input type="checkbox" name="keep" value="${one.purpose}" checked>
<span>${one.words ?? one.purpose} <span class="help">${say(locale, 'visitor.givenAt', { date: date(one.at) })}</span></span></label></p>
<input type="hidden" name="shown" value="${one.purpose}">`,
  );
  return sendPage(
    c,
    page({
      locale,
      title: say(locale, 'visitor.preferencesTitle'),
      body: html`<h1>${say(locale, 'visitor.preferencesTitle')}</h1>
<p class="quiet">${say(locale, 'visitor.preferencesFor', { email: masked(state.email) })}</p>
${saved ? html`<p class="note" role="status">${say(locale, 'visitor.saved')}</p>` : nothing}
<p>${say(locale, state.optedOut ? 'visitor.optedOut' : 'visitor.optedIn')}</p>
<form method="post" action="/p/${token}"><button type="submit" name="do" value="${state.optedOut ? 'in' : 'out'}">${say(locale, state.optedOut ? 'visitor.optIn' : 'visitor.optOut')}</button></form>
${given.length === 0 ? nothing : html`<hr><form method="post" action="/p/${token}"><p>${say(locale, 'visitor.given')}</p>${given}<button class="plain" type="submit" name="do" value="consents">${say(locale, 'visitor.save')}</button></form>`}`,
    }),
  );
}

/** Also what mail programs send for `List-Unsubscribe-Post` (RFC 8058). */
async function savePreferences(c: PublicContext, deps: ApiDeps, token: string): Promise<Response> {
  const { store, clock } = deps.engine;
  const entries = await readPost(c);
  const what = entries.get('do')?.[0] ?? (entries.get('List-Unsubscribe')?.[0] === 'One-Click' ? 'out' : '');
  const kept = new Set(entries.get('keep') ?? []);
  const withdraw = what === 'consents' ? (entries.get('shown') ?? []).filter((purpose) => !kept.has(purpose)) : [];
  const change = what === 'out' ? { optOut: true } : what === 'in' ? { optOut: false } : {};
  const now = clock.now();
  const contactId = await store.transaction((trx) => changePreferences(trx, token, { withdraw, ...change }, now));
  if (contactId === null) return gone(c);
  await sendSoon(deps.engine, [contactId], 'preferences');
  return c.redirect(`/p/${token}?saved=1`, 303);
}
