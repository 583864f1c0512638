-- Programs that follow the contacts: which transaction wrote a row last, and who is no more.
alter table contacts add column changed_in bigint not null default 0;
create index contacts_changes on contacts (changed_in, id);
create function note_change() returns trigger language plpgsql as $$ begin new.changed_in := pg_current_xact_id()::text::bigint; return new; end $$;
create trigger contacts_change before insert or update on contacts for each row execute function note_change();
create table departures (               -- contacts that were erased, deleted or merged: the id, and nothing else of them
  id text primary key, why text not null, into_id text, at bigint not null, changed_in bigint not null default 0
);
create index departures_changes on departures (changed_in, id);
create index departures_at on departures (at);
create trigger departures_change before insert or update on departures for each row execute function note_change();
