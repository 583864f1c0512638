/** Fields of Pipedrive's own that answers leave out unless they are asked for: `include_fields` of the vendor's OpenAPI file. */
const OPTIONAL: ReadonlySet<string> = new Set([
  'next_activity_id',
  'last_activity_id',
  'open_deals_count',
  'related_open_deals_count',
  'closed_deals_count',
  'related_closed_deals_count',
  'participant_open_deals_count',
  'participant_closed_deals_count',
  'email_messages_count',
  'activities_count',
  'done_activities_count',
  'undone_activities_count',
  'files_count',
  'notes_count',
  'followers_count',
  'won_deals_count',
  'related_won_deals_count',
  'lost_deals_count',
  'related_lost_deals_count',
  'last_incoming_mail_time',
  'last_outgoing_mail_time',
  'marketing_status',
  'doi_status',
  'smart_bcc_email',
]);

/** What `include_fields` has to name so that these fields come. */
export const optionalAmong = (wanted: readonly string[]): readonly string[] =>
  wanted.map((key) => (key === 'unsubscribed' ? 'marketing_status' : key)).filter((key) => OPTIONAL.has(key));
