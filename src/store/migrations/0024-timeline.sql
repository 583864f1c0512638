-- R80: what people did here, as activities or notes on their records in the CRMs: owed, announced before the call, and there once.
alter table connections add column timeline_since bigint;    -- when it was switched on; earlier entries only when asked for
alter table connections add column timeline_problem jsonb;   -- why the CRM takes none at the moment
create table timeline_entries (
  connection_id text not null references connections(id) on delete cascade,
  key text not null,                -- ours; it stands in the entry in the CRM, so that it is found again
  contact_id text not null references contacts(id) on delete cascade,
  event_id text not null, at bigint not null,   -- which event, and when it happened
  state text not null default 'owed',           -- owed | sent | stored | refused
  kind text, record_id text,        -- the record that it was announced for
  crm_id text,                      -- the activity or note, once it is stored
  fault jsonb,                      -- why it is refused
  tries int not null default 0, not_before bigint not null default 0,
  announced_at bigint, stored_at bigint, created_at bigint not null,
  primary key (connection_id, key)
);
create index timeline_entries_open on timeline_entries (connection_id, state, at) where state in ('owed', 'sent');
create index timeline_entries_announced on timeline_entries (connection_id, announced_at) where announced_at is not null;
create index timeline_entries_contact on timeline_entries (contact_id);
