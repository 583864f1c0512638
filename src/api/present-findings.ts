import type { Finding } from '../connectors/kit/account.ts';
import { failureText, type NamedCrm } from './messages/failure-text.ts';
import { isMessage, type Locale, say } from './messages/say.ts';

/** What a check found, and what to do about it, in the reader's language. @param named the CRM that a failure is of */
export const presentFindings = (
  locale: Locale,
  findings: readonly Finding[],
  named: (crm: string | number | undefined) => NamedCrm,
) => findings.map((one) => ({ ...one, ...findingText(locale, one, named(one.params['crm'])) }));

/** A finding's words. The CRM as a whole has failed, or one thing is to be looked at. */
export function findingText(
  locale: Locale,
  { code, params }: Pick<Finding, 'code' | 'params'>,
  crm: NamedCrm,
): { message: string; todo: string } {
  if (params['kind'] !== undefined && params['message'] !== undefined) return failureText(locale, params, crm);
  if (code === 'user_inactive') return failureText(locale, { kind: 'auth', case: code }, crm);
  const key = `finding.${code}`;
  const todo = `finding_todo.${code}`;
  return {
    message: isMessage(key) ? say(locale, key, params) : code,
    todo: isMessage(todo) ? say(locale, todo, params) : '',
  };
}
