-- Visitors: browsers that agreed to a cookie, named once their person is known; events by them before are attached then.
create table visitors (
  id text primary key,                -- random, made by the browser
  contact_id text references contacts(id) on delete cascade,
  first_touch jsonb, last_touch jsonb, visits int not null default 0,
  visit_id text,                      -- the visit that goes on: it ends after 30 minutes without a sign
  first_at bigint not null, seen_at bigint not null
);
create index visitors_contact on visitors (contact_id) where contact_id is not null;
create index visitors_anonymous on visitors (seen_at) where contact_id is null;
create index events_anonymous on events (visitor, at) where contact_id is null and visitor is not null;
