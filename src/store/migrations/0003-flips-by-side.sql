-- R48: a tug of war is told from one busy side by who was written to.
alter table flips add column side text not null default 'hub';
create index flips_at on flips (at);
