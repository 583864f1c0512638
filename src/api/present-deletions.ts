import type { OwedView } from '../engine/owed-deletions.ts';
import { failureText } from './messages/failure-text.ts';
import { reasonText } from './messages/reason-text.ts';
import { isMessage, type Locale, type MessageKey, type Params, say } from './messages/say.ts';
import { iso } from './present.ts';

interface Reader {
  readonly locale: Locale;
  /** In whose hours a time is told. */
  readonly timeZone: string;
  readonly crm: string;
  readonly crmLabel: string;
}

/** A record that is still to go from its CRM, with what it waits for and what to do, in the reader's language. */
export function presentOwed(one: OwedView, reader: Reader) {
  return {
    id: String(one.id),
    connection: one.connection,
    crm: one.crm,
    crmLabel: reader.crmLabel,
    kind: one.kind,
    crmId: one.crmId,
    url: one.crmUrl,
    askedAt: iso(one.askedAt),
    state: one.why === null ? ('waiting' as const) : ('told' as const),
    why: one.why,
    ...textOf(one, reader),
    canRetry: one.isConnected && (one.why !== null || one.answer !== null),
  };
}

function textOf(one: OwedView, reader: Reader): { readonly message: string; readonly todo: string } {
  const { locale } = reader;
  const params: Params = { crm: reader.crmLabel, connection: one.connection };
  const texts = (message: MessageKey, todo: MessageKey, more: Params = {}) => ({
    message: say(locale, message, { ...params, ...more }),
    todo: say(locale, todo, { ...params, ...more }),
  });
  if (one.why === 'refused') {
    const told = { field: null, name: say(locale, 'deletion.person'), email: null, crm: reader.crmLabel };
    return reasonText(locale, {
      ...told,
      reason: String(one.answer?.['reason'] ?? 'rejected_by_crm'),
      params: one.answer,
    });
  }
  if (one.why !== null) return texts(`deletion.why.${one.why}`, `deletion.todo.${one.why}`);
  if (one.waits !== null) {
    const waits = isMessage(`deletion.waits.${one.waits}`) ? one.waits : 'person';
    // Both are messages: the one was asked for, the other stands beside it.
    return texts(`deletion.waits.${waits}` as MessageKey, `deletion.waits_todo.${waits}` as MessageKey);
  }
  if (one.answer !== null) {
    const why = failureText(locale, one.answer, { id: reader.crm, label: reader.crmLabel }).message;
    const at = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short', timeZone: reader.timeZone });
    return texts('deletion.again', 'deletion.again_todo', { why, at: at.format(one.notBefore) });
  }
  // Nothing is to be done about it.
  return { message: say(locale, one.crmId === null ? 'deletion.making' : 'deletion.next', params), todo: '' };
}
