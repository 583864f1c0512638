/** Single sign-on by OpenID Connect, as the instance is set. */
export const SIGN_ON_ROLES = ['admin', 'marketing', 'sales'] as const;
export type SignOnRole = (typeof SIGN_ON_ROLES)[number];

export interface SignOnSettings {
  readonly enabled: boolean;
  /** As the provider names itself in its discovery document. */
  readonly issuer: string;
  readonly clientId: string;
  /** What the button says: "Sign in with …". */
  readonly label: string;
  /** `openid email profile` and whatever the provider wants for the role. */
  readonly scopes: string;
  /** Claim that holds the role: its whole name, or a path with dots. Empty: no claim gives one. */
  readonly roleClaim: string;
  /** Value of the claim → role. */
  readonly roles: Readonly<Record<string, SignOnRole>>;
  /** Of whom no claim gives a role; null: they are refused. */
  readonly defaultRole: SignOnRole | null;
  /** `breakGlass`: nobody but the one administrator signs in with a password. */
  readonly passwords: 'everybody' | 'breakGlass';
  /** E-mail of that administrator. */
  readonly breakGlass: string | null;
}

export const SIGN_ON_DEFAULTS: SignOnSettings = {
  enabled: false,
  issuer: '',
  clientId: '',
  label: '',
  scopes: 'openid email profile',
  roleClaim: '',
  roles: {},
  defaultRole: null,
  passwords: 'everybody',
  breakGlass: null,
};

export type Claims = Readonly<Record<string, unknown>>;

/** A claim by its whole name (which may hold dots and slashes), else by its path. */
function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    // Objects of a JSON document: their keys are what the provider sent.
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}

/**
 * The role that these claims give: of several the strongest. `undefined`: no claim is asked, so a person who is there keeps
 * theirs. `null`: none, and nobody is let in without one.
 */
export function roleFrom(claims: Claims, settings: SignOnSettings): SignOnRole | null | undefined {
  if (settings.roleClaim === '') return undefined;
  const value = claimAt(claims, settings.roleClaim);
  const values = (Array.isArray(value) ? value : [value]).filter((one) =>
    ['string', 'number', 'boolean'].includes(typeof one),
  );
  const given = values.flatMap((one) =>
    Object.hasOwn(settings.roles, String(one)) ? [settings.roles[String(one)]] : [],
  );
  return SIGN_ON_ROLES.find((role) => given.includes(role)) ?? settings.defaultRole;
}

/** A path of ours that a sign-in leads back to; anything else is the first page. */
export const wayBack = (to: string | undefined): string =>
  to !== undefined && to.length <= 500 && /^\/(?![/\\])[^\s\\]*$/.test(to) ? to : '/';
