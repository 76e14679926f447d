create sequence order_number;

-- The read model of the order streams, written with them and made anew by rebuild.ts: whatever it has is of the events.
create table orders (
  id uuid primary key,
  -- Of order_number; a page of a list is told by it.
  number bigint not null unique,
  saga_id uuid not null,
  order_type text not null,
  status text not null,
  customer_id text,
  customer_name text not null,
  customer_email text,
  items jsonb not null,
  total_amount numeric(14, 2) not null,
  currency text not null,
  cancellation jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null
) with (fillfactor = 80);

-- Each list is read by its own, the newest first. An e-mail address has at most 320 characters.
create index orders_by_time on orders (created_at, number);
create index orders_by_status on orders (status, created_at, number);
create index orders_by_type on orders (order_type, created_at, number);
create index orders_by_customer on orders (customer_email, created_at, number);
create index orders_by_owner on orders (customer_id, created_at, number);

select event_store.define_projection('orders', 'public.orders');

-- How many orders there are of each type in each status, and their totals: kept by a subscription, which adds up a page of
-- events at a time, so that no order waits for the row of another.
create table order_totals (
  order_type text not null,
  status text not null,
  orders bigint not null,
  amount numeric not null,
  primary key (order_type, status)
);

select event_store.define_projection('order-totals', 'public.order_totals');
