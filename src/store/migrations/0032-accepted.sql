-- When we took an event, whatever its own time: whoever listened then is told (R85).
alter table webhook_events add column accepted_at bigint not null default 0;
update webhook_events set accepted_at = at;
-- An event that its sender named counts once, whatever its time; those of visitors have ids of ours, and a visitor.
create index events_own_id on events (id) where visitor is null;
-- Signs of visitors who are nobody yet are most of them, and are never looked for by person.
drop index events_contact;
create index events_contact on events (contact_id, at) where contact_id is not null;
