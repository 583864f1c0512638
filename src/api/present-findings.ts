import type { Finding } from '../connectors/kit/connector.ts';
import { isMessage, type Locale, say } from './messages/say.ts';

/** What a check found, and what to do about it, in the reader's language. */
export const presentFindings = (locale: Locale, findings: readonly Finding[]) =>
  findings.map((one) => {
    const key = `finding.${one.code}`;
    const todo = `finding_todo.${one.code}`;
    return {
      ...one,
      message: isMessage(key) ? say(locale, key, one.params) : one.code,
      todo: isMessage(todo) ? say(locale, todo, one.params) : '',
    };
  });
