import { queryClient } from './client.ts';

/** A refusal of the sign-in's own endpoints; `code` is better-auth's. */
export class AuthFailed extends Error {
  readonly code: string;
  readonly tooMany: boolean;
  constructor(code: string, tooMany: boolean) {
    super(code);
    this.code = code;
    this.tooMany = tooMany;
  }
}

/** What to tell somebody whose wish was refused, as the key of a message; `otherwise` for what the refusal itself does not say. */
export function failedKey(error: unknown, otherwise: string): string {
  if (!(error instanceof AuthFailed) || /^5\d\d$/.test(error.code)) return 'account.noAnswer';
  if (error.tooMany) return 'signIn.many';
  if (error.code === 'PASSWORD_TOO_SHORT') return 'account.passwordShort';
  return error.code === 'PASSWORD_COMMON' ? 'account.passwordCommon' : otherwise;
}

/** @throws AuthFailed */
async function post(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`/api/auth${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  // Documented as JSON objects; anything else is a proxy's page.
  const answer = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>;
  if (response.ok) return answer;
  throw new AuthFailed(
    typeof answer['code'] === 'string' ? answer['code'] : String(response.status),
    response.status === 429,
  );
}

/** @returns whether a second factor is asked for; without it nobody is in yet. */
export async function signIn(email: string, password: string): Promise<'in' | 'second-factor'> {
  const answer = await post('/sign-in/email', { email, password });
  if (answer['twoFactorRedirect'] === true) return 'second-factor';
  queryClient.clear();
  return 'in';
}

/** Six digits are the device's, anything else is a recovery code. */
export async function showSecondFactor(code: string): Promise<void> {
  const text = code.replace(/\s/g, '');
  await post(/^\d{6}$/.test(text) ? '/two-factor/verify-totp' : '/two-factor/verify-backup-code', { code: text });
  queryClient.clear();
}

export async function signOut(): Promise<void> {
  await post('/sign-out', {}).catch(() => undefined);
  queryClient.clear();
}

export const askForNewPassword = (email: string): Promise<unknown> => post('/request-password-reset', { email });
export const setNewPassword = (token: string, newPassword: string): Promise<unknown> =>
  post('/reset-password', { token, newPassword });
export const changePassword = (currentPassword: string, newPassword: string): Promise<unknown> =>
  post('/change-password', { currentPassword, newPassword, revokeOtherSessions: true });

export interface SecondFactor {
  readonly uri: string;
  readonly recoveryCodes: readonly string[];
}
/** Begins; it counts once a code has been shown (`showSecondFactor`). */
export async function beginSecondFactor(password: string): Promise<SecondFactor> {
  const answer = await post('/two-factor/enable', { password });
  // Documented: `totpURI` and `backupCodes`.
  return { uri: String(answer['totpURI']), recoveryCodes: answer['backupCodes'] as string[] };
}
export const endSecondFactor = (password: string): Promise<unknown> => post('/two-factor/disable', { password });
export async function newRecoveryCodes(password: string): Promise<readonly string[]> {
  return (await post('/two-factor/generate-backup-codes', { password }))['backupCodes'] as string[];
}
