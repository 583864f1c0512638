-- R18: records that shall go from their CRM because their person was erased. A row goes once the CRM has done it, or a person has said that it is done.
create table crm_deletions (
  id bigint generated always as identity primary key,
  connection_id text not null references connections(id),
  account_id text,                  -- whose ids these are (R40): in another account nothing is deleted
  kind text not null,
  crm_id text,                      -- null: a record that was being made when its person was erased; `made_for` finds it
  crm_url text,                     -- where a person opens it
  made_for text,                    -- the erased contact's id, which stands in that record's link back
  hashes text[] not null,           -- keyed hashes of the person's addresses and of the records that shall go: a merged record is compared with them
  asked_by text not null, asked_at bigint not null,
  state text not null default 'owed',   -- owed | told: a person decides about it
  why text,                         -- of `told`: refused | no_right | moved | kept | came_back | disconnected | other_account | no_way
  answer jsonb,                     -- the last answer that was not "deleted": a failure, or the fault of this record
  tries int not null default 0, not_before bigint not null default 0, last_at bigint
);
create unique index crm_deletions_record on crm_deletions (connection_id, crm_id) where crm_id is not null;
create unique index crm_deletions_made on crm_deletions (connection_id, made_for) where crm_id is null;
create index crm_deletions_owed on crm_deletions (connection_id, not_before) where state = 'owed';
-- The record of this hash was to be deleted in its CRM, too: after a restore it is asked for again (R41). null: no.
alter table erasures add column deletes boolean;
-- R18c: when a person's own act has lifted it. The hash stays: the list beside the database still has it, and would erase them again at the next start.
alter table erasures add column lifted_at bigint;
