-- Two contacts that seem to be one person (R18b): what a run found, until somebody merges them or says that they are two.
-- A pair is written once, whichever of the two was found first; who was declined is not proposed again.
create table merge_proposals (
  contact_a text not null references contacts(id) on delete cascade,
  contact_b text not null references contacts(id) on delete cascade,
  why text not null,                -- records_merged | converted | both_addresses | address_taken (declined ones only)
  connection_id text references connections(id) on delete set null,
  crm_id text,                      -- the record that both lead to
  found_at bigint not null,
  declined_at bigint, declined_by text,
  primary key (contact_a, contact_b), check (contact_a collate "C" < contact_b collate "C")
);
create index merge_proposals_b on merge_proposals (contact_b);
create index merge_proposals_open on merge_proposals (found_at) where declined_at is null;

-- A contact's further addresses are looked up by contact, too: before it is searched in a CRM, and when it goes.
create index contact_emails_contact on contact_emails (contact_id);

-- By which run a record was last read, and what became of it there: each is counted once a run (R43), and nobody keeps the ids in memory.
alter table directory add column seen_run text, add column seen_outcome text;
