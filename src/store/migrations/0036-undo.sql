-- R38: undoing a run is a run of its own, on the side that the other one wrote: whose run it takes back, how far it has come,
-- and what it found; null: an ordinary run.
alter table runs add column undo jsonb;
create index runs_undo on runs ((undo ->> 'of')) where undo is not null;
-- Whoever was made by a run that was undone is not made again until the record is changed after this (ms by the CRM's clock).
alter table directory add column undone_at bigint;
-- The undo for which the schedule waits until a person says go on; null: none.
alter table connections add column held_by_undo text;
