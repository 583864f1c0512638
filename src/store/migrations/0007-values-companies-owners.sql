-- R21: list values by the CRMs' own option ids, spellings of one value kept together. R25: companies and owners of each CRM.

-- Nothing was kept in it yet.
drop table list_options;
create table list_options (          -- per connection the CRM's option id is the key
  connection_id text not null references connections(id) on delete cascade,
  list_id text not null references lists(id) on delete cascade,
  crm_field text not null, option_id text not null,
  value_key text not null,
  label text not null,              -- as the CRM showed it last; a change is followed
  primary key (connection_id, list_id, crm_field, option_id)
);
create table list_spellings (        -- further labels of one value; a label of its own never stands here
  list_id text not null references lists(id) on delete cascade,
  spelling text not null,           -- folded
  label text not null,              -- as it was met
  value_key text not null,
  primary key (list_id, spelling)
);
alter table list_values add column from_field text;   -- the CRM field it came from
alter table lists add column new_values_max int not null default 200;  -- new values of one CRM field before adding pauses

create table companies (             -- companies in a CRM that people here belong to, or that we found or made
  connection_id text not null references connections(id) on delete cascade,
  crm_id text not null,
  name text not null, name_key text not null,
  gone_at bigint, seen_at bigint not null,
  primary key (connection_id, crm_id)
);
create index companies_name on companies (connection_id, name_key);
create table company_intents (       -- R25: announced before it is made, once per connection and normalised name
  connection_id text not null references connections(id) on delete cascade,
  name_key text not null, name text not null,
  not_before bigint not null default 0, tries int not null default 0, created_at bigint not null,
  primary key (connection_id, name_key)
);
alter table directory add column company_id text;     -- a company renamed in the CRM: whom it concerns
create index directory_company on directory (connection_id, company_id) where company_id is not null;

create table owners (                -- who can own records in a CRM
  connection_id text not null references connections(id) on delete cascade,
  crm_id text not null, name text not null, email text, active boolean not null, seen_at bigint not null,
  primary key (connection_id, crm_id)
);
alter table connections add column owners_read_at bigint;
