import { type Mailer, startMailer } from '../mail/send-mails.ts';
import { smtpTransport } from '../mail/transport.ts';
import { startReporter } from '../reports/reporter.ts';
import type { Product } from './compose.ts';

/** Writes the reports and sends the mails of the outbox; without a mail server they stay there, and the product shows them. */
export function startMail({ config, engine }: Product): { stop(): Promise<void> } {
  const { smtpUrl: url, mailFrom: from } = config;
  const { store, clock, log } = engine;
  const reporter = startReporter(engine);
  const mailer: Mailer | null =
    url === undefined || from === undefined
      ? null
      : startMailer({ store, clock, log, transport: smtpTransport({ url, from }) });
  return {
    stop: async () => {
      await reporter.stop();
      await mailer?.stop();
    },
  };
}
