-- Who looks, and until when unless that is renewed. Whatever of the history has no end lasted until `looked_at`.
create table probing (
  singleton boolean primary key default true check (singleton),
  owner uuid,
  owned_until timestamptz not null default '-infinity',
  looked_at timestamptz
);
insert into probing default values;

-- How services stood: a row for each stretch of time in one state, whatever its length.
create table health_interval (
  id bigint primary key generated always as identity,
  service text not null,
  state text not null check (state in ('healthy', 'unhealthy', 'down', 'unknown')),
  -- Of a closed set; empty for healthy.
  cause text not null,
  started_at timestamptz not null,
  ended_at timestamptz check (ended_at >= started_at)
);
create unique index health_open on health_interval (service) where ended_at is null;
create index on health_interval (service, started_at);

-- One row for each cause and each time that it came up.
create table alert (
  id bigint primary key generated always as identity,
  key text not null,
  kind text not null,
  severity text not null check (severity in ('critical', 'warning')),
  subject text not null,
  message text not null,
  -- Keys of the causes that it may follow from.
  follows text[] not null,
  opened_at timestamptz not null,
  resolved_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  note text
);
create unique index alert_open on alert (key) where resolved_at is null;
create index on alert (resolved_at) where resolved_at is not null;

-- What has changed, for those who listen: they go on at the number they have seen last. Kept for a day. Whoever writes
-- one holds the row of `probing`, so that the numbers are in the order of the commits.
create table change (
  id bigint primary key generated always as identity,
  at timestamptz not null,
  kind text not null,
  data jsonb not null
);

-- The last look at everything. Worth nothing after a crash, so that it is not logged: it is written every few seconds.
create unlogged table board (
  singleton boolean primary key default true check (singleton),
  at timestamptz not null,
  data jsonb not null
);

-- Products with no more than their minimum, as the events of the inventory tell.
create table low_stock (
  product_id bigint primary key,
  name text not null,
  available bigint not null,
  minimum bigint not null,
  since timestamptz not null
);
-- The names of products, of which STOCK_CHANGED says nothing.
create table product_name (
  product_id bigint primary key,
  name text not null
);

-- What has gone wrong, in minutes of the time of its events: orders that failed, notifications that were given up.
create table fault_minute (
  kind text not null check (kind in ('order', 'notification')),
  reason text not null,
  minute timestamptz not null,
  events bigint not null,
  primary key (kind, minute, reason)
);

-- The newest canary of each shard of each outbox that took effect here. Times are the outbox's, and this database's.
create table canary (
  outbox text not null,
  shard integer not null,
  recorded_at timestamptz not null,
  effect_at timestamptz not null,
  primary key (outbox, shard)
);
