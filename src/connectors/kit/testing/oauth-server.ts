import { createHash, randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Clock } from '../../../platform/clock.ts';
import { allowPage } from './oauth-page.ts';

/** Why the token endpoint gives none; each vendor says it in its own words. */
export type OAuthRefusal = 'client' | 'secret' | 'code' | 'verifier' | 'redirect' | 'refresh_token' | 'grant_type';

export interface GrantedToken {
  readonly accessToken: string;
  /** undefined: the answer carries none. */
  readonly refreshToken: string | undefined;
  readonly scope: string;
}

/** How one emulated vendor's OAuth differs from the next one's. */
export interface OAuthDialect {
  readonly vendor: string;
  /** As the person sees it on the page, e.g. the company's name. */
  readonly account: string;
  readonly paths: { readonly authorize: string; readonly token: string; readonly revoke: string };
  readonly clientAuth: 'basic' | 'post';
  readonly pkce: boolean;
  /** ms that an access token lives. */
  readonly accessLivesMs: number;
  /** A refresh gives a new refresh token and ends the old one. */
  readonly rotates: boolean;
  /** The answer to a refresh names the refresh token even when it is the old one. */
  readonly repeatsRefreshToken: boolean;
  readonly prefix: { readonly access: string; readonly refresh: string };
  readonly denied: Readonly<Record<string, string>>;
  /** Goes with the code to the callback. */
  readonly callback?: () => Readonly<Record<string, string>>;
  readonly answer: (token: GrantedToken) => Readonly<Record<string, unknown>>;
  readonly refuse: (why: OAuthRefusal) => Response;
  /** Revoked; a token that is not known counts as revoked (RFC 7009). Default: 200 with nothing. */
  readonly revoked?: () => Response;
  /** Refuses a call before anything else, e.g. for a missing header. */
  readonly gate?: (c: Context) => Response | null;
  /** The token endpoint also reads the address. */
  readonly takesQuery?: boolean;
  /** Other grants of the same endpoint. */
  readonly otherGrant?: (
    grant: string,
    form: URLSearchParams,
    issue: (scope: string) => string,
  ) => Response | null | Promise<Response | null>;
}

/** An app as it was registered with the vendor. */
export const EMULATED_CLIENT = { clientId: 'emulated-client', clientSecret: 'emulated-secret' } as const;

export interface EmulatedOAuth {
  readonly app: Hono;
  readonly client: typeof EMULATED_CLIENT;
  /** May this access token be used now? */
  accepts(accessToken: string | undefined): boolean;
  /** The redirect address that is entered with the app; null: any. */
  register(redirectUri: string | null): void;
  /** From now on a refresh rotates, or not; a used refresh token goes on working for so long. */
  rotate(rotation: { readonly rotates: boolean; readonly graceMs?: number }): void;
  /** All access tokens run out. */
  expire(): void;
  /** An administrator of the customer takes the app's access away. */
  revoke(): void;
  /** Refreshes that gave a token, so far. */
  refreshes(): number;
  /** Is this a refresh token that would still be taken? */
  isAlive(refreshToken: string): boolean;
}

interface Code {
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly scope: string;
  readonly expiresAt: number;
}
interface Grant {
  readonly scope: string;
  revoked: boolean;
}

const CODE_LIVES_MS = 3 * 60_000;

/** A vendor's authorisation server: a page with *Allow* and *Deny*, codes, tokens with rotation, revocation (RFC 6749, 7009, 7636). */
export class OAuthServer implements EmulatedOAuth {
  readonly app = new Hono();
  readonly client = EMULATED_CLIENT;
  readonly #dialect: OAuthDialect;
  readonly #clock: Clock;
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, { grant: Grant; expiresAt: number }>();
  /** `usedAt`: rotated away then. */
  readonly #refresh = new Map<string, { grant: Grant; usedAt: number | null }>();
  #registered: string | null = null;
  #rotation: { rotates: boolean; graceMs: number };
  #refreshes = 0;

  constructor(dialect: OAuthDialect, clock: Clock) {
    this.#dialect = dialect;
    this.#clock = clock;
    this.#rotation = { rotates: dialect.rotates, graceMs: 0 };
    const { paths } = dialect;
    this.app.get(paths.authorize, (c) => this.#page(c));
    this.app.post(paths.authorize, (c) => this.#decide(c));
    this.app.post(paths.token, (c) => this.#token(c));
    this.app.post(paths.revoke, (c) => this.#revoke(c));
  }

  accepts(accessToken: string | undefined): boolean {
    const found = accessToken === undefined ? undefined : this.#access.get(accessToken);
    return found !== undefined && !found.grant.revoked && found.expiresAt > this.#clock.now();
  }
  register(redirectUri: string | null): void {
    this.#registered = redirectUri;
  }
  rotate({ rotates, graceMs }: { readonly rotates: boolean; readonly graceMs?: number }): void {
    this.#rotation = { rotates, graceMs: graceMs ?? 0 };
  }
  expire(): void {
    for (const token of this.#access.values()) token.expiresAt = 0;
  }
  revoke(): void {
    for (const { grant } of [...this.#refresh.values(), ...this.#access.values()]) grant.revoked = true;
  }
  refreshes(): number {
    return this.#refreshes;
  }
  isAlive(refreshToken: string): boolean {
    const found = this.#refresh.get(refreshToken);
    if (found === undefined || found.grant.revoked) return false;
    return found.usedAt === null || found.usedAt + this.#rotation.graceMs > this.#clock.now();
  }

  /** Wrong requests are shown to the person and never sent on to an address that is not the app's. */
  #mistake(query: URLSearchParams): string | null {
    const redirectUri = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== this.client.clientId) return 'There is no app with this client id.';
    if (!URL.canParse(redirectUri) || (this.#registered !== null && redirectUri !== this.#registered))
      return 'The redirect address is not the one that was entered with the app.';
    return query.get('response_type') === 'code' ? null : 'Only response_type=code is supported.';
  }

  #page(c: Context): Response {
    const query = new URL(c.req.url).searchParams;
    const mistake = this.#mistake(query);
    const { vendor, account } = this.#dialect;
    const html = allowPage({ vendor, account, scope: query.get('scope') ?? '', mistake });
    return new Response(html, {
      status: mistake === null ? 200 : 400,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      },
    });
  }

  async #decide(c: Context): Promise<Response> {
    const query = new URL(c.req.url).searchParams;
    if (this.#mistake(query) !== null) return this.#page(c);
    const form = new URLSearchParams(await c.req.text());
    const back = new URL(query.get('redirect_uri') ?? '');
    const state = query.get('state');
    if (state !== null) back.searchParams.set('state', state);
    const answer =
      form.get('decision') === 'allow'
        ? { code: this.#newCode(query), ...this.#dialect.callback?.() }
        : this.#dialect.denied;
    for (const [key, value] of Object.entries(answer)) back.searchParams.set(key, value);
    return new Response(null, { status: 302, headers: { location: back.href } });
  }

  #newCode(query: URLSearchParams): string {
    const code = randomBytes(18).toString('base64url');
    this.#codes.set(code, {
      redirectUri: query.get('redirect_uri') ?? '',
      challenge: this.#dialect.pkce ? query.get('code_challenge') : null,
      scope: query.get('scope') ?? '',
      expiresAt: this.#clock.now() + CODE_LIVES_MS,
    });
    return code;
  }

  async #token(c: Context): Promise<Response> {
    const dialect = this.#dialect;
    const form = await readForm(c, dialect.takesQuery === true);
    const gate = dialect.gate?.(c) ?? null;
    if (gate !== null) return gate;
    const grantType = form.get('grant_type') ?? '';
    const other = await dialect.otherGrant?.(grantType, form, (scope) => this.#issue({ scope, revoked: false }));
    if (other !== undefined && other !== null) return other;
    const wrong = this.#checkClient(c, form);
    if (wrong !== null) return dialect.refuse(wrong);
    if (grantType === 'authorization_code') return this.#redeem(form);
    if (grantType === 'refresh_token') return this.#renew(form.get('refresh_token') ?? '');
    return dialect.refuse('grant_type');
  }

  #checkClient(c: Context, form: URLSearchParams): OAuthRefusal | null {
    const basic = /^Basic (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const [id, secret] =
      this.#dialect.clientAuth === 'basic'
        ? Buffer.from(basic ?? '', 'base64')
            .toString()
            .split(':')
        : [form.get('client_id'), form.get('client_secret')];
    if (id !== this.client.clientId) return 'client';
    return secret === this.client.clientSecret ? null : 'secret';
  }

  #redeem(form: URLSearchParams): Response {
    const { refuse, answer } = this.#dialect;
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    if (code === undefined || code.expiresAt < this.#clock.now()) return refuse('code');
    if (code.redirectUri !== form.get('redirect_uri')) return refuse('redirect');
    const verifier = form.get('code_verifier') ?? '';
    if (code.challenge !== null && createHash('sha256').update(verifier).digest('base64url') !== code.challenge)
      return refuse('verifier');
    const grant: Grant = { scope: code.scope, revoked: false };
    return Response.json(
      answer({ accessToken: this.#issue(grant), refreshToken: this.#newRefreshToken(grant), scope: code.scope }),
    );
  }

  #renew(refreshToken: string): Response {
    const { refuse, answer, repeatsRefreshToken } = this.#dialect;
    const found = this.#refresh.get(refreshToken);
    if (found === undefined || !this.isAlive(refreshToken)) return refuse('refresh_token');
    this.#refreshes += 1;
    const { grant } = found;
    const { rotates } = this.#rotation;
    if (rotates) found.usedAt ??= this.#clock.now();
    const next = rotates ? this.#newRefreshToken(grant) : repeatsRefreshToken ? refreshToken : undefined;
    return Response.json(answer({ accessToken: this.#issue(grant), refreshToken: next, scope: grant.scope }));
  }

  async #revoke(c: Context): Promise<Response> {
    const token = new URLSearchParams(await c.req.text()).get('token') ?? c.req.query('token') ?? '';
    const grant = this.#refresh.get(token)?.grant ?? this.#access.get(token)?.grant;
    if (grant !== undefined) grant.revoked = true;
    return this.#dialect.revoked?.() ?? new Response(null);
  }

  #issue(grant: Grant): string {
    const token = `${this.#dialect.prefix.access}${randomBytes(24).toString('base64url')}`;
    this.#access.set(token, { grant, expiresAt: this.#clock.now() + this.#dialect.accessLivesMs });
    return token;
  }

  #newRefreshToken(grant: Grant): string {
    const token = `${this.#dialect.prefix.refresh}${randomBytes(24).toString('base64url')}`;
    this.#refresh.set(token, { grant, usedAt: null });
    return token;
  }
}

/** A form, as text or as multipart (Zoho's own client). */
async function readForm(c: Context, takesQuery: boolean): Promise<URLSearchParams> {
  const form = new URLSearchParams(takesQuery ? c.req.query() : {});
  for (const [key, value] of Object.entries(await c.req.parseBody()))
    if (typeof value === 'string') form.set(key, value);
  return form;
}
