-- What operators asked for, and what came of it. Written before the service is asked: nobody acts without a trace.
create table action (
  id bigint primary key generated always as identity,
  action_id uuid not null unique,
  asked_at timestamptz not null default clock_timestamp(),
  -- The name that was given at the log-in, or that of the account.
  asked_by text not null,
  -- Of an account.
  user_id uuid,
  deed text not null,
  -- What it was done to: a consumer or an outbox, and which of its events.
  target text not null,
  meant jsonb not null,
  note text,
  -- Null: it is under way, or the process ended before the answer came.
  ended_at timestamptz,
  done integer,
  problem text,
  -- Of one that is done step by step: how much there is, how far it is, and who wants it to stop.
  total integer,
  progress integer,
  abort_asked_by text,
  check (ended_at is null = (done is null and problem is null))
);

-- How everything fared, every ten seconds: what the charts show. Of several replicas the first to write counts.
create table sample (
  at timestamptz primary key,
  published_per_second real not null,
  backlog bigint not null,
  oldest_seconds real not null,
  lag bigint not null,
  lag_seconds real not null
);

-- What the users answered to a refresh token, for whoever is asked with the same token within a minute: it is of use once.
create table refresh (
  -- The digest of the token.
  spent bytea primary key,
  -- Sealed with a key that is made of the token; null: the session has ended.
  answer text,
  at timestamptz not null default clock_timestamp()
);

-- Seals session cookies when there is no operator token, so that every replica can read them. The first replica that needs it
-- creates it.
create table session_key (
  singleton boolean primary key default true check (singleton),
  key bytea not null check (octet_length(key) = 32)
);
