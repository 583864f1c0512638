-- Lists that people bring in as CSV. Nothing was ever written to the table that stood here.
drop table imports;
create table imports (
  id text primary key, name text not null, size bigint not null default 0, status text not null, settings jsonb not null default '{}',
  counts jsonb not null default '{}', forecast jsonb, undone jsonb, error jsonb,
  -- Rows of the file that are settled: a worker that takes over begins behind them.
  position bigint not null default 0, total bigint,
  lease_number int not null default 0, lease_until bigint,
  created_by text, created_at bigint not null, started_at bigint, ended_at bigint
);
create index imports_active on imports (created_at) where status in ('counting', 'running', 'undoing');
-- The file as it came, cut at line ends; each byte is one character, so that any encoding can still be chosen.
create table import_parts (import_id text not null references imports(id) on delete cascade, part int not null, content text not null, primary key (import_id, part));
create table import_rejects (import_id text not null references imports(id) on delete cascade, line bigint not null, cells jsonb not null, problems jsonb not null, primary key (import_id, line));
create table import_contacts (import_id text not null references imports(id) on delete cascade, contact_id text not null, created boolean not null, primary key (import_id, contact_id));
create index import_contacts_contact on import_contacts (contact_id);
