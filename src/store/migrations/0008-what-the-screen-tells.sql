-- What the screen tells and could not know: which lines of a mapping are not everywhere yet, how often the CRM asked a
-- run to slow down and how long it waited, and the two halves of a synchronisation by their common name.
alter table connections add column unspread jsonb not null default '[]';   -- [{kind, hub, crm, since}]
alter table runs add column slowed int not null default 0;
alter table runs add column waited_ms bigint not null default 0;
create index runs_batch on runs (batch);
