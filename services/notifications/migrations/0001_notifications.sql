-- Lines that are to be appended to a file of events: of the files of a consumer's replicas, to that of the replica that
-- claims them. `consumer` is the name of the consumer group.
create table event_line (
  id bigint generated always as identity primary key,
  consumer text not null,
  event_id uuid not null,
  line text not null,
  -- The file that has claimed it; such a line may be in that file already. Null: in none.
  file_id uuid,
  unique (consumer, event_id)
);
create index event_line_claimed on event_line (file_id, id) where file_id is not null;
create index event_line_open on event_line (consumer, id) where file_id is null;

-- How much of each file is known to be there, in bytes: behind it are at most lines that the file has claimed.
create table event_file (
  id uuid primary key,
  size bigint not null,
  lines bigint not null default 0,
  written_at timestamptz
);

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
  -- The language of its user's profile, where there is one.
  language text,
  order_id uuid,
  deliver_before timestamptz,
  -- `skipped`: its user has switched such mails off; it is not sent.
  state text not null default 'queued' check (state in ('queued', 'sending', 'unknown', 'sent', 'dead', 'skipped')),
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
create index notification_skipped on notification (ended_at) where state = 'skipped';
create index notification_of_order on notification (order_id) where order_id is not null;

-- What users have chosen in their profiles, as PROFILE_UPDATED tells; nothing personal. One that is gone stays as a tombstone.
create table preference (
  user_id uuid primary key,
  version integer not null,
  -- Null: the profile is gone.
  language text check (language in ('es', 'en')),
  order_updates boolean not null,
  account_news boolean not null
);
