-- R43: whom a run towards the CRM has looked at and not settled stands beside the debt, and not in the run's memory, so that a run of any size
-- needs no more of it than one page. `seen_by` is the run under its lease; `seen_version` the debt that was looked at, null: the person waits for
-- the end of the run, whatever is owed by then (R50).
alter table due drop column taken_by;
alter table due add column seen_by text;
alter table due add column seen_version bigint;

-- R39, R43: the earlier item of a record that a run meets again. Without it a page looked through all of the run's items, and the planner through all there are.
create index items_record on items (run_id, crm_id);
