import { sql } from 'kysely';
import { emailKey } from '../core/email.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Store } from '../store/db.ts';
import { isQuiet } from '../store/quiet.ts';
import { type Letter, NotSent, type Transport } from './transport.ts';

/**
 * The life of a mail (`outbox.status`):
 *
 *   queued ──taken──▶ sending ──▶ sent
 *     ▲                  │  └───▶ failed   refused for good, or tried for a day
 *     └──── a pause ─────┘
 *
 * A sender has a mail for `TAKEN_MS`; one that dies loses it to the next, with the same Message-ID. `held` are mails of a
 * restored backup: the instance that made it has probably sent them (R41). A person can send any mail again.
 */
export interface MailDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly transport: Transport;
}

const BATCH = 20;
const TAKEN_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
/** After this a mail is not worth sending any more: a confirmation, a report, an invitation of yesterday. */
const DAY_MS = 24 * 60 * 60_000;

/** 1, 2, 4 … 60 minutes, then every hour. */
const pauseAfter = (tries: number): number => Math.min(60, 2 ** (tries - 1)) * MINUTE_MS;

interface Taken {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly subject: string;
  readonly html: string | null;
  readonly text: string;
  readonly tries: number;
  readonly created_at: number;
  readonly resent_at: number | null;
  readonly taken_until: number;
}

/** Sends what is due, at most one batch. @returns how many mails it dealt with. */
export async function sendDueMails(deps: MailDeps): Promise<number> {
  if (await isQuiet(deps.store.db)) return 0;
  const taken = await take(deps);
  await Promise.all(taken.map((mail) => sendOne(deps, mail)));
  return taken.length;
}

/** One sender per mail, whatever the number of processes: the row is locked while it changes hands, and fenced by `taken_until`. */
async function take(deps: MailDeps): Promise<readonly Taken[]> {
  const now = deps.clock.now();
  return deps.store.transaction(async (trx) => {
    await sql`update outbox set status = 'failed', error = coalesce(error, 'too_old'), taken_until = null
               where status in ('queued', 'sending') and coalesce(taken_until, 0) <= ${now} and coalesce(resent_at, created_at) < ${now - DAY_MS}`.execute(
      trx,
    );
    const taken = await sql<Taken>`
      update outbox set status = 'sending', tries = tries + 1, taken_until = ${now + TAKEN_MS} where id in (
        select id from outbox where status in ('queued', 'sending') and not_before <= ${now} and coalesce(taken_until, 0) <= ${now}
         order by not_before, created_at limit ${BATCH} for update skip locked)
      returning id, kind, recipient, subject, html, text, tries, created_at, resent_at, taken_until`.execute(trx);
    return taken.rows;
  });
}

async function sendOne(deps: MailDeps, mail: Taken): Promise<void> {
  const failure = await trySending(deps, mail);
  if (failure === null) await settle(deps, mail, { status: 'sent', error: null });
  else {
    const next = deps.clock.now() + pauseAfter(mail.tries);
    const isOver = failure.isFinal || next > (mail.resent_at ?? mail.created_at) + DAY_MS;
    await settle(deps, mail, { status: isOver ? 'failed' : 'queued', error: failure.message, notBefore: next });
    deps.log.warn({ mail: mail.id, kind: mail.kind, tries: mail.tries, isOver }, 'a mail was not sent');
  }
}

async function trySending(deps: MailDeps, mail: Taken): Promise<NotSent | null> {
  try {
    await deps.transport.send(toLetter(mail));
    return null;
  } catch (error) {
    return error instanceof NotSent ? error : new NotSent(String(error), false, { cause: error });
  }
}

/** @throws NotSent when the recipient is no single address. */
function toLetter(mail: Taken): Letter {
  const recipient = mail.recipient.trim();
  if (emailKey(recipient) === null || /[\s,;:<>"()[\]\\]/.test(recipient)) throw new NotSent('invalid_recipient', true);
  return {
    id: mail.id,
    recipient,
    subject: oneLine(mail.subject),
    html: mail.html,
    text: mail.text,
    createdAt: mail.created_at,
  };
}

/** No control character gets into a header, and no direction mark turns a subject around. */
const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();

interface Ending {
  readonly status: 'sent' | 'failed' | 'queued';
  readonly error: string | null;
  readonly notBefore?: number;
}

async function settle(deps: MailDeps, mail: Taken, ending: Ending): Promise<void> {
  const sentAt = ending.status === 'sent' ? deps.clock.now() : null;
  await sql`update outbox set status = ${ending.status}, error = ${ending.error?.slice(0, 500) ?? null}, taken_until = null,
              not_before = ${ending.notBefore ?? 0}, sent_at = coalesce(${sentAt}::bigint, sent_at)
             where id = ${mail.id} and taken_until = ${mail.taken_until}`.execute(deps.store.db);
}

export interface Mailer {
  /** Waits for the mails that are being sent. */
  stop(): Promise<void>;
}

const TICK_MS = 1_000;

/** Sends mails until it is stopped. Every process may have one. */
export function startMailer(deps: MailDeps): Mailer {
  const abort = new AbortController();
  const loop = (async () => {
    while (!abort.signal.aborted) {
      const dealt = await sendDueMails(deps).catch((error: unknown) => {
        deps.log.error({ err: error }, 'the mailer stumbled');
        return 0;
      });
      if (dealt < BATCH) await deps.clock.sleep(TICK_MS, abort.signal).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      abort.abort();
      await loop;
      deps.transport.close();
    },
  };
}
