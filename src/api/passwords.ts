import { dictionary } from '@zxcvbn-ts/language-common';
import type { InputProblem } from '../core/invalid-input.ts';

export const PASSWORD_MIN = 10;

let common: ReadonlySet<string> | undefined;

/** Is it what everybody chooses: a word of the kept list of passwords, also with a number or a sign behind it? */
function isCommon(password: string): boolean {
  common ??= new Set(dictionary['passwords-common']);
  const text = password.trim().toLowerCase();
  const word = text.replace(/[^\p{L}]+$/u, '');
  return common.has(text) || common.has(word) || new Set(text).size < 4;
}

/**
 * What is wrong with a new password; null: nothing. Length and what is commonly chosen count, composition does not (NIST SP 800-63B, 3.1.1.2;
 * OWASP ASVS 6.2). Neither is one's own address a secret.
 */
export function passwordProblem(password: string, email: string): Omit<InputProblem, 'path'> | null {
  if (password.length < PASSWORD_MIN) return { code: 'password_too_short', params: { min: PASSWORD_MIN } };
  const address = email.trim().toLowerCase();
  const isAddress = address !== '' && password.trim().toLowerCase().includes(address);
  return isAddress || isCommon(password) ? { code: 'password_common', params: {} } : null;
}
