import { type Mailer, startMailer } from '../mail/send-mails.ts';
import { smtpTransport } from '../mail/transport.ts';
import { startReporter } from '../reports/reporter.ts';
import { startWebhooks } from '../webhooks/start-webhooks.ts';
import type { Product } from './compose.ts';

/** What leaves but for the CRMs: reports and the mails of the outbox, which without a mail server stay there, and webhooks. */
export function startMail({ config, engine }: Product): { stop(): Promise<void> } {
  const { smtpUrl: url, mailFrom: from } = config;
  const { store, clock, log } = engine;
  const reporter = startReporter(engine);
  const webhooks = startWebhooks(engine);
  const mailer: Mailer | null =
    url === undefined || from === undefined
      ? null
      : startMailer({ store, clock, log, transport: smtpTransport({ url, from }) });
  return {
    stop: async () => {
      await webhooks.stop();
      await reporter.stop();
      await mailer?.stop();
    },
  };
}
