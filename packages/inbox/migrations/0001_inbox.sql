-- The inbox of one database: which events its consumers have finished with, which ones they hold back, and
-- which ones they gave up. `consumer` is the name of the consumer group.
create schema inbox;

-- One row for each event that a consumer has finished with, whether it took effect or became a dead letter.
-- Of an event delivered twice the time is the same, so both meet in one partition and one of them conflicts.
create table inbox.processed (
  consumer text not null,
  event_id uuid not null,
  event_time timestamptz not null,
  processed_at timestamptz not null default clock_timestamp(),
  -- The event first: its ids come in about the order of time, so that inserts touch few pages.
  primary key (event_id, consumer, event_time)
) partition by range (event_time);

-- Events older or newer than the daily partitions.
create table inbox.processed_default partition of inbox.processed default;

-- Events that failed, and the later events of their keys behind them. The first of a key, by position, is tried
-- again at next_attempt_at.
create table inbox.held (
  position bigint generated always as identity unique,
  consumer text not null,
  topic text not null,
  key text not null,
  partition integer not null,
  kafka_offset bigint not null,
  event_id uuid not null,
  event_time timestamptz not null,
  type text not null,
  value bytea not null,
  headers json not null,
  record_time timestamptz not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  error text,
  held_at timestamptz not null default clock_timestamp(),
  primary key (consumer, event_id)
);
create unique index held_key on inbox.held (consumer, topic, key, position);

-- Records that a consumer gave up, as they were.
create table inbox.dead_letter (
  id bigint generated always as identity primary key,
  consumer text not null,
  topic text not null,
  partition integer not null,
  kafka_offset bigint not null,
  key bytea,
  value bytea,
  headers json not null,
  record_time timestamptz not null,
  -- Null when the record has none that is valid; then it cannot be redriven.
  event_id uuid,
  event_time timestamptz,
  type text,
  ordering_key text,
  reason text not null,
  error text not null,
  attempts integer not null,
  dead_at timestamptz not null default clock_timestamp(),
  -- When its copy was acknowledged on the dead letter topic; null: not yet.
  published_at timestamptz,
  publish_after timestamptz not null default clock_timestamp(),
  redriven_at timestamptz,
  unique (consumer, topic, partition, kafka_offset)
);
create index dead_letter_unpublished on inbox.dead_letter (consumer, publish_after) where published_at is null;
create index dead_letter_event on inbox.dead_letter (consumer, event_id);

-- The first held event of each key of the consumer, found by one probe a key however long its queue is.
create function inbox.heads(consumer_name text)
returns table (head_position bigint, due_at timestamptz) language sql stable as $$
  with recursive head as (
    (select h.topic, h.key, h.position, h.next_attempt_at from inbox.held h
     where h.consumer = consumer_name order by h.topic, h.key, h.position limit 1)
    union all
    select n.topic, n.key, n.position, n.next_attempt_at from head p cross join lateral (
      select h.topic, h.key, h.position, h.next_attempt_at from inbox.held h
      where h.consumer = consumer_name and (h.topic, h.key) > (p.topic, p.key)
      order by h.topic, h.key, h.position limit 1
    ) n
  )
  select position, next_attempt_at from head
$$;

-- Makes the daily partitions from yesterday to `ahead` days from now; returns how many it made. A day that the
-- default partition already has events of is left to it. Runs as its owner, so that services need no right to
-- create tables.
create function inbox.ensure_partitions(ahead integer default 14) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  today date := (now() at time zone 'UTC')::date;
  day date;
  name text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(1919247992, 0);
  for day in select generate_series(today - 1, today + ahead, interval '1 day')::date loop
    name := 'processed_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass(format('inbox.%I', name)) is not null;
    begin
      -- Made by itself and then attached: that does not wait for the transactions that use the table.
      execute format('create table inbox.%I (like inbox.processed including defaults)', name);
      execute format('alter table inbox.processed attach partition inbox.%I for values from (%L) to (%L)',
        name, day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00');
      made := made + 1;
    exception when check_violation then
      null;
    end;
  end loop;
  return made;
end
$$;

-- Forgets what was finished more than `days` days ago; returns how many partitions were dropped. An event that
-- is delivered again after that takes effect again: `days` must exceed the retention of the topics.
create function inbox.drop_partitions(days integer default 30) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  keep_from date := (now() at time zone 'UTC')::date - days;
  name text;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(1919247992, 0);
  for name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'inbox.processed'::regclass and c.relname ~ '^processed_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < keep_from
  loop
    execute format('drop table inbox.%I', name);
    dropped := dropped + 1;
  end loop;
  delete from inbox.processed_default where processed_at < now() - make_interval(days => days);
  delete from inbox.dead_letter where redriven_at < now() - make_interval(days => days);
  return dropped;
end
$$;

-- The work of every hour: returns false when another consumer is at it.
create function inbox.maintain(ahead integer default 14, days integer default 30) returns boolean
language plpgsql volatile as $$
begin
  if not pg_try_advisory_xact_lock(1919247993, 0) then return false; end if;
  perform inbox.ensure_partitions(ahead);
  perform inbox.drop_partitions(days);
  return true;
end
$$;

select inbox.ensure_partitions();
