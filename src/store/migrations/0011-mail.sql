-- Mail that is sent, and the reports of synchronisations.
alter table outbox add column taken_until bigint;   -- a sender has it until then; one that died loses it
alter table outbox add column resent_at bigint;     -- a person asked to send it again: a new day of tries begins
create index outbox_due on outbox (not_before) where status in ('queued', 'sending');
create index outbox_list on outbox (created_at desc, id desc);

alter table runs add column report_id text;          -- the mail that told about this run: one id for all runs of one mail
create index runs_report on runs (report_id) where report_id is not null;
create index runs_unreported on runs (connection_id, ended_at) where report_id is null and not dry_run;

create table notices (                -- what people were mailed about a connection
  connection_id text primary key references connections(id) on delete cascade,
  mode text not null,                 -- notify.when as it was last seen; another one begins anew
  since bigint not null,              -- runs that ended before are told about, or never will be
  gathered_at bigint not null default 0,   -- the last mail about form and webhook runs
  digest_day text,                    -- the day (instance's zone) of the last digest
  problem text, problem_at bigint     -- what stops the connection, as it was mailed; null: nothing
);
