import type { EngineDeps } from '../engine/deps.ts';
import type { Trx } from '../store/db.ts';
import { readInstanceSettings } from '../store/instance-settings.ts';
import { queueMails } from '../store/outbox.ts';
import type { MessageKey } from './messages/en.ts';
import { localeOf, say } from './messages/say.ts';

type Kind = 'invitation' | 'password_reset' | 'access_request';

/** Queues one mail about signing in, in the language of whoever reads it. Text alone: nothing in it has to be trusted. */
export async function queuePeopleMail(
  trx: Trx,
  deps: Pick<EngineDeps, 'ids' | 'clock'>,
  mail: {
    readonly kind: Kind;
    readonly recipients: readonly { readonly email: string; readonly locale: string | null }[];
    readonly params: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { locale: home } = await readInstanceSettings(trx);
  const mails = mail.recipients.map(({ email, locale }) => {
    const language = localeOf(locale ?? home);
    const subject = `mail.${mail.kind}.subject` satisfies MessageKey;
    const text = `mail.${mail.kind}.text` satisfies MessageKey;
    return {
      id: deps.ids.next('ml'),
      kind: mail.kind,
      recipient: email,
      subject: say(language, subject, mail.params),
      html: null,
      text: say(language, text, mail.params),
    };
  });
  await queueMails(trx, mails, deps.clock.now());
}
