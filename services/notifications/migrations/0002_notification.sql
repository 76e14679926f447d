-- A message to one person, from its request to the answer of the mail server.
--
--                ┌──── failed, or the mail server was away ────┐
--                v                                             │
--     ───────> queued ──claim──> sending ──────────────────────┼──> sent
--                ^                 ^ │                         │     ^
--                │               claim └─ its answer is lost,  │     │ the answer came after all
--                │                 │    or its lease is over   │     │
--                │              unknown <──────────────────────┤─────┘
--                └──redrive── dead <── refused, too late, or the last attempt
--
create table notification (
  id uuid primary key,
  number bigint not null generated always as identity unique,
  -- The request as it came: the copy in the dead-letter topic has its id, its headers and its payload.
  event_id uuid not null,
  headers json not null,
  payload json not null,
  channel text not null,
  template text not null,
  recipient text not null,
  order_id uuid,
  deliver_before timestamptz,
  state text not null default 'queued' check (state in ('queued', 'sending', 'unknown', 'sent', 'dead')),
  -- When it may be claimed; of one that is sending: when its lease is over.
  due_at timestamptz not null default clock_timestamp(),
  -- Counts the claims: what a worker says of an older one is not heard.
  fence bigint not null default 0,
  -- Those that count, since it was requested or redriven.
  attempts integer not null default 0,
  -- Attempts in all whose answer was lost; each may have arrived.
  doubtful integer not null default 0,
  -- Since when the mail server was away whenever it was tried.
  away_since timestamptz,
  redrives integer not null default 0,
  reason text,
  detail text,
  created_at timestamptz not null default clock_timestamp(),
  -- When it was sent or given up last.
  ended_at timestamptz
) with (fillfactor = 70);

create index notification_due on notification (due_at) where state in ('queued', 'unknown');
create index notification_leased on notification (due_at) where state = 'sending';
create index notification_dead on notification (number) where state = 'dead';
create index notification_sent on notification (ended_at) where state = 'sent';
create index notification_of_order on notification (order_id) where order_id is not null;
