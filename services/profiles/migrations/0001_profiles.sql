-- A profile of each user that was heard of. A row is never removed, so that its versions, which are ETags, never come twice, and an
-- event that comes late brings nobody back.
--
--     ──USER_CREATED, USER_UPDATED, POST──> active ──DELETE──> deleted ──POST──> active
--                              any of them ──USER_DELETED──> erased, for ever
create table profile (
  id uuid primary key,
  -- The order of lists among profiles of one moment.
  number bigint not null generated always as identity unique,
  state text not null default 'deleted' check (state in ('active', 'deleted', 'erased')),
  -- Counts the changes; 0 only within the transaction that makes the row.
  version integer not null default 0,
  -- The user's, as the users service has sealed them for the event `sealed_by`.
  name text,
  email text,
  sealed_by uuid,
  -- Sealed with the same key.
  address text,
  phone text,
  language text not null check (language in ('es', 'en')),
  order_updates boolean not null default true,
  account_news boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((name is null) = (sealed_by is null) and (email is null) = (sealed_by is null)),
  check (state = 'active' or (address is null and phone is null)),
  check (state <> 'erased' or sealed_by is null),
  check (num_nulls(name, email, address, phone) = 4 or concat_ws(' ', name, email, address, phone) ~ '^(sealed\.v1\.[A-Za-z0-9_-]+ ?)+$')
) with (fillfactor = 80);

create index profile_created on profile (created_at, number) where state = 'active';
create index profile_updated on profile (updated_at, number) where state = 'active';

-- Which events of users were heard, for who reconciles them with those of the users service: all of them come to one group.
create table heard (
  event_id uuid primary key,
  type text not null
);
