-- While a list is counted: whom its rows so far would have made. Each batch of a count is rolled back, and whoever stands in the list twice is made once.
create table import_seen (import_id text not null references imports(id) on delete cascade, email_key text not null, primary key (import_id, email_key));
-- Which worker has a list: what a dead one had is another's at once.
alter table imports add column lease_owner text;
