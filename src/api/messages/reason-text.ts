import { isMessage, type Locale, say } from './say.ts';

/** Who, which field, why, in the reader's language (docs/reasons.md); a vendor's words never stand alone. */
export function reasonText(
  locale: Locale,
  one: {
    readonly reason: string;
    readonly field: string | null;
    readonly name: string | null;
    readonly email: string | null;
    readonly crm: string;
    readonly params: Readonly<Record<string, string | number>> | null;
  },
): { message: string; todo: string } {
  // Some reasons have variants that say more (`params.why`).
  const variant = one.params?.['why'] === undefined ? '' : `.${one.params['why']}`;
  const pick = (kind: 'reason' | 'todo'): string => {
    const special = `${kind}.${one.reason}${variant}`;
    return isMessage(special) ? special : `${kind}.${one.reason}`;
  };
  const key = pick('reason');
  const who = one.name !== null && one.name !== '' ? one.name : (one.email ?? '–');
  const label = one.params?.['label'];
  const params = { ...one.params, name: who, crm: one.crm, field: label ?? one.field ?? '' };
  const todo = pick('todo');
  return {
    message: isMessage(key) ? say(locale, key, params) : one.reason,
    todo: isMessage(todo) ? say(locale, todo, params) : '',
  };
}
