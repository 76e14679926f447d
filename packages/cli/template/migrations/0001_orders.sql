create table orders (
  order_id uuid primary key,
  customer text not null,
  cents integer not null check (cents > 0),
  created_at timestamptz not null default now()
);

-- One row per event. There is no unique key on purpose: a second effect of an event would show as a second row.
create table invoice (
  id bigint generated always as identity primary key,
  order_id uuid not null,
  customer text not null,
  cents integer not null,
  created_at timestamptz not null default now()
);
