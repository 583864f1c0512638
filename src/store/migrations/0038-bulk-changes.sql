-- One change of everybody who met a filter. Whom it is still to reach stands beside it, a row each: what is done goes, so a worker that
-- takes over does what is left, and nobody is reached twice. The value is kept until the change has ended.
create table bulk_changes (
  id text primary key, action text not null, field text, value jsonb, status text not null,
  total int not null, changed int not null default 0, refused int not null default 0, problem jsonb,
  lease_number int not null default 0, lease_until bigint, lease_owner text,
  by_kind text not null, created_by text not null, created_at bigint not null, ended_at bigint
);
create index bulk_changes_active on bulk_changes (created_at) where status = 'running';
create table bulk_change_contacts (change_id text not null references bulk_changes(id) on delete cascade, contact_id text not null, primary key (change_id, contact_id));
create index bulk_change_contacts_contact on bulk_change_contacts (contact_id);
