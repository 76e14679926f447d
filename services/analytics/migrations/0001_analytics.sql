-- What each event adds to the windows: the only truth here, from which all else is computed. Kept for ever: Kafka forgets
-- the events after a week, and a rebuild must not lose what only this table still has.
create table contribution (
  event_id uuid not null,
  source text not null,
  -- The record that it came by: tells the event from another record that claims its id.
  topic text not null,
  partition integer not null,
  kafka_offset bigint not null,
  -- In the order in which they were taken.
  place bigint not null generated always as identity,
  contributed_at timestamptz not null default clock_timestamp(),
  stream text not null check (stream in ('orders', 'inventory', 'notifications')),
  type text not null,
  -- The time of the event, or of its record where the event claims one in the future.
  at timestamptz not null,
  clamped boolean not null,
  -- Of orders. Amounts are hundredths of the shop's currency.
  order_id uuid,
  order_type text check (order_type in ('sell', 'buy')),
  amount_minor bigint check (amount_minor >= 0),
  stated_at timestamptz,
  -- Of products: the whole stock after the event.
  product_id bigint,
  sku text,
  stock bigint,
  reserved bigint,
  min_stock bigint,
  -- The number in the outbox, by which events of one product at one instant are in the order of their commits.
  outbox_id bigint,
  primary key (event_id, source)
);
create index contribution_at on contribution (at) include (stream, type, clamped);
create index contribution_of_order on contribution (order_id) where order_id is not null;
create index contribution_of_product on contribution (product_id, at, outbox_id, event_id) where stock is not null;

-- An order as its contributions tell it.
create table placed_order (
  order_id uuid primary key,
  order_type text not null,
  amount_minor bigint not null,
  created_at timestamptz,
  confirmed_at timestamptz,
  cancelled_at timestamptz,
  -- By ORDER_CREATED; as long as that is missing, as the later events state it. Its window is the order's cohort.
  placed_at timestamptz not null,
  -- When it was first confirmed or cancelled; until then infinity: pending.
  ended_at timestamptz not null
);
create index on placed_order (placed_at);
create index on placed_order (ended_at);
create index on placed_order (created_at);
create index on placed_order (confirmed_at);
create index on placed_order (cancelled_at);

-- The latest event time of each partition, and when a record of it was last taken.
create table watermark (
  topic text not null,
  partition integer not null,
  event_time timestamptz not null,
  moved_at timestamptz not null default clock_timestamp(),
  primary key (topic, partition)
);

-- Minutes whose windows may have changed since they were last reported; with `onwards`, so may the states at the ends of
-- all later ones. Only ever inserted by those who contribute, so that none waits for another, and deleted by who reports.
create table touched (
  id bigint primary key generated always as identity,
  minute timestamptz not null,
  onwards boolean not null,
  -- Waits for the end of that rebuild.
  rebuild_id bigint
);

-- Every window that begins before is closed.
create table closing (
  window_minutes integer primary key,
  closed_until timestamptz not null
);

-- The reports of closed windows: a revision is never changed. What is a state is that at the window's end.
create table window_report (
  window_minutes integer not null,
  window_start timestamptz not null,
  revision integer not null check (revision > 0),
  -- Events of the window that came after it was closed.
  late_events bigint not null check (late_events >= 0),
  closed_at timestamptz not null default clock_timestamp(),
  events bigint not null,
  order_events bigint not null,
  inventory_events bigint not null,
  notification_events bigint not null,
  clamped_events bigint not null,
  orders_created bigint not null,
  orders_confirmed bigint not null,
  orders_cancelled bigint not null,
  conversion_numerator bigint not null,
  conversion_denominator bigint not null,
  revenue_created numeric(30) not null,
  revenue_confirmed numeric(30) not null,
  revenue_lost numeric(30) not null,
  revenue_reversed numeric(30) not null,
  revenue_pending numeric(30) not null,
  products bigint not null,
  stock bigint not null,
  reserved bigint not null,
  low_stock bigint not null,
  notifications_sent bigint not null,
  notifications_failed bigint not null,
  notifications_dead bigint not null,
  primary key (window_minutes, window_start, revision),
  check (conversion_numerator <= conversion_denominator)
);

-- Rebuilds from Kafka, and how far they are.
create table rebuild (
  id bigint primary key generated always as identity,
  requested_at timestamptz not null default clock_timestamp(),
  -- Who is at it, until when unless that is renewed.
  owner uuid,
  owned_until timestamptz,
  ended_at timestamptz,
  -- Why it cannot go on just now.
  error text,
  added bigint not null default 0,
  corrected bigint not null default 0,
  rejected bigint not null default 0,
  kept bigint
);
create unique index one_rebuild on rebuild ((true)) where ended_at is null;

create table rebuild_partition (
  rebuild_id bigint not null references rebuild,
  topic text not null,
  partition integer not null,
  start_offset bigint not null,
  next_offset bigint not null,
  end_offset bigint not null,
  primary key (rebuild_id, topic, partition)
);
