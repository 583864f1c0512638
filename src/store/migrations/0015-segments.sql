-- Filters of the contacts' list that were kept under a name.
create table segments (
  id text primary key, name text not null unique, filter jsonb not null,   -- core/contact-filter.ts
  created_by text not null, created_at bigint not null, updated_at bigint not null
);
