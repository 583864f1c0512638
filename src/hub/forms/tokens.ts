import { sql } from 'kysely';
import type { Sign } from '../../platform/crypto.ts';
import { tokenHash } from '../../platform/crypto.ts';
import { systemRandom } from '../../platform/ids.ts';
import type { Queryable, Trx } from '../../store/db.ts';

/** A word that cannot be guessed: 192 bits. */
export const newToken = (): string => Buffer.from(systemRandom(24)).toString('base64url');

// Stamps: when was this page loaded -------------------------------------------------------------------------------------

/** A signed moment and a number used once, for one form: `<ms in base 36>.<nonce>.<signature>`. */
export function makeStamp(sign: Sign, formId: string, at: number): string {
  const body = `${at.toString(36)}.${Buffer.from(systemRandom(9)).toString('base64url')}`;
  return `${body}.${sign(`stamp:${formId}:${body}`)}`;
}

/** When it was made, ms; null: forged, or of another form. */
export function readStamp(sign: Sign, formId: string, stamp: string): number | null {
  const parts = stamp.split('.');
  const [time, nonce, signature] = parts;
  if (parts.length !== 3 || time === undefined || nonce === undefined || signature === undefined) return null;
  if (!isEqual(signature, sign(`stamp:${formId}:${time}.${nonce}`))) return null;
  const at = Number.parseInt(time, 36);
  return Number.isSafeInteger(at) ? at : null;
}

/** Compared in full, whatever differs first. */
function isEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index += 1) difference |= (a.charCodeAt(index) || 0) ^ b.charCodeAt(index);
  return difference === 0;
}

const TEST_LIVES_MS = 2 * 60 * 60 * 1000;

/** Lets whoever has it try a form without reaching anybody, for two hours. */
export const makeTestToken = (sign: Sign, formId: string, at: number): string => {
  const until = (at + TEST_LIVES_MS).toString(36);
  return `${until}.${sign(`test:${formId}:${until}`)}`;
};
export function isTestToken(sign: Sign, formId: string, token: string, now: number): boolean {
  const [until = '', signature = ''] = token.split('.');
  return isEqual(signature, sign(`test:${formId}:${until}`)) && Number.parseInt(until, 36) > now;
}

/** Says which submission a download follows, so that it is counted for the right person. */
export const makeDownloadToken = (sign: Sign, submissionId: string): string =>
  `${submissionId}.${sign(`download:${submissionId}`)}`;
export function readDownloadToken(sign: Sign, token: string): string | null {
  const [id = '', signature = ''] = token.split('.');
  return isEqual(signature, sign(`download:${id}`)) ? id : null;
}

// Confirmation links (double opt-in) ------------------------------------------------------------------------------------

const CONFIRM_LIVES_MS = 14 * 24 * 60 * 60 * 1000;

/** Makes the link's token; only its hash is kept. */
export async function makeConfirmToken(trx: Trx, submissionId: string, at: number): Promise<string> {
  const token = newToken();
  await trx
    .insertInto('form_tokens')
    .values({
      hash: tokenHash(token),
      submission_id: submissionId,
      created_at: at,
      expires_at: at + CONFIRM_LIVES_MS,
    })
    .execute();
  return token;
}

export interface ConfirmState {
  readonly submissionId: string;
  readonly formId: string;
  readonly locale: string;
  readonly used: boolean;
}

/** What a link leads to; null: unknown, too old, or its submission was refused. */
export async function readConfirmToken(q: Queryable, token: string, now: number): Promise<ConfirmState | null> {
  const rows = await sql<{ submission_id: string; form_id: string; locale: string; used_at: number | null }>`
    select t.submission_id, s.form_id, s.locale, t.used_at from form_tokens t join submissions s on s.id = t.submission_id
     where t.hash = ${tokenHash(token)} and t.expires_at > ${now} and s.status = 'accepted'`.execute(q);
  const [row] = rows.rows;
  return row === undefined
    ? null
    : { submissionId: row.submission_id, formId: row.form_id, locale: row.locale, used: row.used_at !== null };
}

/**
 * Uses a link, once: the submission is proven and waits to be applied with that strength. @returns false: it was used.
 */
export async function useConfirmToken(trx: Trx, token: string, now: number): Promise<boolean> {
  const used = await sql<{ submission_id: string }>`
    update form_tokens set used_at = ${now} where hash = ${tokenHash(token)} and used_at is null and expires_at > ${now}
    returning submission_id`.execute(trx);
  const [row] = used.rows;
  if (row === undefined) return false;
  await sql`update submissions set proven = 'link', proven_at = ${now}, applied_at = case when test then applied_at end
             where id = ${row.submission_id} and status = 'accepted'`.execute(trx);
  return true;
}

// Browsers that a confirmed link was opened in --------------------------------------------------------------------------

/** Who earned this cookie; null: nobody, or somebody who is not there any more. */
export async function contactOfBrowser(q: Queryable, hash: string): Promise<string | null> {
  const row = await q.selectFrom('proven_browsers').select('contact_id').where('hash', '=', hash).executeTakeFirst();
  return row?.contact_id ?? null;
}

export async function proveBrowser(trx: Trx, token: string, contactId: string, at: number): Promise<void> {
  await sql`insert into proven_browsers (hash, contact_id, at) values (${tokenHash(token)}, ${contactId}, ${at})
            on conflict (hash) do update set contact_id = excluded.contact_id, at = excluded.at`.execute(trx);
}

// A person's own preferences --------------------------------------------------------------------------------------------

/** The token of a contact's preference page, made when first asked for; it holds for ever, since it stands in mails. */
export async function preferenceToken(trx: Trx, contactId: string, at: number): Promise<string> {
  const known = await trx
    .selectFrom('preference_links')
    .select('token')
    .where('contact_id', '=', contactId)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst();
  if (known !== undefined) return known.token;
  const token = newToken();
  await trx.insertInto('preference_links').values({ token, contact_id: contactId, created_at: at }).execute();
  return token;
}

export async function contactOfPreferences(q: Queryable, token: string): Promise<string | null> {
  const row = await q.selectFrom('preference_links').select('contact_id').where('token', '=', token).executeTakeFirst();
  return row?.contact_id ?? null;
}
