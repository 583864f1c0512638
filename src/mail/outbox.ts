import { sql } from 'kysely';
import { Conflicted, NotFound } from '../core/invalid-input.ts';
import type { Queryable } from '../store/db.ts';

export const MAIL_STATES = ['queued', 'sending', 'sent', 'failed', 'held'] as const;
export type MailState = (typeof MAIL_STATES)[number];

/** A mail as the outbox's page lists it. Times ms since 1970. */
export interface MailView {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly subject: string;
  readonly state: MailState;
  readonly tries: number;
  /** When it is tried again; null: it is not. */
  readonly nextTryAt: number | null;
  /** The server's own words, or a code of ours (`too_old`, `invalid_recipient`, `restored`). */
  readonly error: string | null;
  readonly createdAt: number;
  readonly sentAt: number | null;
}

export interface OutboxQuery {
  readonly state?: MailState | undefined;
  readonly limit: number;
  readonly before?: { readonly createdAt: number; readonly id: string } | undefined;
}

const LISTED = [
  'id',
  'kind',
  'recipient',
  'subject',
  'status',
  'tries',
  'not_before',
  'error',
  'created_at',
  'sent_at',
] as const;

/** Newest first. */
export async function listOutbox(q: Queryable, query: OutboxQuery): Promise<readonly MailView[]> {
  let rows = q.selectFrom('outbox').select(LISTED);
  if (query.state !== undefined) rows = rows.where('status', '=', query.state);
  if (query.before !== undefined)
    rows = rows.where(sql<boolean>`(created_at, id) < (${query.before.createdAt}, ${query.before.id})`);
  return (await rows.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(query.limit).execute()).map(toView);
}

/** One mail with both of its bodies. @throws NotFound */
export async function readMail(
  q: Queryable,
  id: string,
): Promise<MailView & { readonly html: string | null; readonly text: string }> {
  const row = await q
    .selectFrom('outbox')
    .select([...LISTED, 'html', 'text'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('mail');
  return { ...toView(row), html: row.html, text: row.text };
}

/** How many mails are in which state. */
export async function countOutbox(q: Queryable): Promise<Readonly<Record<MailState, number>>> {
  const rows = await sql<{ status: MailState; count: number }>`
    select status, count(*)::int as count from outbox group by status`.execute(q);
  const counts = { queued: 0, sending: 0, sent: 0, failed: 0, held: 0 };
  for (const row of rows.rows) counts[row.status] = row.count;
  return counts;
}

/** A person asks: a new day of tries begins, whatever became of it before. @throws NotFound; Conflicted while it is being sent. */
export async function sendAgain(q: Queryable, id: string, at: number): Promise<void> {
  const queued = await sql<{ id: string }>`
    update outbox set status = 'queued', tries = 0, not_before = 0, resent_at = ${at}, error = null, taken_until = null
     where id = ${id} and (status <> 'sending' or coalesce(taken_until, 0) <= ${at}) returning id`.execute(q);
  if (queued.rows.length > 0) return;
  await readMail(q, id);
  throw new Conflicted('mail_sending');
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly subject: string;
  readonly status: string;
  readonly tries: number;
  readonly not_before: number;
  readonly error: string | null;
  readonly created_at: number;
  readonly sent_at: number | null;
}

function toView(row: Row): MailView {
  return {
    id: row.id,
    kind: row.kind,
    recipient: row.recipient,
    subject: row.subject,
    // Only the sender, the restore and `sendAgain` write this column.
    state: row.status as MailState,
    tries: row.tries,
    nextTryAt: row.status === 'queued' && row.not_before > 0 ? row.not_before : null,
    error: row.error,
    createdAt: row.created_at,
    sentAt: row.sent_at,
  };
}
