import { sql } from 'kysely';
import { consentField } from '../../core/form.ts';
import type { Queryable, Trx } from '../../store/db.ts';

/** Where a CRM said it (R8a): the field and its value as people read it, the record, and its date there. */
export interface ConsentEvidence {
  readonly crm: string;
  readonly field: string;
  readonly label: string;
  readonly value: string;
  readonly crmId: string;
  readonly crmUrl: string | null;
  /** When the record was changed there, ms; null: not told. */
  readonly crmAt: number | null;
}

/** One record: something was agreed to or taken back (R8a). */
export interface ConsentRecord {
  readonly contactId: string;
  readonly purpose: string;
  readonly given: boolean;
  readonly at: number;
  readonly how: 'form' | 'import' | 'person' | 'crm' | 'preferences';
  /** Form, import, user or connection. */
  readonly source: string | null;
  readonly sourceVersion: number | null;
  readonly textId: string | null;
  readonly textVersion: number | null;
  /** The very words shown. */
  readonly words: string | null;
  readonly language: string | null;
  readonly proven: boolean;
  /** What an import says for itself. */
  readonly ground: string | null;
  readonly submissionId: string | null;
  readonly evidence?: ConsentEvidence | undefined;
}

/** Of a record that no text was shown for, said by somebody else than the person. */
export const WITHOUT_WORDS = {
  sourceVersion: null,
  textId: null,
  textVersion: null,
  words: null,
  language: null,
  proven: false,
  ground: null,
  submissionId: null,
} as const;

/** Writes records by one statement. The same box of the same submission stays one record, which may become proven. */
export async function recordConsents(trx: Trx, records: readonly ConsentRecord[]): Promise<void> {
  if (records.length === 0) return;
  await sql`
    insert into consents (contact_id, purpose, given, at, how, source, source_version, text_id, text_version, words, language, proven, ground, submission_id, evidence)
    select "contactId", purpose, given, at, how, source, "sourceVersion", "textId", "textVersion", words, language, proven, ground, "submissionId", evidence
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as n("contactId" text, purpose text, given boolean, at bigint, how text, source text,
           "sourceVersion" bigint, "textId" text, "textVersion" bigint, words text, language text, proven boolean, ground text, "submissionId" text, evidence jsonb)
    on conflict (submission_id, purpose) where submission_id is not null do update set proven = consents.proven or excluded.proven`.execute(
    trx,
  );
}

/** What the field `consent` of these contacts says by their records; those without any are left out. */
export async function consentFields(
  q: Queryable,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  if (contactIds.length === 0) return new Map();
  const rows = await sql<{ contact_id: string; purpose: string; given: boolean; at: number }>`
    select distinct on (contact_id, purpose) contact_id, purpose, given, at from consents
     where contact_id = any(${contactIds as string[]}::text[]) order by contact_id, purpose, at desc, id desc`.execute(
    q,
  );
  const byContact = new Map<string, { purpose: string; given: boolean; at: number }[]>();
  for (const row of rows.rows) byContact.set(row.contact_id, [...(byContact.get(row.contact_id) ?? []), row]);
  return new Map([...byContact].map(([id, records]) => [id, consentField(records)]));
}

/** Every record of one contact, the newest first. */
export async function listConsents(q: Queryable, contactId: string) {
  return q
    .selectFrom('consents')
    .selectAll()
    .where('contact_id', '=', contactId)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .execute();
}
