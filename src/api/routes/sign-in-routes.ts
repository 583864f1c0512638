import { limitKey } from '../../platform/addresses.ts';
import { audit } from '../audit.ts';
import type { ApiDeps } from '../deps.ts';
import { passwordProblem } from '../passwords.ts';
import { Refused } from '../problems.ts';
import type { App } from '../register.ts';
import { createRateLimit } from '../security.ts';
import { CLIENT_HEADER } from '../sign-in.ts';

/** What of better-auth may be reached, and what a success of it means to the audit log. */
const DOORS: Readonly<Record<string, 'sign-in' | 'second-factor' | 'account' | 'open'>> = {
  '/api/auth/sign-in/email': 'sign-in',
  '/api/auth/two-factor/verify-totp': 'second-factor',
  '/api/auth/two-factor/verify-backup-code': 'second-factor',
  '/api/auth/two-factor/enable': 'account',
  '/api/auth/two-factor/disable': 'account',
  '/api/auth/two-factor/generate-backup-codes': 'account',
  '/api/auth/change-password': 'account',
  '/api/auth/request-password-reset': 'open',
  '/api/auth/reset-password': 'open',
  '/api/auth/sign-out': 'open',
  '/api/auth/get-session': 'open',
};

/** better-auth has passwords and second factors; guessing is slowed down here too, by address and by person. */
export function addSignInRoutes(app: App, deps: ApiDeps): void {
  const now = (): number => deps.engine.clock.now();
  const perPerson = createRateLimit({ limit: 10, windowMs: 60_000, now });
  const perPersonAndHour = createRateLimit({ limit: 60, windowMs: 60 * 60_000, now });
  const perAddress = createRateLimit({ limit: 30, windowMs: 60_000, now });
  app.on(['GET', 'POST'], '/api/auth/*', async (c) => {
    c.set('template', 'auth');
    const door = DOORS[c.req.path];
    if (door === undefined) throw new Refused(404, 'problem.404');
    const client = c.get('client');
    const request = withClient(c.req.raw, client);
    if (c.req.method === 'POST' && !c.req.path.endsWith('/sign-out')) {
      perAddress(limitKey(client));
      // Another kind of body would be read by the library and not by the limits below.
      if (!isJson(request)) throw new Refused(400, 'problem.400');
      const email = await textOf(request, 'email');
      if (email !== '') {
        perPerson(`${door}:${email}`);
        perPersonAndHour(`${door}:${email}`);
      }
    }
    // The library looks at the length alone. Its own kind of answer, so that there is one to understand.
    const wanted = await rawTextOf(request, 'newPassword');
    if (wanted !== '' && passwordProblem(wanted, '')?.code === 'password_common')
      return c.json({ code: 'PASSWORD_COMMON' }, 400);
    const closed = await closedDoor(deps, request, c.req.path);
    if (closed !== null) return closed;
    // Whoever is in already and shows a code has just switched the second factor on.
    const isInside = door === 'second-factor' && (await deps.signIn.personOf(request.headers)) !== null;
    const answer = await deps.signIn.auth.handler(request);
    if (!answer.ok) return answer;
    if (door === 'account' || isInside) await noteAccount(deps, c.req.path, { request, client });
    return door === 'sign-in' || (door === 'second-factor' && !isInside) ? noteEntry(deps, answer, client) : answer;
  });
}

/** While sign-on alone is open, a password opens nothing, and no mail brings a new one: the answers are the ordinary ones. */
async function closedDoor(deps: ApiDeps, request: Request, path: string): Promise<Response | null> {
  if (path === '/api/auth/sign-in/email') {
    const password = await rawTextOf(request, 'password');
    if (await deps.signIn.mayUsePassword(await textOf(request, 'email'), password)) return null;
    return Response.json({ code: 'INVALID_EMAIL_OR_PASSWORD' }, { status: 401 });
  }
  if (
    path === '/api/auth/request-password-reset' &&
    !(await deps.signIn.mayUsePassword(await textOf(request, 'email'), ''))
  )
    return Response.json({ status: true });
  return null;
}

/** A person is in, unless a second factor is still to come, or they have been deactivated. */
async function noteEntry(deps: ApiDeps, answer: Response, client: string): Promise<Response> {
  const email = emailOf(await answer.clone().json());
  if (email === null) return answer;
  const id = await deps.signIn.noteSignIn(email);
  // The same answer as for a wrong password: whether an account is closed is nobody's business.
  if (id === null) return Response.json({ code: 'INVALID_EMAIL_OR_PASSWORD' }, { status: 401 });
  await audit(deps.engine, { actor: `person:${id}`, action: 'sign-in', subject: id, address: client });
  return answer;
}

async function noteAccount(
  deps: ApiDeps,
  path: string,
  { request, client }: { readonly request: Request; readonly client: string },
): Promise<void> {
  const person = await deps.signIn.personOf(request.headers);
  if (person === null) return;
  const action = path.replace('/api/auth/', '');
  await audit(deps.engine, { actor: `person:${person.id}`, action, subject: person.id, address: client });
}

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;

/** better-auth names the person where the sign-in is complete. */
function emailOf(body: unknown): string | null {
  const email = member(member(body, 'user'), 'email');
  return typeof email === 'string' ? email : null;
}

/** No body at all is nothing to read. */
const isJson = (request: Request): boolean =>
  request.body === null || /^application\/json\b/i.test(request.headers.get('content-type') ?? '');

const textOf = async (request: Request, key: string): Promise<string> =>
  (await rawTextOf(request, key)).trim().toLowerCase();

async function rawTextOf(request: Request, key: string): Promise<string> {
  const body: unknown = await request
    .clone()
    .json()
    .catch(() => null);
  const value = member(body, key);
  return typeof value === 'string' ? value : '';
}

/** better-auth reads the address from this header only; one that came from outside is overwritten. */
function withClient(request: Request, client: string): Request {
  const headers = new Headers(request.headers);
  headers.set(CLIENT_HEADER, client);
  return new Request(request, { headers });
}
