-- Forms, what visitors submit, what they agree to, files to download (R8a, R45–R47).
create table forms (
  id text primary key,                -- stands in addresses that are pasted into other people's sites: for ever
  name text not null,
  enabled boolean not null default true,
  definition jsonb not null,          -- api/contract/form.ts
  key text not null,                  -- publishable: says that a post means this form; no secret
  version bigint not null default 1,  -- raised by every save; submissions and consents name it
  deleted_at bigint, created_at bigint not null, updated_at bigint not null
);
create table form_versions (
  form_id text not null, version bigint not null, definition jsonb not null, saved_by text not null, at bigint not null,
  primary key (form_id, version)
);
create table form_refusals (          -- posts that were not stored: how many, from where, so that a wrong setting is seen
  form_id text not null, reason text not null, detail text not null, count bigint not null default 1,
  first_at bigint not null, last_at bigint not null, primary key (form_id, reason, detail)
);
create table submissions (
  id text primary key, form_id text not null, form_version bigint not null,
  status text not null,               -- accepted | held | refused
  reasons text[] not null default '{}', test boolean not null default false,
  email text not null, email_key text not null,
  fields jsonb not null default '{}', -- as entered, typed
  consents jsonb not null default '[]', -- the boxes that were ticked, with the words shown
  said jsonb not null default '{}',   -- values that differ from the contact's and were kept aside (R45)
  contact_id text references contacts(id) on delete cascade,
  created_contact boolean not null default false,
  proven text, proven_at bigint,      -- link (double opt-in) | browser (cookie earned by a confirmed link)
  visitor text, network text,         -- a keyed hash of the network it came from, forgotten after a week
  browser text,                       -- hash of the cookie that a confirmed link left in this browser
  stamp text, digest text,            -- which page load it came from; the same content from the same load is one submission
  page text, touch jsonb, locale text not null,
  applied_at bigint, decided_at bigint, decided_by text, at bigint not null
);
create index submissions_waiting on submissions (at) where status = 'accepted' and applied_at is null;
create index submissions_form on submissions (form_id, at desc, id desc);
create index submissions_at on submissions (at desc, id desc);
create index submissions_contact on submissions (contact_id, at desc);
create index submissions_email on submissions (email_key, at);
create index submissions_network on submissions (network, at) where network is not null;
create unique index submissions_once on submissions (stamp, digest) where stamp is not null;
create table form_tokens (            -- confirmation links of double opt-in; only a hash is kept
  hash text primary key, submission_id text not null references submissions(id) on delete cascade,
  created_at bigint not null, expires_at bigint not null, used_at bigint
);
create table proven_browsers (        -- cookies earned by a confirmed link (R45)
  hash text primary key, contact_id text not null references contacts(id) on delete cascade, at bigint not null
);
create index proven_browsers_contact on proven_browsers (contact_id);
create table preference_links (       -- stand in mails for ever, so they survive a restore and a new secret key
  token text primary key, contact_id text not null references contacts(id) on delete cascade, created_at bigint not null
);
create index preference_links_contact on preference_links (contact_id);

create table consent_texts (
  id text primary key, name text not null, purpose text not null,
  mail boolean not null default false, -- ticking it asks for our mails: once proven it lifts an earlier opt-out (R46)
  version bigint not null default 1, deleted_at bigint, created_at bigint not null, updated_at bigint not null
);
create table consent_wordings (
  text_id text not null, version bigint not null, words jsonb not null, -- language → text
  saved_by text not null, at bigint not null, primary key (text_id, version)
);
create table consents (               -- R8a: a list of records, never one box
  id bigint generated always as identity primary key,
  contact_id text not null references contacts(id) on delete cascade,
  purpose text not null, given boolean not null, at bigint not null,
  how text not null,                  -- form | import | person | crm | preferences
  source text, source_version bigint, text_id text, text_version bigint, words text, language text,
  proven boolean not null default false, ground text, submission_id text
);
create unique index consents_submission on consents (submission_id, purpose) where submission_id is not null;
create index consents_contact on consents (contact_id, at);

create table files (
  id text primary key, name text not null, type text not null, size bigint not null, downloads bigint not null default 0,
  deleted_at bigint, created_by text not null, created_at bigint not null
);
create table files_parts (file_id text not null references files(id) on delete cascade, part int not null, content bytea not null, primary key (file_id, part));

-- R35: the express lane is looked at before each call to a CRM.
create index due_express on due (connection_id) where express;
