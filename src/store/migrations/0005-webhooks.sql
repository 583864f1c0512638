-- Webhooks of the CRMs: what we asked a vendor for, and which of its events were heard.
create table hook_subscriptions (
  connection_id text primary key references connections(id) on delete cascade,
  path_hash text not null default '',  -- of the last part of our address; the part itself and the vendor's secret are in `secrets`
  state text not null default 'off',   -- off | live | byHand | failed
  vendor jsonb,                        -- the connector's Subscription; null: nothing is asked for
  error jsonb,                         -- why it failed, or why there is none
  settings_version bigint,             -- of the connection when it was last looked at
  next_at bigint not null default 0,   -- when to look again, renew, or try again
  last_event_at bigint,
  updated_at bigint not null
);
create index hook_subscriptions_next on hook_subscriptions (next_at);
create table hook_events (             -- so that an event that comes twice is heard once; kept for days
  connection_id text not null references connections(id) on delete cascade,
  event text not null,                 -- hash of the vendor's name for it
  at bigint not null,
  primary key (connection_id, event)
);
create index hook_events_at on hook_events (at);
alter table due add column kind text;  -- side hub: of a record that is not linked yet, where its vendor told
