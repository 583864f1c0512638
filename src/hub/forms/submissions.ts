import { sql } from 'kysely';
import type { HoldReason, SubmissionStatus, TickedConsent } from '../../core/form.ts';
import { Conflicted, NotFound } from '../../core/invalid-input.ts';
import type { Fields, Value } from '../../core/model.ts';
import type { Touch } from '../../core/traffic.ts';
import { json, type Queryable, type Trx } from '../../store/db.ts';

/** What somebody sent, as it is stored before it is answered. */
export interface NewSubmission {
  readonly id: string;
  readonly formId: string;
  readonly formVersion: number;
  readonly status: 'accepted' | 'held';
  readonly reasons: readonly HoldReason[];
  readonly test: boolean;
  readonly email: string;
  readonly emailKey: string;
  readonly fields: Fields;
  readonly consents: readonly TickedConsent[];
  readonly visitor: string | null;
  readonly network: string | null;
  readonly browser: string | null;
  readonly stamp: string | null;
  readonly digest: string | null;
  readonly page: string | null;
  readonly touch: Touch | null;
  readonly locale: string;
  readonly at: number;
}

/**
 * Stores a submission. The same content from the same page load is one submission, however often it is sent.
 * @returns its id, or that of the one that was there already.
 */
export async function storeSubmission(
  trx: Trx,
  one: NewSubmission,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const stored = await sql<{ id: string }>`
    insert into submissions (id, form_id, form_version, status, reasons, test, email, email_key, fields, consents, visitor, network, browser,
                             stamp, digest, page, touch, locale, applied_at, at)
    values (${one.id}, ${one.formId}, ${one.formVersion}, ${one.status}, ${one.reasons as string[]}::text[], ${one.test}, ${one.email}, ${one.emailKey},
            ${json(one.fields)}::jsonb, ${json(one.consents)}::jsonb, ${one.visitor}, ${one.network}, ${one.browser}, ${one.stamp}, ${one.digest},
            ${one.page}, ${json(one.touch)}::jsonb, ${one.locale}, ${one.test ? one.at : null}::bigint, ${one.at})
    on conflict (stamp, digest) where stamp is not null do nothing returning id`.execute(trx);
  if (stored.rows.length > 0) return { id: one.id, isNew: true };
  const there = await trx
    .selectFrom('submissions')
    .select('id')
    .where('stamp', '=', one.stamp)
    .where('digest', '=', one.digest)
    .executeTakeFirstOrThrow();
  return { id: there.id, isNew: false };
}

export interface Submission {
  readonly id: string;
  readonly formId: string;
  readonly formName: string;
  readonly formVersion: number;
  readonly status: SubmissionStatus;
  readonly reasons: readonly string[];
  readonly test: boolean;
  readonly email: string;
  readonly fields: Fields;
  readonly consents: readonly TickedConsent[];
  /** Values that differ from the contact's and were kept aside (R45). */
  readonly said: Fields;
  readonly contactId: string | null;
  readonly createdContact: boolean;
  readonly proven: string | null;
  readonly page: string | null;
  readonly decidedBy: string | null;
  readonly at: number;
}

export interface SubmissionQuery {
  readonly formId?: string | undefined;
  readonly status?: SubmissionStatus | undefined;
  readonly contactId?: string | undefined;
  readonly test?: boolean | undefined;
  readonly limit: number;
  readonly before?: { readonly at: number; readonly id: string } | undefined;
}

/** A page of submissions, the newest first. */
export async function listSubmissions(q: Queryable, query: SubmissionQuery): Promise<readonly Submission[]> {
  let rows = base(q);
  if (query.formId !== undefined) rows = rows.where('s.form_id', '=', query.formId);
  if (query.status !== undefined) rows = rows.where('s.status', '=', query.status);
  if (query.contactId !== undefined) rows = rows.where('s.contact_id', '=', query.contactId);
  if (query.test !== undefined) rows = rows.where('s.test', '=', query.test);
  if (query.before !== undefined)
    rows = rows.where(sql<boolean>`(s.at, s.id) < (${query.before.at}, ${query.before.id})`);
  const found = await rows.orderBy('s.at', 'desc').orderBy('s.id', 'desc').limit(query.limit).execute();
  return found.map(toSubmission);
}

/** @throws NotFound */
export async function findSubmission(q: Queryable, id: string): Promise<Submission> {
  const row = await base(q).where('s.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new NotFound('submission');
  return toSubmission(row);
}

const base = (q: Queryable) =>
  q
    .selectFrom('submissions as s')
    .leftJoin('forms as f', 'f.id', 's.form_id')
    .select([
      's.id',
      's.form_id',
      's.form_version',
      's.status',
      's.reasons',
      's.test',
      's.email',
      's.fields',
      's.consents',
      's.said',
      's.contact_id',
      's.created_contact',
      's.proven',
      's.page',
      's.decided_by',
      's.at',
      'f.name as form_name',
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof base>['executeTakeFirstOrThrow']>>;

const toSubmission = (row: Row): Submission => ({
  id: row.id,
  formId: row.form_id,
  formName: row.form_name ?? row.form_id,
  formVersion: row.form_version,
  // Written by `storeSubmission` and `decideHeld` only.
  status: row.status as SubmissionStatus,
  reasons: row.reasons,
  test: row.test,
  email: row.email,
  fields: row.fields,
  consents: row.consents as unknown as readonly TickedConsent[],
  said: row.said,
  contactId: row.contact_id,
  createdContact: row.created_contact,
  proven: row.proven,
  page: row.page,
  decidedBy: row.decided_by,
  at: row.at,
});

/**
 * Lets held submissions through, or drops them. @returns those that moved: others were decided meanwhile, and stay.
 * @throws NotFound when none of them is there.
 */
export async function decideHeld(
  trx: Trx,
  ids: readonly string[],
  decision: { readonly to: 'accepted' | 'refused'; readonly by: string; readonly at: number },
): Promise<readonly Submission[]> {
  const moved = await sql<{ id: string }>`
    update submissions set status = ${decision.to}, decided_by = ${decision.by}, decided_at = ${decision.at}
     where id = any(${ids as string[]}::text[]) and status = 'held' returning id`.execute(trx);
  const found = await base(trx)
    .where(sql<boolean>`s.id = any(${moved.rows.map((row) => row.id)}::text[])`)
    .execute();
  if (found.length > 0) return found.map(toSubmission);
  const known = await sql<{
    id: string;
  }>`select id from submissions where id = any(${ids as string[]}::text[])`.execute(trx);
  if (known.rows.length === 0) throw new NotFound('submission');
  throw new Conflicted('submission_decided');
}

/** The values that were kept aside of one submission, locked; to be written to its contact. @throws NotFound, Conflicted */
export async function takeSaid(
  trx: Trx,
  id: string,
  fields: readonly string[],
): Promise<{ readonly contactId: string; readonly values: Record<string, Value>; readonly at: number }> {
  const row = await trx
    .selectFrom('submissions')
    .select(['said', 'contact_id', 'at'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined || row.contact_id === null) throw new NotFound('submission');
  const values: Record<string, Value> = {};
  for (const field of fields) {
    const value = row.said[field];
    if (value === undefined) throw new Conflicted('said_gone', { field });
    values[field] = value;
  }
  const rest = Object.fromEntries(Object.entries(row.said).filter(([field]) => !fields.includes(field)));
  await trx
    .updateTable('submissions')
    .set({ said: json(rest) })
    .where('id', '=', id)
    .execute();
  return { contactId: row.contact_id, values, at: row.at };
}

/** A post that was not stored is counted by form, reason and where it came from; at most 50 places a form. */
export async function noteRefusal(
  q: Queryable,
  refusal: { readonly formId: string; readonly reason: string; readonly detail: string; readonly at: number },
): Promise<void> {
  await sql`
    insert into form_refusals (form_id, reason, detail, first_at, last_at)
    select ${refusal.formId}::text, ${refusal.reason}::text, ${refusal.detail.slice(0, 200)}::text, ${refusal.at}::bigint, ${refusal.at}::bigint
     where (select count(*) from form_refusals where form_id = ${refusal.formId}) < 50
        or exists (select 1 from form_refusals where form_id = ${refusal.formId} and reason = ${refusal.reason} and detail = ${refusal.detail.slice(0, 200)})
    on conflict (form_id, reason, detail) do update set count = form_refusals.count + 1, last_at = excluded.last_at`.execute(
    q,
  );
}

export async function listRefusals(q: Queryable, formId: string) {
  return q
    .selectFrom('form_refusals')
    .select(['reason', 'detail', 'count', 'last_at'])
    .where('form_id', '=', formId)
    .orderBy('last_at', 'desc')
    .execute();
}
