-- Outgoing webhooks (Standard Webhooks): who wants to hear what, what happened, and what became of telling it.
create table webhooks (
  id text primary key, name text not null default '', url text not null,
  types text[] not null,
  minimum_score int,                       -- score.reached: told when the score rises to it
  secret text not null,                    -- sealed; shown once
  previous_secret text, previous_until bigint,   -- signs beside the new one until then
  enabled boolean not null default true,
  ended_at bigint, ended_why text,         -- gone: the receiver answered 410; key_revoked
  failures int not null default 0,         -- in a row; the next try of any delivery is not before retry_at
  retry_at bigint not null default 0,
  created_by text not null,                -- a user or an API key
  created_at bigint not null, updated_at bigint not null
);
-- Written in the transaction of what it tells about; the worker makes a delivery of it for each webhook that wants it.
create table webhook_events (
  id text primary key, type text not null, contact_id text,
  changed text[] not null default '{}',    -- contact.changed: which fields
  data jsonb not null default '{}', at bigint not null,
  body text,                               -- exactly what is sent, from the moment it is first told
  fanned_at bigint
);
create index webhook_events_waiting on webhook_events (at, id) where fanned_at is null;
create index webhook_events_contact on webhook_events (contact_id);
-- Several changes of one person that were not told yet are one event.
create unique index webhook_events_pending on webhook_events (contact_id, type)
  where fanned_at is null and type in ('contact.created', 'contact.changed');
create table webhook_deliveries (
  id text primary key, webhook_id text not null references webhooks(id) on delete cascade,
  event_id text not null references webhook_events(id) on delete cascade,
  status text not null default 'queued',   -- queued, sending, delivered, failed, held
  tries int not null default 0, not_before bigint not null default 0, taken_until bigint, resent_at bigint,
  answer int, answer_text text, error text, created_at bigint not null, delivered_at bigint,
  unique (webhook_id, event_id)
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, not_before) where status in ('queued', 'sending');
create index webhook_deliveries_list on webhook_deliveries (webhook_id, created_at desc, id desc);
create index webhook_deliveries_event on webhook_deliveries (event_id);
-- What stops a connection, as webhooks were told; no row: nothing was told yet.
create table webhook_problems (
  connection_id text primary key references connections(id) on delete cascade, problem text, since bigint
);
