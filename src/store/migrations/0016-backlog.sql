-- R36: the mark was made by a change of settings and waits to be brought into line. `plain`; `calculated`: score, status
-- and the link back are written too, although nothing else is (R23, R24). Null: an ordinary debt.
alter table due add column backlog text;
create index due_backlog on due (connection_id) where backlog is not null;
-- R24: the address with which known records hold our links; another one than ours is left standing until a person says.
alter table connections add column link_address text;
-- How many records hold another one: {count, from, at}; null: none, or a person let them be rewritten.
alter table connections add column stale_links jsonb;
-- Nobody ever used it: `backlog` says it.
alter table connections drop column unspread;
