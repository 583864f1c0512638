-- Points of events that are older than events are kept; a retention rule takes nobody's score away.
alter table contacts add column carried_points int not null default 0;
