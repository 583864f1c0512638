-- What a page of a thousand records costs the database (docs/decisions/0027).

-- Nearly every record has one address: a b-tree of it takes half the time of a GIN of lists. The few with more are looked through.
drop index directory_emails;
create index directory_email on directory (connection_id, (emails[1]));
create index directory_further_emails on directory (connection_id) where cardinality(emails) > 1;

-- The few links that have had other ids, looked through for every page.
create index links_with_former on links (connection_id) where former_ids <> '{}';

-- Asked before every call to a CRM: without all of the question in it, the planner went through everything that is owed.
drop index due_express;
create index due_express on due (connection_id, side, not_before) where express;
-- A page of what is owed is read in its order; without the last column all of it was sorted for each page.
drop index due_ready;
create index due_ready on due (connection_id, side, express desc, not_before, created_at);

-- Asked of the same row for each of a page's rows, in transactions that hold that row anyway (`checkLease`). Connections are
-- not deleted but disconnected; the one place that takes a new one back deletes its rows itself.
alter table links drop constraint links_connection_id_fkey;
alter table directory drop constraint directory_connection_id_fkey;
alter table due drop constraint due_connection_id_fkey;

-- A contact that is made has nearly all its values from one hand: that origin stands once, under '', and 1 means it.
create function origin_of(origins jsonb, field text) returns jsonb language sql immutable parallel safe as $$
  select case jsonb_typeof(origins -> field) when 'number' then origins -> '' else origins -> field end
$$;
comment on column contacts.origins is 'field to origin; 1 stands for the one under the empty key: read by origin_of(origins, field)';

-- A new row says itself in which transaction it was made; the trigger is for rows that would say another one.
alter table contacts alter column changed_in set default (pg_current_xact_id()::text::bigint);
drop trigger contacts_change on contacts;
create trigger contacts_change before insert or update on contacts for each row
  when (new.changed_in <> pg_current_xact_id()::text::bigint) execute function note_change();
