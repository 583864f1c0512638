-- Two-factor sign-in: columns and names as better-auth's plugin (1.7) wants them.
alter table "user" add column "twoFactorEnabled" boolean not null default false;
create table "twoFactor" (
  id text primary key, secret text not null, "backupCodes" text not null, "userId" text not null references "user"(id) on delete cascade,
  verified boolean not null default true, "failedVerificationCount" int not null default 0, "lockedUntil" timestamptz
);
create index two_factor_user on "twoFactor" ("userId");
-- An invitation is a link with a secret, of which only the hash is kept.
create table invitations (
  id text primary key, hash text not null unique, email text not null, role text not null, invited_by text not null,
  created_at bigint not null, expires_at bigint not null, accepted_at bigint
);
create unique index invitations_open on invitations (email) where accepted_at is null;
-- A rep without a login who followed a CRM's link asks to be let in.
create table access_requests (
  id text primary key, email text not null, note text not null default '', locale text not null default 'en', address text, created_at bigint not null, decided_at bigint
);
create unique index access_requests_open on access_requests (email) where decided_at is null;
