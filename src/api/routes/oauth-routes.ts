import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Conflicted } from '../../core/invalid-input.ts';
import {
  type AuthorizationOutcome,
  finishAuthorization,
  noteUninstalled,
  startAuthorization,
} from '../../engine/authorize.ts';
import { limitKey } from '../../platform/addresses.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { isMessage, type Locale, localeOf, type MessageKey, say } from '../messages/say.ts';
import { type OAuthPage, oauthPage } from '../oauth-page.ts';
import { namedCrm } from '../present.ts';
import { findingText } from '../present-findings.ts';
import { Refused } from '../problems.ts';
import { type App, register } from '../register.ts';
import { scopesOf } from '../rights.ts';
import { createRateLimit } from '../security.ts';

/** OAuth in the browser: away to the vendor, and back. */
export function addOAuthRoutes(app: App, deps: ApiDeps): void {
  register(app, deps, routes.authorize, async ({ c, params, caller }) => {
    // The vendor's page is for a person, and only this person's browser can come back from it.
    if (caller.kind !== 'person') throw new Conflicted('person_needed');
    const url = await startAuthorization(deps.engine, params['id'] ?? '', caller.id);
    return c.req.header('accept')?.includes('text/html') === true ? c.redirect(url, 302) : { url };
  });
  addUninstalled(app, deps);
  const limit = createRateLimit({ limit: 30, windowMs: 60_000, now: () => deps.engine.clock.now() });
  app.get('/oauth/callback', async (c) => {
    c.set('template', 'GET /oauth/callback');
    const person = await deps.signIn.personOf(c.req.raw.headers);
    const locale = localeOf(person?.locale ?? c.req.header('accept-language'));
    if (person === null) return answer(c, 401, plainPage(deps, locale, 'signed_out'));
    limit(person.id);
    if (!scopesOf(person.role).includes('connections:write'))
      return answer(c, 403, plainPage(deps, locale, 'not_admin'));
    const outcome = await finishAuthorization(deps.engine, new URL(c.req.url).searchParams, person.id);
    await audit(deps, person.id, outcome);
    return answer(c, outcome.kind === 'authorised' ? 200 : 400, outcomePage(deps, locale, outcome));
  });
}

/** A vendor's notice that the app was uninstalled, with the app's id and secret as Basic. Anything else is not found. */
function addUninstalled(app: App, deps: ApiDeps): void {
  const tries = createRateLimit({ limit: 60, windowMs: 60_000, now: () => deps.engine.clock.now() });
  app.delete('/oauth/callback', bodyLimit({ maxSize: 16 * 1024 }), async (c) => {
    c.set('template', 'DELETE /oauth/callback');
    tries(limitKey(c.get('client')));
    const basic = /^Basic (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const [clientId = '', clientSecret = ''] = Buffer.from(basic, 'base64').toString().split(':');
    const body: unknown = await c.req.json().catch(() => null);
    if (clientSecret === '' || !(await noteUninstalled(deps.engine, { clientId, clientSecret }, body)))
      throw new Refused(404, 'problem.404');
    return c.body(null, 204);
  });
}

function answer(c: Context, status: 200 | 400 | 401 | 403, page: OAuthPage): Response {
  // The address holds a code: neither kept by a cache nor told to anybody.
  c.header('cache-control', 'no-store');
  return c.html(oauthPage(page), status);
}

const plainPage = (deps: ApiDeps, locale: Locale, kind: 'signed_out' | 'not_admin' | 'unknown'): OAuthPage => ({
  locale,
  good: false,
  title: say(locale, `oauth.title.${kind}`),
  text: [say(locale, `oauth.text.${kind}`, { url: deps.config.url })],
  links: [{ href: '/crm', label: say(locale, 'oauth.toConnections') }],
});

function outcomePage(deps: ApiDeps, locale: Locale, outcome: AuthorizationOutcome): OAuthPage {
  if (outcome.kind === 'unknown') return plainPage(deps, locale, 'unknown');
  const { connection, kind } = outcome;
  const crm = deps.engine.manifests.get(connection.crm)?.label ?? connection.crm;
  const back = {
    href: `/crm?tab=${encodeURIComponent(connection.name)}`,
    label: say(locale, 'oauth.toConnection', { name: connection.name }),
  };
  const again = {
    href: `/api/v1/connections/${encodeURIComponent(connection.id)}/authorize`,
    label: say(locale, 'oauth.again'),
  };
  const unchecked = kind === 'authorised' && outcome.report.account === null;
  const good = kind === 'authorised' && !unchecked;
  const code = 'code' in outcome ? outcome.code : '';
  const title: MessageKey = unchecked ? 'oauth.title.unchecked' : `oauth.title.${kind}`;
  return {
    locale,
    good,
    title: say(locale, title, { crm }),
    text: [...textOf(locale, outcome, { crm, code }), ...findings(deps, locale, outcome)],
    links: kind === 'authorised' || kind === 'other_account' || kind === 'taken_account' ? [back] : [again, back],
  };
}

type Known = Exclude<AuthorizationOutcome, { kind: 'unknown' }>;

function textOf(locale: Locale, outcome: Known, params: Readonly<Record<string, string>>): string[] {
  if (outcome.kind !== 'authorised') {
    const special = `oauth.code.${params['code'] ?? ''}`;
    return [
      say(locale, `oauth.text.${outcome.kind}`, params),
      ...(isMessage(special) ? [say(locale, special, params)] : []),
    ];
  }
  const { account, counts } = outcome.report;
  const next = say(locale, outcome.connection.enabled ? 'oauth.next.on' : 'oauth.next.off');
  if (account === null) return [say(locale, 'oauth.text.unchecked', params)];
  const people = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    say(locale, 'oauth.text.authorised', { ...params, account: account.name, people: people.toLocaleString(locale) }),
    next,
  ];
}

/** What the check that followed found and a person should mend. */
function findings(deps: ApiDeps, locale: Locale, outcome: Known): string[] {
  if (!('report' in outcome)) return [];
  return outcome.report.findings
    .filter((one) => one.level !== 'info')
    .map((one) => {
      const { message, todo } = findingText(locale, one, namedCrm(deps, one.params['crm']));
      return `${message} ${todo}`;
    });
}

async function audit(deps: ApiDeps, person: string, outcome: AuthorizationOutcome): Promise<void> {
  const { store, clock } = deps.engine;
  await store.db
    .insertInto('audit')
    .values({
      at: clock.now(),
      actor: `person:${person}`,
      action: `oauth callback: ${outcome.kind}`,
      subject: outcome.kind === 'unknown' ? null : outcome.connection.id,
    })
    .execute();
}
