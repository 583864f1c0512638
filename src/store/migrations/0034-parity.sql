-- R90: a comparison of both sides is a run that only reads. What it compares and what it found; null: an ordinary run.
alter table runs add column parity jsonb;
create index runs_parity on runs (connection_id, created_at desc) where parity is not null;
