import type { ColumnType, Generated } from 'kysely';
import type { FieldWrite, Hold } from '../core/decide.ts';
import type { Fields, LineKey, MappingLine, Origin, Shadow, Value } from '../core/model.ts';
import type { StoredOrigins } from '../core/origins.ts';

/**
 * The rows as TypeScript sees them; `migrations/*.sql` says what each column means. A jsonb column is read as its value
 * and written as JSON text (`json()` of `db.ts`), because the drivers disagree about arrays. Times: ms since 1970 UTC.
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Params = Readonly<Record<string, string | number>>;

export interface Tables {
  settings: SettingsTable;
  secrets: SecretsTable;
  fields: FieldsTable;
  lists: ListsTable;
  list_values: ListValuesTable;
  list_options: ListOptionsTable;
  list_spellings: ListSpellingsTable;
  companies: CompaniesTable;
  company_intents: CompanyIntentsTable;
  owners: OwnersTable;
  timeline_entries: TimelineEntriesTable;
  contacts: ContactsTable;
  contact_emails: ContactEmailsTable;
  contact_history: ContactHistoryTable;
  merged_contacts: MergedContactsTable;
  merge_proposals: MergeProposalsTable;
  score_rules: ScoreRulesTable;
  events: EventsTable;
  connections: ConnectionsTable;
  hook_subscriptions: HookSubscriptionsTable;
  hook_events: HookEventsTable;
  oauth_states: OauthStatesTable;
  authorizations: AuthorizationsTable;
  cursors: CursorsTable;
  links: LinksTable;
  directory: DirectoryTable;
  due: DueTable;
  intents: IntentsTable;
  tombstones: TombstonesTable;
  erasures: ErasuresTable;
  crm_deletions: CrmDeletionsTable;
  runs: RunsTable;
  items: ItemsTable;
  rejections: RejectionsTable;
  conflicts: ConflictsTable;
  flips: FlipsTable;
  quota_days: QuotaDaysTable;
  schema_changes: SchemaChangesTable;
  said: SaidTable;
  api_keys: ApiKeysTable;
  setup_codes: SetupCodesTable;
  audit: AuditTable;
  outbox: OutboxTable;
  notices: NoticesTable;
  idempotency: IdempotencyTable;
  imports: ImportsTable;
  import_parts: ImportPartsTable;
  import_rejects: ImportRejectsTable;
  import_contacts: ImportContactsTable;
  import_seen: ImportSeenTable;
  bulk_changes: BulkChangesTable;
  bulk_change_contacts: BulkChangeContactsTable;
  forms: FormsTable;
  form_versions: FormVersionsTable;
  form_refusals: FormRefusalsTable;
  submissions: SubmissionsTable;
  form_tokens: FormTokensTable;
  proven_browsers: ProvenBrowsersTable;
  preference_links: PreferenceLinksTable;
  consent_texts: ConsentTextsTable;
  consent_wordings: ConsentWordingsTable;
  consents: ConsentsTable;
  files: FilesTable;
  visitors: VisitorsTable;
  user: UserTable;
  session: SessionTable;
  invitations: InvitationsTable;
  access_requests: AccessRequestsTable;
  segments: SegmentsTable;
  departures: DeparturesTable;
  webhooks: WebhooksTable;
  webhook_events: WebhookEventsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  webhook_problems: WebhookProblemsTable;
}

export interface SettingsTable {
  key: string;
  value: ColumnType<Json, string, string>;
  updated_at: number;
}

export interface SecretsTable {
  owner: string;
  name: string;
  key_id: string;
  ciphertext: string;
  version: Generated<number>;
  updated_at: number;
}

export interface FieldsTable {
  key: string;
  label: string;
  type: string;
  calculated: Generated<boolean>;
  built_in: Generated<boolean>;
  list_id: string | null;
  scale: number | null;
  max_length: number | null;
  position: Generated<number>;
  created_at: number;
}

export interface ListsTable {
  id: string;
  label: string;
  show_new_values: Generated<boolean>;
  new_values_max: Generated<number>;
  created_at: number;
}

export interface ListValuesTable {
  list_id: string;
  key: string;
  label: string;
  spelling: string;
  position: Generated<number>;
  from_connection: string | null;
  from_field: string | null;
  in_forms: Generated<boolean>;
  removed_at: number | null;
}

export interface ListOptionsTable {
  connection_id: string;
  list_id: string;
  crm_field: string;
  option_id: string;
  value_key: string;
  label: string;
}

export interface ListSpellingsTable {
  list_id: string;
  spelling: string;
  label: string;
  value_key: string;
}

export interface CompaniesTable {
  connection_id: string;
  crm_id: string;
  name: string;
  name_key: string;
  gone_at: number | null;
  seen_at: number;
}

export interface CompanyIntentsTable {
  connection_id: string;
  name_key: string;
  name: string;
  not_before: Generated<number>;
  tries: Generated<number>;
  created_at: number;
}

export interface TimelineEntriesTable {
  connection_id: string;
  key: string;
  contact_id: string;
  event_id: string;
  at: number;
  state: Generated<string>;
  kind: string | null;
  record_id: string | null;
  crm_id: string | null;
  fault: ColumnType<Json | null, string | null | undefined, string | null>;
  tries: Generated<number>;
  not_before: Generated<number>;
  announced_at: number | null;
  stored_at: number | null;
  created_at: number;
}

export interface OwnersTable {
  connection_id: string;
  crm_id: string;
  name: string;
  email: string | null;
  active: boolean;
  seen_at: number;
}

export interface ContactsTable {
  id: string;
  email: string;
  email_key: string;
  fields: ColumnType<Fields, string | undefined, string>;
  origins: ColumnType<StoredOrigins, string | undefined, string>;
  score: Generated<number>;
  /** Of events that are no longer kept. */
  carried_points: Generated<number>;
  opt_out_lifted_at: number | null;
  archived_at: number | null;
  version: Generated<number>;
  created_at: number;
  updated_at: number;
}

export interface ContactEmailsTable {
  contact_id: string;
  email_key: string;
}

export interface ContactHistoryTable {
  id: Generated<number>;
  contact_id: string;
  field: string;
  from: ColumnType<Value | null, string | null | undefined, string | null>;
  to: ColumnType<Value | null, string | null | undefined, string | null>;
  origin: ColumnType<Origin, string, string>;
  from_origin: ColumnType<Origin | null, string | null | undefined, string | null>;
  at: number;
}

export interface MergedContactsTable {
  from_id: string;
  to_id: string;
  at: number;
}

export interface MergeProposalsTable {
  contact_a: string;
  contact_b: string;
  why: string;
  connection_id: string | null;
  crm_id: string | null;
  found_at: number;
  declined_at: number | null;
  declined_by: string | null;
}

export interface ScoreRulesTable {
  id: string;
  name: string;
  on_event: string | null;
  condition: ColumnType<Json | null, string | null | undefined, string | null>;
  points: number;
  enabled: Generated<boolean>;
  built_in: Generated<boolean>;
  position: Generated<number>;
  updated_at: number;
}

export interface EventsTable {
  id: string;
  contact_id: string | null;
  visitor: string | null;
  type: string;
  data: ColumnType<Json, string | undefined, string>;
  points: Generated<number>;
  rule_id: string | null;
  at: number;
  received_at: number;
}

export interface ConnectionsTable {
  id: string;
  name: string;
  crm: string;
  enabled: Generated<boolean>;
  settings: ColumnType<Json, string, string>;
  mappings: ColumnType<readonly MappingLine[], string | undefined, string>;
  credential_method: string | null;
  settings_version: Generated<number>;
  account_id: string | null;
  account: ColumnType<Json | null, string | null | undefined, string | null>;
  account_checked_at: number | null;
  owners_read_at: number | null;
  schema: ColumnType<Json | null, string | null | undefined, string | null>;
  schema_version: string | null;
  schema_checked_at: number | null;
  paused_reason: string | null;
  paused_detail: ColumnType<Json | null, string | null | undefined, string | null>;
  paused_at: number | null;
  last_error: ColumnType<Json | null, string | null | undefined, string | null>;
  failing_since: number | null;
  next_due_at: number | null;
  requested: ColumnType<Json, string | undefined, string>;
  lease_number: Generated<number>;
  lease_owner: string | null;
  lease_until: number | null;
  skew_ms: Generated<number>;
  written_by: Generated<string>;
  first_run_approved: Generated<boolean>;
  backlog: ColumnType<Json | null, string | null | undefined, string | null>;
  link_address: string | null;
  stale_links: ColumnType<Json | null, string | null | undefined, string | null>;
  checked: ColumnType<Json | null, string | null | undefined, string | null>;
  check_due_at: number | null;
  timeline_since: number | null;
  /** R38: the undo for which the schedule waits. */
  held_by_undo: string | null;
  timeline_problem: ColumnType<Params | null, string | null | undefined, string | null>;
  disconnected_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface HookSubscriptionsTable {
  connection_id: string;
  path_hash: Generated<string>;
  state: Generated<string>;
  vendor: ColumnType<Json | null, string | null, string | null>;
  error: ColumnType<Params | null, string | null, string | null>;
  settings_version: number | null;
  next_at: Generated<number>;
  last_event_at: number | null;
  updated_at: number;
}

export interface HookEventsTable {
  connection_id: string;
  event: string;
  at: number;
}

export interface OauthStatesTable {
  hash: string;
  connection_id: string;
  person: string;
  redirect_uri: string;
  verifier: string;
  created_at: number;
  expires_at: number;
}

export interface AuthorizationsTable {
  connection_id: string;
  authorized_at: number;
  authorized_by: string;
  refused_at: number | null;
  refused_code: string | null;
}

export interface CursorsTable {
  connection_id: string;
  feed: string;
  mode: string;
  cursor: string | null;
  done: Generated<boolean>;
  version: Generated<number>;
  started_at: number | null;
  updated_at: number;
}

export interface LinksTable {
  id: string;
  connection_id: string;
  contact_id: string | null;
  kind: string;
  crm_id: string;
  former_ids: Generated<readonly string[]>;
  role: Generated<string>;
  state: Generated<string>;
  state_since: number | null;
  state_why: string | null;
  shadow: ColumnType<Shadow, string | undefined, string>;
  shadow_version: Generated<number>;
  holds: ColumnType<Readonly<Record<LineKey, Hold>>, string | undefined, string>;
  crm_version: string | null;
  crm_modified_at: number | null;
  crm_url: string | null;
  owner: string | null;
  last_synced_at: number | null;
  calculated_sent_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface DirectoryTable {
  connection_id: string;
  crm_id: string;
  kind: string;
  emails: Generated<readonly string[]>;
  link_back: string | null;
  converted_to: string | null;
  name: string | null;
  modified_at: number | null;
  gone_at: number | null;
  seen_at: number;
  filtered: string | null;
  company_id: string | null;
  /** The run that last read it, and what became of it there (R43). */
  seen_run: string | null;
  seen_outcome: string | null;
  /** R38: not made again until it is changed after this. */
  undone_at: number | null;
}

export interface DueTable {
  connection_id: string;
  side: string;
  subject: string;
  reason: string;
  version: Generated<number>;
  not_before: Generated<number>;
  express: Generated<boolean>;
  tries: Generated<number>;
  mode: Generated<string>;
  /** A run towards the CRM that has looked at it, and which version of it; a null version: it waits for the run's end. */
  seen_by: string | null;
  seen_version: number | null;
  kind: string | null;
  backlog: string | null;
  created_at: number;
}

export interface IntentsTable {
  id: string;
  connection_id: string;
  run_id: string;
  contact_id: string;
  link_id: string | null;
  crm_id: string | null;
  kind: string;
  op: string;
  email_key: string;
  fields: ColumnType<Fields, string, string>;
  writes: ColumnType<readonly FieldWrite[], string, string>;
  shadow_version: number | null;
  due_version: number | null;
  state: Generated<string>;
  ticket: string | null;
  tries: Generated<number>;
  not_before: Generated<number>;
  created_at: number;
}

export interface TombstonesTable {
  id: Generated<number>;
  connection_id: string | null;
  crm_id: string | null;
  email_key: string | null;
  contact_id: string | null;
  at: number;
}

export interface ErasuresTable {
  hash: string;
  at: number;
  deletes: boolean | null;
  lifted_at: number | null;
}

export interface CrmDeletionsTable {
  id: Generated<number>;
  connection_id: string;
  account_id: string | null;
  kind: string;
  crm_id: string | null;
  crm_url: string | null;
  made_for: string | null;
  hashes: readonly string[];
  asked_by: string;
  asked_at: number;
  state: Generated<string>;
  why: string | null;
  answer: ColumnType<Params | null, string | null | undefined, string | null>;
  tries: Generated<number>;
  not_before: Generated<number>;
  last_at: number | null;
}

export interface RunsTable {
  id: string;
  connection_id: string;
  connection_name: string;
  direction: string;
  trigger: string;
  mode: string;
  dry_run: Generated<boolean>;
  status: string;
  paused_reason: string | null;
  batch: string;
  report_id: string | null;
  counts: ColumnType<Json, string | undefined, string>;
  /** How often the CRM asked to slow down, and how long the run waited for it. */
  slowed: Generated<number>;
  waited_ms: Generated<number>;
  api_calls: Generated<number>;
  calls_needed: number | null;
  emails: ColumnType<Json | null, string | null | undefined, string | null>;
  progress: ColumnType<Json | null, string | null | undefined, string | null>;
  error: ColumnType<Json | null, string | null | undefined, string | null>;
  plan: ColumnType<Json | null, string | null | undefined, string | null>;
  settings_version: number | null;
  lease_number: number | null;
  guard: ColumnType<Json | null, string | null | undefined, string | null>;
  approval: ColumnType<Json | null, string | null | undefined, string | null>;
  parity: ColumnType<Json | null, string | null | undefined, string | null>;
  undo: ColumnType<Json | null, string | null | undefined, string | null>;
  lines: ColumnType<readonly LineKey[] | null, string | null | undefined, string | null>;
  suspended: ColumnType<Json, string | undefined, string>;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  expires_at: number | null;
}

export interface ItemsTable {
  id: Generated<number>;
  run_id: string;
  connection_id: string;
  contact_id: string | null;
  email: string | null;
  name: string | null;
  kind: string;
  crm_id: string | null;
  crm_url: string | null;
  outcome: string;
  reason: string | null;
  params: ColumnType<Params | null, string | null | undefined, string | null>;
  changes: ColumnType<Json, string | undefined, string>;
  conflicts: Generated<number>;
  at: number;
}

export interface RejectionsTable {
  id: string;
  connection_id: string;
  direction: string;
  contact_id: string | null;
  crm_id: string | null;
  email: string | null;
  name: string | null;
  kind: string | null;
  line: Generated<string>;
  field: string | null;
  reason: string;
  params: ColumnType<Params, string | undefined, string>;
  fingerprint: string;
  run_id: string | null;
  first_at: number;
  last_at: number;
  tries: Generated<number>;
  resolved_at: number | null;
}

export interface ConflictsTable {
  id: string;
  connection_id: string;
  link_id: string | null;
  contact_id: string | null;
  line: string;
  hub_field: string;
  crm_field: string;
  hub_value: ColumnType<Value | null, string | null | undefined, string | null>;
  crm_value: ColumnType<Value | null, string | null | undefined, string | null>;
  hub_at: number | null;
  crm_at: number | null;
  winner: string | null;
  why: string;
  status: string;
  resolution: ColumnType<Json | null, string | null | undefined, string | null>;
  run_id: string | null;
  at: number;
  closed_at: number | null;
}

export interface FlipsTable {
  link_id: string;
  line: string;
  side: Generated<string>;
  at: number;
}

export interface QuotaDaysTable {
  account: string;
  day: string;
  used: Generated<number>;
  reserved: Generated<number>;
  vendor_limit: number | null;
  vendor_remaining: number | null;
  observed_at: number | null;
}

export interface SchemaChangesTable {
  id: string;
  connection_id: string;
  kind: string;
  field: string;
  label: string;
  what: string;
  detail: ColumnType<Json, string | undefined, string>;
  at: number;
  closed_at: number | null;
  closed_how: string | null;
}

export interface SaidTable {
  connection_id: string;
  topic: string;
  at: number;
}

export interface ApiKeysTable {
  id: string;
  name: string;
  role: string | null;
  scopes: ColumnType<Json | null, string | null | undefined, string | null>;
  prefix: string;
  hash: string;
  created_by: string | null;
  created_at: number;
  last_used_at: number | null;
  expires_at: number | null;
  revoked_at: number | null;
}

export interface SetupCodesTable {
  hash: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export interface AuditTable {
  id: Generated<number>;
  at: number;
  actor: string;
  action: string;
  subject: string | null;
  detail: ColumnType<Json, string | undefined, string>;
}

export interface OutboxTable {
  id: string;
  kind: string;
  recipient: string;
  subject: string;
  html: string | null;
  text: string;
  status: Generated<string>;
  tries: Generated<number>;
  not_before: Generated<number>;
  error: string | null;
  created_at: number;
  sent_at: number | null;
  taken_until: number | null;
  resent_at: number | null;
}

export interface NoticesTable {
  connection_id: string;
  mode: string;
  since: number;
  gathered_at: Generated<number>;
  digest_day: string | null;
  problem: string | null;
  problem_at: number | null;
}

export interface IdempotencyTable {
  key: string;
  actor: string;
  request_hash: string;
  status: number | null;
  body: ColumnType<Json | null, string | null | undefined, string | null>;
  at: number;
}

export interface ImportsTable {
  id: string;
  name: string;
  size: Generated<number>;
  status: string;
  settings: ColumnType<Json, string | undefined, string>;
  counts: ColumnType<Json, string | undefined, string>;
  forecast: ColumnType<Json | null, string | null | undefined, string | null>;
  undone: ColumnType<Json | null, string | null | undefined, string | null>;
  error: ColumnType<Json | null, string | null | undefined, string | null>;
  position: Generated<number>;
  total: number | null;
  lease_number: Generated<number>;
  lease_owner: string | null;
  lease_until: number | null;
  created_by: string | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
}

export interface ImportPartsTable {
  import_id: string;
  part: number;
  content: string;
}

export interface ImportRejectsTable {
  import_id: string;
  line: number;
  cells: ColumnType<Json, string, string>;
  problems: ColumnType<Json, string, string>;
}

export interface ImportContactsTable {
  import_id: string;
  contact_id: string;
  created: boolean;
}

export interface ImportSeenTable {
  import_id: string;
  email_key: string;
}

export interface BulkChangesTable {
  id: string;
  action: string;
  field: string | null;
  value: ColumnType<Json | null, string | null | undefined, string | null>;
  status: string;
  total: number;
  changed: Generated<number>;
  refused: Generated<number>;
  problem: ColumnType<Json | null, string | null | undefined, string | null>;
  lease_number: Generated<number>;
  lease_until: number | null;
  lease_owner: string | null;
  by_kind: string;
  created_by: string;
  created_at: number;
  ended_at: number | null;
}

export interface BulkChangeContactsTable {
  change_id: string;
  contact_id: string;
}

export interface FormsTable {
  id: string;
  name: string;
  enabled: Generated<boolean>;
  definition: ColumnType<Json, string, string>;
  key: string;
  version: Generated<number>;
  deleted_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface FormVersionsTable {
  form_id: string;
  version: number;
  definition: ColumnType<Json, string, string>;
  saved_by: string;
  at: number;
}

export interface FormRefusalsTable {
  form_id: string;
  reason: string;
  detail: string;
  count: Generated<number>;
  first_at: number;
  last_at: number;
}

export interface SubmissionsTable {
  id: string;
  form_id: string;
  form_version: number;
  status: string;
  reasons: Generated<readonly string[]>;
  test: Generated<boolean>;
  email: string;
  email_key: string;
  fields: ColumnType<Fields, string | undefined, string>;
  consents: ColumnType<Json, string | undefined, string>;
  said: ColumnType<Fields, string | undefined, string>;
  contact_id: string | null;
  created_contact: Generated<boolean>;
  proven: string | null;
  proven_at: number | null;
  visitor: string | null;
  network: string | null;
  browser: string | null;
  stamp: string | null;
  digest: string | null;
  page: string | null;
  touch: ColumnType<Json | null, string | null | undefined, string | null>;
  locale: string;
  applied_at: number | null;
  decided_at: number | null;
  decided_by: string | null;
  at: number;
}

export interface FormTokensTable {
  hash: string;
  submission_id: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export interface ProvenBrowsersTable {
  hash: string;
  contact_id: string;
  at: number;
}

export interface PreferenceLinksTable {
  token: string;
  contact_id: string;
  created_at: number;
}

export interface ConsentTextsTable {
  id: string;
  name: string;
  purpose: string;
  mail: Generated<boolean>;
  version: Generated<number>;
  deleted_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface ConsentWordingsTable {
  text_id: string;
  version: number;
  words: ColumnType<Readonly<Record<string, string>>, string, string>;
  saved_by: string;
  at: number;
}

export interface ConsentsTable {
  id: Generated<number>;
  contact_id: string;
  purpose: string;
  given: boolean;
  at: number;
  how: string;
  source: string | null;
  source_version: number | null;
  text_id: string | null;
  text_version: number | null;
  words: string | null;
  language: string | null;
  proven: Generated<boolean>;
  ground: string | null;
  submission_id: string | null;
  /** Where a CRM said it: connection's CRM, field, value, record. */
  evidence: ColumnType<Json | null, string | null | undefined, string | null>;
}

export interface VisitorsTable {
  id: string;
  contact_id: string | null;
  first_touch: ColumnType<Json | null, string | null | undefined, string | null>;
  last_touch: ColumnType<Json | null, string | null | undefined, string | null>;
  visits: Generated<number>;
  visit_id: string | null;
  first_at: number;
  seen_at: number;
}

export interface FilesTable {
  id: string;
  name: string;
  type: string;
  size: number;
  downloads: Generated<number>;
  deleted_at: number | null;
  created_by: string;
  created_at: number;
}

/** better-auth's tables; only what we read ourselves. */
export interface UserTable {
  id: string;
  name: string;
  email: string;
  role: string;
  locale: string | null;
  timeZone: string | null;
  deactivatedAt: number | null;
  previousSignInAt: number | null;
  lastSignInAt: number | null;
  twoFactorEnabled: Generated<boolean>;
}

export interface SessionTable {
  ipAddress: string | null;
  userAgent: string | null;
  id: string;
  userId: string;
  token: string;
  createdAt: Date;
  expiresAt: Date;
}

export interface InvitationsTable {
  id: string;
  hash: string;
  email: string;
  role: string;
  invited_by: string;
  created_at: number;
  expires_at: number;
  accepted_at: number | null;
}

export interface AccessRequestsTable {
  id: string;
  email: string;
  note: Generated<string>;
  locale: Generated<string>;
  address: string | null;
  created_at: number;
  decided_at: number | null;
}

export interface SegmentsTable {
  id: string;
  name: string;
  filter: ColumnType<Json, string, string>;
  created_by: string;
  created_at: number;
  updated_at: number;
}

export interface WebhooksTable {
  id: string;
  name: Generated<string>;
  url: string;
  types: readonly string[];
  minimum_score: number | null;
  secret: string;
  previous_secret: string | null;
  previous_until: number | null;
  enabled: Generated<boolean>;
  ended_at: number | null;
  ended_why: string | null;
  failures: Generated<number>;
  retry_at: Generated<number>;
  created_by: string;
  created_at: number;
  updated_at: number;
}

export interface WebhookEventsTable {
  id: string;
  type: string;
  contact_id: string | null;
  changed: Generated<readonly string[]>;
  data: ColumnType<Json, string, string>;
  at: number;
  /** When we took it, whatever its own time. */
  accepted_at: Generated<number>;
  body: string | null;
  fanned_at: number | null;
}

export interface WebhookDeliveriesTable {
  id: string;
  webhook_id: string;
  event_id: string;
  status: Generated<string>;
  tries: Generated<number>;
  not_before: Generated<number>;
  taken_until: number | null;
  resent_at: number | null;
  answer: number | null;
  answer_text: string | null;
  error: string | null;
  created_at: number;
  delivered_at: number | null;
}

export interface WebhookProblemsTable {
  connection_id: string;
  problem: string | null;
  since: number | null;
}

export interface DeparturesTable {
  id: string;
  why: string;
  into_id: string | null;
  at: number;
  changed_in: Generated<number>;
}
