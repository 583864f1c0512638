-- R8a: what a consent was read from, where a CRM said it: connection, field, value, record.
alter table consents add column evidence jsonb;
