-- The foundation. PostgreSQL 15 dialect, the same on PGlite. Times are ms since 1970 UTC in bigint columns, given by our
-- clock (never now()). Ids that people see are text, made by platform/ids.ts; surrogate ids of rows that only we see are
-- bigint identity. Values of fields are jsonb in the form of core/model.ts.

-- Instance -----------------------------------------------------------------------------------------------------------
create table settings (key text primary key, value jsonb not null, updated_at bigint not null);

create table secrets (
  owner text not null,              -- e.g. connection:<id>
  name text not null,               -- e.g. accessToken
  key_id text not null,             -- which key encrypted it
  ciphertext text not null,         -- AES-256-GCM, associated data: table, owner, name
  version bigint not null default 1,
  updated_at bigint not null,
  primary key (owner, name)
);

-- Hub: fields, lists, contacts ---------------------------------------------------------------------------------------
create table fields (
  key text primary key, label text not null, type text not null, calculated boolean not null default false,
  built_in boolean not null default false, list_id text, scale int, max_length int, position int not null default 0,
  created_at bigint not null
);

create table lists (id text primary key, label text not null, show_new_values boolean not null default false, created_at bigint not null);
create table list_values (
  list_id text not null references lists(id) on delete cascade,
  key text not null,                -- stable id: what contacts hold
  label text not null,
  spelling text not null,           -- folded label: CEO, `ceo ` and Ceo are one value (R21)
  position int not null default 0,
  from_connection text,             -- came from a CRM
  in_forms boolean not null default false,
  removed_at bigint,                -- remembered, not added again
  primary key (list_id, key)
);
create unique index list_values_spelling on list_values (list_id, spelling);
create table list_options (          -- per connection the CRM's option id is the key (R21)
  connection_id text not null, crm_field text not null, option_id text not null, list_id text not null, value_key text not null,
  primary key (connection_id, crm_field, option_id)
);

create table contacts (
  id text primary key,
  email text not null,              -- as shown
  email_key text not null,          -- normalised (R10)
  fields jsonb not null default '{}',
  origins jsonb not null default '{}',   -- per field: who, when, by which rule (R4, R39)
  score int not null default 0,
  opt_out_lifted_at bigint,
  archived_at bigint,
  version bigint not null default 1,
  created_at bigint not null, updated_at bigint not null,
  constraint contacts_email unique (email_key) deferrable initially deferred   -- R10b: e-mails change hands in one transaction
);
create index contacts_updated on contacts (updated_at, id);
create index contacts_score on contacts (score);
create table contact_emails (        -- further addresses, found by R13
  contact_id text not null references contacts(id) on delete cascade, email_key text not null, primary key (email_key, contact_id)
);
create table contact_history (       -- "who set this, when, by which rule, what it replaced"; kept as long as the contact
  id bigint generated always as identity primary key,
  contact_id text not null references contacts(id) on delete cascade,
  field text not null, "from" jsonb, "to" jsonb,
  origin jsonb not null,            -- of the new value
  from_origin jsonb,                -- of the value it replaced; a first value has no row, its origin stands in contacts.origins
  at bigint not null
);
create index contact_history_contact on contact_history (contact_id, at);
create table merged_contacts (from_id text primary key, to_id text not null, at bigint not null);

create table score_rules (
  id text primary key, name text not null, on_event text, condition jsonb, points int not null, enabled boolean not null default true,
  built_in boolean not null default false, position int not null default 0, updated_at bigint not null
);
create table events (                 -- partitioned by month of `at`
  id text not null, contact_id text, visitor text, type text not null, data jsonb not null default '{}', points int not null default 0,
  rule_id text, at bigint not null, received_at bigint not null, primary key (at, id)
) partition by range (at);
create index events_contact on events (contact_id, at);

-- Connections --------------------------------------------------------------------------------------------------------
create table connections (
  id text primary key,
  name text not null unique,
  crm text not null,
  enabled boolean not null default false,
  settings jsonb not null,           -- surface.md, without credentials and mappings
  mappings jsonb not null default '[]',
  credential_method text,
  settings_version bigint not null default 1,   -- raised by every save; compare-and-set
  account_id text,                   -- R40
  account jsonb,
  account_checked_at bigint,
  schema jsonb, schema_version text, schema_checked_at bigint,
  paused_reason text, paused_detail jsonb, paused_at bigint,
  last_error jsonb, failing_since bigint,
  next_due_at bigint,                -- stored schedule (R35)
  requested jsonb not null default '[]',     -- triggers that wait: coalesced, none forgotten
  lease_number bigint not null default 0, lease_owner text, lease_until bigint,
  skew_ms bigint not null default 0,
  written_by text not null default 'screen',  -- screen | file | api
  disconnected_at bigint,
  created_at bigint not null, updated_at bigint not null
);
create unique index connections_account on connections (crm, account_id) where account_id is not null and disconnected_at is null;

create table cursors (
  connection_id text not null references connections(id) on delete cascade,
  feed text not null, mode text not null,       -- changes | full | slim | sweep: a full read has a cursor of its own (R36)
  cursor text, done boolean not null default false, version bigint not null default 1, started_at bigint, updated_at bigint not null,
  primary key (connection_id, feed, mode)
);

create table links (
  id text primary key,
  connection_id text not null references connections(id) on delete cascade,
  contact_id text references contacts(id) on delete set null,
  kind text not null,
  crm_id text not null,
  former_ids text[] not null default '{}',
  role text not null default 'primary',          -- primary | duplicate | merged_away
  state text not null default 'active',          -- active | frozen | deleted | converted
  state_since bigint, state_why text,
  shadow jsonb not null default '{}',            -- lineKey → {hub, crm} (R1b)
  shadow_version bigint not null default 1,
  holds jsonb not null default '{}',             -- lineKey → Hold
  crm_version text, crm_modified_at bigint, crm_url text, owner text,
  last_synced_at bigint, created_at bigint not null, updated_at bigint not null
);
create unique index links_crm on links (connection_id, crm_id);
create unique index links_contact on links (connection_id, contact_id) where role = 'primary' and contact_id is not null;
create index links_former on links using gin (former_ids) where former_ids <> '{}';   -- few have any: tiny and quick
create index links_by_contact on links (contact_id);

create table directory (             -- every record ever read, filtered and duplicate ones too (R33)
  connection_id text not null references connections(id) on delete cascade,
  crm_id text not null, kind text not null, emails text[] not null default '{}', link_back text, converted_to text,
  name text, modified_at bigint, gone_at bigint, seen_at bigint not null, filtered text,
  primary key (connection_id, crm_id)
);
create index directory_emails on directory using gin (emails);
create index directory_link_back on directory (connection_id, link_back) where link_back is not null;

create table due (                   -- R30b: nothing owed lives only in a cursor
  connection_id text not null references connections(id) on delete cascade,
  side text not null,                -- the side to write: hub | crm
  subject text not null,             -- side crm: contact id; side hub: CRM id
  reason text not null, version bigint not null default 1, not_before bigint not null default 0,
  express boolean not null default false, tries int not null default 0, mode text not null default 'changes',
  taken_by bigint,                   -- lease number of the run that has it
  created_at bigint not null,
  primary key (connection_id, side, subject)
);
create index due_ready on due (connection_id, side, express desc, not_before);

create table intents (               -- R31: announced before it is made
  id text primary key,
  connection_id text not null references connections(id) on delete cascade,
  run_id text not null, contact_id text not null, link_id text, crm_id text, kind text not null, op text not null,
  email_key text not null, fields jsonb not null, writes jsonb not null,   -- FieldWrite[]: source values, rules, before
  shadow_version bigint, due_version bigint, state text not null default 'sent', -- sent | unknown | later
  ticket text, tries int not null default 0, not_before bigint not null default 0, created_at bigint not null
);
create index intents_open on intents (connection_id, state);
create unique index intents_contact on intents (connection_id, contact_id);

create table tombstones (            -- R18, R18c
  id bigint generated always as identity primary key,
  connection_id text, crm_id text, email_key text, contact_id text, at bigint not null
);
create index tombstones_crm on tombstones (connection_id, crm_id);
create index tombstones_email on tombstones (email_key);
create table erasures (hash text primary key, at bigint not null);   -- keyed hashes of e-mails and CRM ids

-- Runs and what they did ------------------------------------------------------------------------------------------------
create table runs (
  id text primary key, connection_id text not null, connection_name text not null, direction text not null, trigger text not null,
  mode text not null, dry_run boolean not null default false, status text not null, paused_reason text,
  batch text not null,               -- the runs started together, toHub first
  counts jsonb not null default '{}', api_calls int not null default 0, calls_needed int,
  emails jsonb, progress jsonb, error jsonb, plan jsonb, settings_version bigint, lease_number bigint,
  created_at bigint not null, started_at bigint, ended_at bigint, expires_at bigint
);
create index runs_connection on runs (connection_id, created_at desc);
create index runs_created on runs (created_at desc);

create table items (                  -- partitioned by month; unchanged and filtered are counted, only samples stored (R39)
  id bigint generated always as identity,
  run_id text not null, connection_id text not null, contact_id text, email text, name text, kind text not null, crm_id text, crm_url text,
  outcome text not null, reason text, params jsonb, changes jsonb not null default '[]', conflicts int not null default 0,
  at bigint not null,
  primary key (at, id)
) partition by range (at);
create index items_run on items (run_id, outcome);
create index items_contact on items (contact_id, at);

create table rejections (
  id text primary key, connection_id text not null references connections(id) on delete cascade, direction text not null,
  contact_id text, crm_id text, email text, name text, kind text,
  line text not null default '',      -- '' : the record as a whole
  field text, reason text not null, params jsonb not null default '{}', fingerprint text not null,
  run_id text, first_at bigint not null, last_at bigint not null, tries int not null default 1, resolved_at bigint
);
create unique index rejections_open on rejections (connection_id, direction, coalesce(contact_id, ''), coalesce(crm_id, ''), line) where resolved_at is null;
create index rejections_list on rejections (connection_id, reason) where resolved_at is null;

create table conflicts (
  id text primary key, connection_id text not null references connections(id) on delete cascade, link_id text, contact_id text,
  line text not null, hub_field text not null, crm_field text not null, hub_value jsonb, crm_value jsonb, hub_at bigint, crm_at bigint,
  winner text, why text not null, status text not null,   -- held | decided | closed
  resolution jsonb, run_id text, at bigint not null, closed_at bigint
);
create unique index conflicts_held on conflicts (link_id, line) where status = 'held';
create index conflicts_list on conflicts (connection_id, status, at desc);
create index conflicts_contact on conflicts (contact_id);

create table flips (link_id text not null, line text not null, at bigint not null, primary key (link_id, line, at));  -- R48 tug of war

create table quota_days (             -- one counter per account and vendor day, shared by all processes (R34)
  account text not null, day text not null, used int not null default 0, reserved int not null default 0,
  vendor_limit int, vendor_remaining int, observed_at bigint, primary key (account, day)
);

-- People and doors --------------------------------------------------------------------------------------------------------
create table api_keys (
  id text primary key, name text not null, role text, scopes jsonb, prefix text not null, hash text not null unique,
  created_by text, created_at bigint not null, last_used_at bigint, expires_at bigint, revoked_at bigint
);
create table setup_codes (hash text primary key, created_at bigint not null, expires_at bigint not null, used_at bigint);
create table audit (id bigint generated always as identity primary key, at bigint not null, actor text not null, action text not null, subject text, detail jsonb not null default '{}');
create index audit_at on audit (at desc);
create table outbox (
  id text primary key, kind text not null, recipient text not null, subject text not null, html text, text text not null, status text not null default 'queued',
  tries int not null default 0, not_before bigint not null default 0, error text, created_at bigint not null, sent_at bigint
);
create table idempotency (key text primary key, actor text not null, request_hash text not null, status int, body jsonb, at bigint not null);
create table imports (
  id text primary key, name text not null, status text not null, mapping jsonb not null, options jsonb not null default '{}', counts jsonb not null default '{}',
  bad_rows jsonb not null default '[]', created_by text, created_at bigint not null, ended_at bigint
);
