-- What the users answered to a refresh token, for whoever is asked with the same token within a minute: it is of use once.
create table refresh (
  -- The digest of the token.
  spent bytea primary key,
  -- Sealed with a key that is made of the token; null: the session has ended.
  answer text,
  at timestamptz not null default clock_timestamp()
);
