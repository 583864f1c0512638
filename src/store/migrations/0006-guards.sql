-- R50: a run that nobody watches waits for a person before it changes very much.
alter table runs add column guard jsonb;        -- which limit, and what the run would do; null: it does not wait
alter table runs add column approval jsonb;     -- what a person has let through
-- R36: limited to these mapping lines; null: all of them.
alter table runs add column lines jsonb;
-- R49: lines that rested during the run.
alter table runs add column suspended jsonb not null default '[]';
-- File and API: saving is the approval of the first run.
alter table connections add column first_run_approved boolean not null default false;
-- R36: lines whose change is not yet everywhere.
alter table connections add column backlog jsonb;
-- The last preflight, and when the next one is due.
alter table connections add column checked jsonb;
alter table connections add column check_due_at bigint;
-- R23: when score, status and address were last sent.
alter table links add column calculated_sent_at bigint;

create table schema_changes (          -- R49: what changed in the CRM's fields and waits for a repair
  id text primary key,
  connection_id text not null references connections(id) on delete cascade,
  kind text not null, field text not null, label text not null,
  what text not null,                  -- renamed | removed | retyped | required | read_only | options
  detail jsonb not null default '{}',
  at bigint not null, closed_at bigint, closed_how text
);
create unique index schema_changes_open on schema_changes (connection_id, kind, field, what) where closed_at is null;

create table said (                    -- what administrators were told about a connection, so that it is said once
  connection_id text not null references connections(id) on delete cascade,
  topic text not null, at bigint not null,
  primary key (connection_id, topic)
);
