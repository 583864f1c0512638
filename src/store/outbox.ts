import type { Trx } from './db.ts';

/** A mail as it is queued: who it is for, and both of its bodies. */
export interface QueuedMail {
  /** Made by `ids.next('ml')`. */
  readonly id: string;
  /** What kind of mail it is, e.g. `sync-report`, `invitation`: for the outbox's page and for gathering. */
  readonly kind: string;
  readonly recipient: string;
  readonly subject: string;
  /** null: the text alone. */
  readonly html: string | null;
  readonly text: string;
}

/**
 * Queues mails in the transaction of what they tell about: neither is there without the other. Whoever sends them looks
 * at the table; without `SMTP_URL` they stay in the outbox that the product shows.
 */
export async function queueMails(trx: Trx, mails: readonly QueuedMail[], at: number): Promise<void> {
  if (mails.length === 0) return;
  await trx
    .insertInto('outbox')
    .values(mails.map((mail) => ({ ...mail, created_at: at })))
    .execute();
}
