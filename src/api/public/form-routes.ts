import { isIP } from 'node:net';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { InputProblem } from '../../core/invalid-input.ts';
import { originUrl } from '../../hub/forms/check-form.ts';
import { type PublicForm, questionsFor, readPublicForm } from '../../hub/forms/public-form.ts';
import type { Entries } from '../../hub/forms/read-entries.ts';
import { makeDownloadToken, makeStamp, readDownloadToken } from '../../hub/forms/tokens.ts';
import { limitKey } from '../../platform/addresses.ts';
import type { ApiDeps } from '../deps.ts';
import { isMessage, type Locale, localeOf, say } from '../messages/say.ts';
import { Refused } from '../problems.ts';
import type { App } from '../register.ts';
import { type Carried, formPage, HONEYPOT, messagePage, thanksPage, thanksText } from './form-page.ts';
import { formAddress, formScript } from './form-script.ts';
import { mayPost, type Sender, takeIn } from './intake.ts';
import { type PublicContext, sendPage } from './page.ts';
import { readPost } from './read-post.ts';
import { PUBLIC_STYLE } from './style.ts';

const POST_MAX = 64 * 1024;
/** Names of fields that this browser answered (progressive profiling): no value, no person. */
const KNOWN_COOKIE = 'tandem_known';
export const BROWSER_COOKIE = 'tandem_browser';
/** 13 months, the longest that data protection authorities accept. */
export const COOKIE_SECONDS = 395 * 24 * 60 * 60;

export const publicLimit = (maxSize: number, max: string) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new Refused(413, 'detail.413', { max });
    },
  });

/** `GET /f/{form}`, `GET /f/{form}.js`, `POST /f/{form}`: pasted into other people's sites, for ever. */
export function addFormPages(app: App, deps: ApiDeps): void {
  app.get('/f/style.css', (c) => {
    c.set('template', 'GET /f/style.css');
    return c.body(PUBLIC_STYLE, 200, {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=3600',
    });
  });
  app.get('/f/:name', async (c) => {
    c.set('template', 'GET /f/{form}');
    const name = c.req.param('name');
    return name.endsWith('.js') ? sendScript(c, deps, name.slice(0, -3)) : sendForm(c, deps, name);
  });
  app.options('/f/:name', async (c) => {
    c.set('template', 'OPTIONS /f/{form}');
    const form = await readForm(deps, c.req.param('name'));
    return new Response(null, { status: 204, headers: form === null ? {} : crossOrigin(c, deps, form) });
  });
  app.post('/f/:name', publicLimit(POST_MAX, '64 kB'), async (c) => {
    c.set('template', 'POST /f/{form}');
    const form = await readForm(deps, c.req.param('name'));
    if (form === null) return gone(c);
    try {
      return await post(c, deps, form);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return refusal(c, deps, form, error);
    }
  });
}

/** In one transaction, so that a busy embedded database is waited for once. */
const readForm = (deps: ApiDeps, id: string): Promise<PublicForm | null> =>
  deps.engine.store.transaction((trx) => readPublicForm(trx, id));

const wantsJson = (c: PublicContext): boolean => (c.req.header('accept') ?? '').includes('application/json');

/** No such page: in the reader's language, since no form says another. */
export function gone(c: PublicContext): Promise<Response> | Response {
  const locale = localeOf(c.req.header('accept-language'));
  if (wantsJson(c)) return c.json({ message: say(locale, 'visitor.gone'), errors: [] }, 404);
  return sendPage(c, messagePage(locale, say(locale, 'visitor.gone'), say(locale, 'visitor.goneText')), {
    status: 404,
  });
}

async function sendScript(c: PublicContext, deps: ApiDeps, id: string): Promise<Response> {
  const form = await readForm(deps, id);
  const headers = {
    'content-type': 'text/javascript; charset=utf-8',
    // It carries the moment of this page load.
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'cross-origin',
  };
  if (form === null || !form.enabled) return c.body('// There is no such form; the link stays a link.\n', 404, headers);
  return c.body(formScript(deps, form, deps.engine.clock.now()), 200, headers);
}

async function sendForm(c: PublicContext, deps: ApiDeps, id: string): Promise<Response> {
  const form = await readForm(deps, id);
  if (form === null) return gone(c);
  const { locale } = form.definition;
  const done = c.req.query('done');
  if (done !== undefined && readDownloadToken(deps.sign, done) !== null)
    return sendPage(c, thanksPage({ form, file: fileOffer(deps, form, done), test: c.req.query('test') === '1' }));
  if (!form.enabled)
    return sendPage(c, messagePage(locale, say(locale, 'visitor.closed'), say(locale, 'visitor.closedText')), {
      status: 410,
    });
  const carried: Carried = {
    stamp: makeStamp(deps.sign, form.id, deps.engine.clock.now()),
    page: `${deps.config.url}${new URL(c.req.url).pathname}${new URL(c.req.url).search}`.slice(0, 2_000),
    referrer: (c.req.header('referer') ?? '').slice(0, 2_000),
    visitor: (c.req.query('v') ?? '').slice(0, 64),
    test: (c.req.query('test') ?? '').slice(0, 100),
  };
  return sendPage(c, formPage(form, questionsFor(form, knownOf(c)), carried), pageRights(form));
}

const pageRights = (form: PublicForm) => {
  const leadsTo = form.definition.redirect === null ? null : originUrl(form.definition.redirect);
  return { frames: form.origins, leadsTo: leadsTo === null ? [] : [leadsTo.origin] };
};

const knownOf = (c: PublicContext): ReadonlySet<string> =>
  new Set((getCookie(c, KNOWN_COOKIE) ?? '').slice(0, 4_000).split('.').filter(Boolean));

/** What one household or office has: a /24 or a /64. */
const networkOf = (address: string): string =>
  isIP(address) === 4 ? address.split('.').slice(0, 3).join('.') : limitKey(address);

function senderOf(c: PublicContext, deps: ApiDeps): Sender {
  const address = c.get('client');
  return {
    origin: c.req.header('origin') ?? null,
    agent: (c.req.header('user-agent') ?? '').slice(0, 500),
    network: address === 'unknown' ? null : deps.sign(`network:${networkOf(address)}`),
    browser: getCookie(c, BROWSER_COOKIE) ?? null,
    known: knownOf(c),
  };
}

async function post(c: PublicContext, deps: ApiDeps, form: PublicForm): Promise<Response> {
  const entries = await readPost(c);
  const sender = senderOf(c, deps);
  const taken = await takeIn(deps, form, entries, sender);
  if (taken.kind === 'problems') return askAgain(c, deps, form, { entries, problems: taken.problems, sender });
  rememberAnswered(c, deps, form, taken.answered);
  const done = makeDownloadToken(deps.sign, taken.submissionId);
  const { redirect } = form.definition;
  if (wantsJson(c)) {
    const file = fileOffer(deps, form, done);
    const label = file === null ? '' : say(form.definition.locale, 'visitor.download', { name: file.name });
    return answerJson(c, deps, form, 200, {
      message: thanksText(form),
      redirect,
      file: file === null ? null : { label, address: file.address },
    });
  }
  const thanks = `${formAddress(deps, form.id)}?done=${done}${taken.test ? '&test=1' : ''}`;
  return c.redirect(redirect ?? thanks, 303);
}

/** With double opt-in the file follows the confirmation. */
export const fileOffer = (deps: ApiDeps, form: PublicForm, done: string) =>
  form.file === null || form.definition.doubleOptIn
    ? null
    : { name: form.file.name, address: `${deps.config.url}/d/${form.file.id}?s=${done}` };

function rememberAnswered(c: PublicContext, deps: ApiDeps, form: PublicForm, answered: readonly string[]): void {
  const progressive = form.questions.filter((question) => question.progressive).map((question) => question.field);
  if (progressive.length === 0) return;
  const known = new Set([...knownOf(c), ...answered.filter((field) => progressive.includes(field))]);
  const isSecure = deps.config.url.startsWith('https:');
  if (known.size === 0) deleteCookie(c, KNOWN_COOKIE, { path: '/f' });
  else
    setCookie(c, KNOWN_COOKIE, [...known].join('.'), {
      path: '/f',
      httpOnly: true,
      sameSite: 'Lax',
      secure: isSecure,
      maxAge: COOKIE_SECONDS,
    });
}

interface Bad {
  readonly entries: Entries;
  readonly problems: readonly InputProblem[];
  readonly sender: Sender;
}

/** The same form once more, with what was typed and what is wrong with it. */
function askAgain(c: PublicContext, deps: ApiDeps, form: PublicForm, bad: Bad): Promise<Response> | Response {
  const { locale } = form.definition;
  const errors = new Map(bad.problems.map((problem) => [problem.path, errorText(locale, problem)]));
  if (wantsJson(c))
    return answerJson(c, deps, form, 422, {
      message: say(locale, 'visitor.errors'),
      errors: [...errors].map(([field, message]) => ({ field, message })),
    });
  const first = (name: string): string => bad.entries.get(name)?.[0] ?? '';
  const carried: Carried = {
    // The moment of the first load: who corrects an answer is not new here.
    stamp: first('_stamp').slice(0, 200),
    page: first('_page').slice(0, 2_000),
    referrer: first('_referrer').slice(0, 2_000),
    visitor: first('_visitor').slice(0, 64),
    test: first('_test').slice(0, 100),
  };
  const values = new Map([...bad.entries].filter(([name]) => !name.startsWith('_') && name !== HONEYPOT));
  const asked = questionsFor(form, bad.sender.known);
  return sendPage(c, formPage(form, asked, carried, { filled: { values, errors } }), {
    status: 422,
    ...pageRights(form),
  });
}

function errorText(locale: Locale, problem: InputProblem): string {
  const key = `visitor.error.${problem.code}`;
  return isMessage(key) ? say(locale, key, problem.params) : say(locale, 'visitor.error.wrong_type');
}

/** Sites on the form's list may read the answer, with our cookies where the browser sends them. */
function crossOrigin(c: PublicContext, deps: ApiDeps, form: PublicForm): Record<string, string> {
  const origin = c.req.header('origin') ?? null;
  if (origin === null || !mayPost(deps, form, origin)) return { vary: 'origin' };
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '600',
  };
}

function answerJson(c: PublicContext, deps: ApiDeps, form: PublicForm, status: number, body: object): Response {
  for (const [name, value] of Object.entries(crossOrigin(c, deps, form))) c.header(name, value);
  c.header('cache-control', 'no-store');
  c.header('content-type', 'application/json');
  // The statuses that callers give are those of answers with a body.
  return c.body(JSON.stringify(body), status as 200);
}

function refusal(c: PublicContext, deps: ApiDeps, form: PublicForm, error: Refused): Promise<Response> | Response {
  const { locale } = form.definition;
  const text = isMessage(error.key) ? say(locale, error.key, error.params) : '';
  if (wantsJson(c)) return answerJson(c, deps, form, error.status, { message: text, errors: [] });
  return sendPage(c, messagePage(locale, say(locale, 'visitor.refusedTitle'), text), { status: error.status });
}
