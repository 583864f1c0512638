-- OAuth in the browser: who is on the way to a vendor's page and back, and what came of it. Tokens are in `secrets`.
create table oauth_states (            -- single use, minutes long; deleted when the person comes back
  hash text primary key,               -- of the random state; the state itself is only in the browser
  connection_id text not null references connections(id) on delete cascade,
  person text not null,                -- who started it: only this person's browser may finish it
  redirect_uri text not null,
  verifier text not null,              -- PKCE, encrypted
  created_at bigint not null, expires_at bigint not null
);
create table authorizations (          -- of connections whose method is `oauth`
  connection_id text primary key references connections(id) on delete cascade,
  authorized_at bigint not null,
  authorized_by text not null,         -- a user's id
  refused_at bigint,                   -- since when the vendor gives no token for it any more
  refused_code text                    -- the vendor's word for why
);
