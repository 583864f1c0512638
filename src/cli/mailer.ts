import { type Mailer, startMailer } from '../mail/send-mails.ts';
import { smtpTransport } from '../mail/transport.ts';
import type { Product } from './compose.ts';

/** Sends the mails of the outbox; null without a mail server: they stay there, and the product shows them. */
export function startMailerOf({ config, engine }: Product): Mailer | null {
  const { smtpUrl: url, mailFrom: from } = config;
  if (url === undefined || from === undefined) return null;
  const { store, clock, log } = engine;
  return startMailer({ store, clock, log, transport: smtpTransport({ url, from }) });
}
