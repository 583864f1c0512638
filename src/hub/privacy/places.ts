import { type RawBuilder, sql } from 'kysely';
import { isContact, isEmail, isLink, isRecord, names, type PersonKeys } from './person.ts';

/** One table, as far as people are concerned: `docs/privacy.md` is this list for readers, and a test holds them together. */
export interface Place {
  readonly table: string;
  /** What of a person stands there; null: nothing. */
  readonly holds: string | null;
  /** What erasing does; `with` a parent: the database deletes it with its contact. */
  readonly erasing: 'deleted' | 'emptied' | 'with the contact' | 'stays';
  /** The statements of erasing, in the order of this list. */
  readonly erase?: (person: PersonKeys) => RawBuilder<unknown>;
  /** Rows of the person's own export, as one jsonb each. */
  readonly rows?: (person: PersonKeys) => RawBuilder<{ row: unknown }>;
}

const where = (table: string, condition: (person: PersonKeys) => RawBuilder<boolean>) => ({
  erase: (person: PersonKeys) => sql`delete from ${sql.ref(table)} where ${condition(person)}`,
});
const rowsOf = (table: string, condition: (person: PersonKeys) => RawBuilder<boolean>) => ({
  rows: (person: PersonKeys) =>
    sql<{ row: unknown }>`select to_jsonb(t) as row from ${sql.ref(table)} t where ${condition(person)}`,
});
const either = (...conditions: RawBuilder<boolean>[]): RawBuilder<boolean> => sql`(${sql.join(conditions, sql` or `)})`;
const nothing = (...tables: string[]): Place[] => tables.map((table) => ({ table, holds: null, erasing: 'stays' }));
const withContact = (table: string, holds: string, exported = true): Place => ({
  table,
  holds,
  erasing: 'with the contact',
  ...(exported ? rowsOf(table, (person) => isContact('contact_id', person)) : {}),
});

const aboutItem = (person: PersonKeys): RawBuilder<boolean> =>
  either(isContact('contact_id', person), isEmail('email', person), isRecord('crm_id', person));
const aboutConflict = (person: PersonKeys): RawBuilder<boolean> =>
  either(isContact('contact_id', person), isLink('link_id', person));
const aboutSubmission = (person: PersonKeys): RawBuilder<boolean> =>
  either(isContact('contact_id', person), isEmail('email_key', person));

export const PLACES: readonly Place[] = [
  {
    table: 'submissions',
    holds: 'what they entered in a form, held ones too',
    erasing: 'deleted',
    ...where('submissions', aboutSubmission),
    ...rowsOf('submissions', aboutSubmission),
  },
  { table: 'form_tokens', holds: 'hashes of confirmation links', erasing: 'with the contact' },
  {
    table: 'events',
    holds: 'visits, downloads, forms',
    erasing: 'deleted',
    ...where('events', (person) => isContact('contact_id', person)),
    ...rowsOf('events', (person) => isContact('contact_id', person)),
  },
  {
    table: 'items',
    holds: 'what a run did with them: address, name, values before and after',
    erasing: 'emptied',
    erase: (person) =>
      sql`update items set contact_id = null, email = null, name = null, crm_id = null, crm_url = null, params = null, changes = '[]'
           where ${aboutItem(person)}`,
    ...rowsOf('items', aboutItem),
  },
  {
    table: 'runs',
    holds: 'addresses of a run that was asked for single people',
    erasing: 'emptied',
    erase: (person) =>
      sql`update runs set emails = (select coalesce(jsonb_agg(e), '[]') from jsonb_array_elements_text(emails) e where e <> all(${person.emailKeys as string[]}::text[])),
                          progress = null
           where jsonb_typeof(emails) = 'array' and emails ?| ${person.emailKeys as string[]}::text[]`,
  },
  {
    table: 'rejections',
    holds: 'values that one side did not take',
    erasing: 'deleted',
    ...where('rejections', aboutItem),
    ...rowsOf('rejections', aboutItem),
  },
  {
    table: 'conflicts',
    holds: 'both values of a conflict',
    erasing: 'deleted',
    ...where('conflicts', aboutConflict),
    ...rowsOf('conflicts', aboutConflict),
  },
  {
    table: 'flips',
    holds: 'when their fields changed to and fro',
    erasing: 'deleted',
    ...where('flips', (person) => isLink('link_id', person)),
  },
  {
    table: 'due',
    holds: 'that something is owed to them',
    erasing: 'deleted',
    ...where('due', (person) => either(isContact('subject', person), isRecord('subject', person))),
  },
  {
    table: 'intents',
    holds: 'values on their way to a CRM',
    erasing: 'deleted',
    ...where('intents', (person) => isContact('contact_id', person)),
  },
  {
    table: 'directory',
    holds: 'name and addresses of their records in the CRMs',
    erasing: 'deleted',
    ...where('directory', (person) =>
      either(
        isRecord('crm_id', person),
        isContact('link_back', person),
        sql`emails && ${person.emailKeys as string[]}::text[]`,
      ),
    ),
  },
  {
    table: 'tombstones',
    holds: 'ids and addresses that are not imported again',
    erasing: 'deleted',
    ...where('tombstones', (person) =>
      either(isContact('contact_id', person), isEmail('email_key', person), isRecord('crm_id', person)),
    ),
  },
  {
    table: 'outbox',
    holds: 'mails to them, and reports that name them',
    erasing: 'deleted',
    ...where('outbox', (person) =>
      either(isEmail('recipient', person), names(sql`subject || ' ' || text || ' ' || coalesce(html, '')`, person)),
    ),
    ...rowsOf('outbox', (person) => isEmail('recipient', person)),
  },
  {
    table: 'webhook_events',
    holds: 'what webhooks tell about them; then of the erased contact its id alone',
    erasing: 'deleted',
    ...where(
      'webhook_events',
      (person) =>
        sql`type <> 'contact.erased' and ${either(isContact('contact_id', person), names(sql`coalesce(body, '')`, person))}`,
    ),
    ...rowsOf('webhook_events', (person) => isContact('contact_id', person)),
  },
  { table: 'webhook_deliveries', holds: 'what receivers answered', erasing: 'with the contact' },
  {
    table: 'idempotency',
    holds: 'answers of the API, kept a day',
    erasing: 'deleted',
    ...where('idempotency', (person) => names(sql`coalesce(body::text, '')`, person)),
  },
  {
    table: 'import_parts',
    holds: 'lists that wait to be imported, as files: dropped when the import ends, at the latest after a week',
    erasing: 'deleted',
    // A file cannot be read without them any more; whoever brought it in is told.
    erase: (person) =>
      sql`with hit as (select distinct import_id as id from import_parts where ${names(sql`content`, person)}),
               gone as (delete from import_parts p using hit where p.import_id = hit.id)
          update imports i set lease_number = i.lease_number + 1, lease_until = null, error = '{"code": "import_file_gone", "params": {}}',
                 status = case i.status when 'running' then 'failed' when 'counting' then 'draft' else i.status end
            from hit where i.id = hit.id`,
  },
  {
    table: 'import_rejects',
    holds: 'rows of a list that were refused',
    erasing: 'deleted',
    ...where('import_rejects', (person) => names(sql`cells::text`, person)),
    rows: (person) => sql`select cells as row from import_rejects where ${names(sql`cells::text`, person)}`,
  },
  {
    table: 'import_contacts',
    holds: 'that a list made or changed them',
    erasing: 'deleted',
    ...where('import_contacts', (person) => isContact('contact_id', person)),
  },
  {
    table: 'bulk_change_contacts',
    holds: 'that a change of many contacts is still to reach them',
    erasing: 'deleted',
    ...where('bulk_change_contacts', (person) => isContact('contact_id', person)),
  },
  {
    table: 'import_seen',
    holds: 'addresses of a list, only while it is counted',
    erasing: 'deleted',
    ...where('import_seen', (person) => isEmail('email_key', person)),
  },
  {
    table: 'audit',
    holds: 'the id of a contact that somebody changed',
    erasing: 'emptied',
    erase: (person) => sql`update audit set subject = null where ${isContact('subject', person)}`,
  },
  {
    table: 'links',
    holds: 'which CRM records are theirs, and the values both sides agreed on',
    erasing: 'deleted',
    ...where('links', (person) => isContact('contact_id', person)),
    ...rowsOf('links', (person) => isContact('contact_id', person)),
  },
  {
    table: 'merged_contacts',
    holds: 'ids of contacts merged into theirs',
    erasing: 'deleted',
    ...where('merged_contacts', (person) => isContact('to_id', person)),
  },
  {
    table: 'merge_proposals',
    holds: 'that they and another contact seem to be one person, or were said not to be',
    erasing: 'with the contact',
    ...rowsOf('merge_proposals', (person) => either(isContact('contact_a', person), isContact('contact_b', person))),
  },
  withContact('contact_emails', 'further addresses'),
  withContact('contact_history', 'every value they had, who set it, when'),
  withContact('consents', 'what they agreed to or withdrew, with the words shown'),
  withContact('proven_browsers', 'hashes of cookies earned by a confirmed link', false),
  withContact('preference_links', 'the address of their preference page', false),
  withContact('timeline_entries', 'which of their forms and downloads stand on their records in the CRMs'),
  withContact('visitors', 'browsers that are theirs, and where they first and last came from'),
  {
    table: 'contacts',
    holds: 'the contact itself',
    erasing: 'deleted',
    ...where('contacts', (person) => isContact('id', person)),
    ...rowsOf('contacts', (person) => isContact('id', person)),
  },
  {
    table: 'departures',
    holds: 'the id, nothing else, of a contact that is no more: for programs that follow, 90 days',
    erasing: 'stays',
  },
  { table: 'erasures', holds: 'keyed hashes of addresses and CRM ids of erased people', erasing: 'stays' },
  {
    table: 'crm_deletions',
    holds: 'ids and addresses of records that wait to be deleted in their CRM, with keyed hashes; gone with its answer',
    erasing: 'stays',
  },
  ...nothing(
    'imports',
    // One value for many, until the change has ended.
    'bulk_changes',
    'settings',
    'secrets',
    'fields',
    'lists',
    'list_values',
    'list_options',
    'list_spellings',
    'score_rules',
    'connections',
    'cursors',
    'quota_days',
    'schema_changes',
    'said',
    'notices',
    'hook_subscriptions',
    'hook_events',
    'segments',
    'webhooks',
    'webhook_problems',
    'companies',
    'company_intents',
    'owners',
    'oauth_states',
    'authorizations',
    'forms',
    'form_versions',
    'form_refusals',
    'consent_texts',
    'consent_wordings',
    'files',
    'files_parts',
    // People who sign in are not contacts; an administrator deactivates them.
    'user',
    'session',
    'account',
    'verification',
    'twoFactor',
    'invitations',
    'access_requests',
    'api_keys',
    'setup_codes',
  ),
];
