/** What a business writes besides its events; and an outbox without order and partitions, to compare with. */
export const businessTables = `
create table orders (
  id uuid primary key,
  customer text not null,
  amount numeric not null,
  created_at timestamptz not null default now()
);
create table plain_outbox (
  id bigint generated always as identity primary key,
  event_id uuid not null,
  topic text not null,
  key text not null,
  type text not null,
  headers json,
  payload json not null,
  created_at timestamptz not null default clock_timestamp(),
  published_at timestamptz
);
create index plain_outbox_due on plain_outbox (id) where published_at is null`
