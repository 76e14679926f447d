-- The inbox of one database: which events its consumers have finished with, which ones they hold back, and
-- which ones they gave up. `consumer` is the name of the consumer group.
create schema inbox;

-- The digest of a text of any size, for indexes: a B-tree refuses values above 2,700 bytes. `convert_to` is only
-- stable because conversions can be replaced; to a database's own encoding it never changes.
create function inbox.digest(value text) returns bytea
language sql immutable strict parallel safe return sha256(convert_to(value, 'UTF8'));

-- One row for each event that took effect on a consumer. An event is its source and id (CloudEvents), whatever
-- its other headers say. Ids are UUIDs of version 7, which begin with their time, so that a day is a range of ids.
create table inbox.processed (
  consumer text not null,
  event_id uuid not null,
  source text not null,
  processed_at timestamptz not null default clock_timestamp(),
  -- The event first: its ids come in about the order of time, so that inserts touch few pages.
  primary key (event_id, consumer, source)
) partition by range (event_id);

-- Ids of other versions, 63 of 64 of them: from 2109 on as version 7 goes. Apart from the default partition, which is
-- read whole whenever a day is attached.
create table inbox.processed_random partition of inbox.processed
  for values from ('04000000-0000-0000-0000-000000000000') to (maxvalue);
create index on inbox.processed_random (processed_at);

-- Ids older or newer than the daily partitions.
create table inbox.processed_default partition of inbox.processed default;
create index on inbox.processed_default (processed_at);

-- Events that failed, and the later events of their keys behind them. The first of a key, by position, is tried
-- again at next_attempt_at.
create table inbox.held (
  position bigint generated always as identity primary key,
  consumer text not null,
  topic text not null,
  key text not null,
  key_digest bytea not null generated always as (inbox.digest(key)) stored,
  partition integer not null,
  kafka_offset bigint not null,
  source text not null,
  event_id uuid not null,
  event_time timestamptz not null,
  type text not null,
  -- As it was, when `key` stands for none.
  record_key bytea,
  value bytea not null,
  headers json not null,
  record_time timestamptz not null,
  -- Of the record, as in `dead_letter`: two records may claim one id, and must not keep each other out.
  digest bytea not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  failed_at timestamptz,
  -- When its handler first said that what it depends on is away.
  unavailable_since timestamptz,
  error text,
  held_at timestamptz not null default clock_timestamp(),
  unique (consumer, topic, digest)
);
create unique index held_key on inbox.held (consumer, topic, key_digest, position);
create index held_event on inbox.held (event_id);

-- Records that a consumer gave up, as they were. One that comes again stays given up; another with its id does not.
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
  -- Tells it from the records of other events, and from others at its offset when the topic was made anew.
  digest bytea not null,
  -- Null when the record has no valid id; then it cannot be redriven.
  source text,
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
  -- Infinity: the topic rejects the copy for good.
  publish_after timestamptz not null default clock_timestamp(),
  redriven_at timestamptz,
  discarded_at timestamptz,
  -- Off the list for as long as nobody revives it: retention leaves it alone.
  archived_at timestamptz,
  -- Why an operator discarded, archived or replaced it.
  note text,
  -- The event that an operator made of it, with another payload; it is discarded for good.
  replaced_by uuid,
  -- The same for those that failed alike: numbers and ids in an error's text do not make it another error.
  fingerprint text not null generated always as (left(encode(inbox.digest(
    consumer || chr(10) || coalesce(type, '') || chr(10) || reason || chr(10)
      || regexp_replace(left(error, 500), '[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9]+', '#', 'g')), 'hex'), 12)) stored,
  unique (consumer, topic, digest)
);
create index dead_letter_unpublished on inbox.dead_letter (consumer, publish_after) where published_at is null;
create index dead_letter_event on inbox.dead_letter (event_id, consumer);
-- A record without a valid id has no ordering key: its key's bytes are indexed instead.
create index dead_letter_key on inbox.dead_letter (coalesce(inbox.digest(ordering_key), sha256(key)), consumer, id);
create index dead_letter_type on inbox.dead_letter (inbox.digest(type), consumer, id);
create index dead_letter_open on inbox.dead_letter (consumer, id)
  where redriven_at is null and discarded_at is null and archived_at is null;
-- Groups are counted in it alone, as often as somebody looks.
create index dead_letter_group on inbox.dead_letter (consumer, fingerprint, id) include (dead_at)
  where redriven_at is null and discarded_at is null and archived_at is null;
create index dead_letter_archived on inbox.dead_letter (consumer, fingerprint, id) include (dead_at)
  where archived_at is not null and discarded_at is null;
create index dead_letter_discarded on inbox.dead_letter (consumer, fingerprint, id) include (dead_at)
  where discarded_at is not null;

-- Where each partition's consumer goes on, as of the transactions that this database has: the committed offset of the
-- group is ahead of it only when the database has lost some, after a restore or a failover.
create table inbox.taken (
  consumer text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  primary key (consumer, topic, partition)
);

-- The first held event of each key of the consumer, found by one probe a key however long its queue is. One that was put off at a
-- time that is still to come is due at once: the clock was set back since.
create function inbox.heads(consumer_name text)
returns table (head_position bigint, due_at timestamptz) language sql stable as $$
  with recursive head as (
    (select h.topic, h.key_digest, h.position, h.next_attempt_at, coalesce(h.failed_at, h.held_at) as put_off_at
     from inbox.held h where h.consumer = consumer_name order by h.topic, h.key_digest, h.position limit 1)
    union all
    select n.topic, n.key_digest, n.position, n.next_attempt_at, n.put_off_at from head p cross join lateral (
      select h.topic, h.key_digest, h.position, h.next_attempt_at, coalesce(h.failed_at, h.held_at) as put_off_at
      from inbox.held h
      where h.consumer = consumer_name and (h.topic, h.key_digest) > (p.topic, p.key_digest)
      order by h.topic, h.key_digest, h.position limit 1
    ) n
  )
  select position, case when put_off_at > clock_timestamp() then least(next_attempt_at, clock_timestamp())
    else next_attempt_at end
  from head
$$;

-- The lowest id of version 7 that a day can have.
create function inbox.first_id(day date) returns uuid language sql immutable strict return
  rpad(lpad(to_hex((extract(epoch from day) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- Creates the daily partitions from yesterday to `ahead` days from now; returns how many. A day of which the default
-- partition already has events is left to it. Runs as its owner, so that services need no right to create tables.
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
      -- Created by itself and then attached: that does not wait for the transactions that use the table.
      execute format('create table inbox.%I (like inbox.processed including defaults)', name);
      execute format('alter table inbox.processed attach partition inbox.%I for values from (%L) to (%L)',
        name, inbox.first_id(day), inbox.first_id(day + 1));
      made := made + 1;
    exception when check_violation then
      null;
    end;
  end loop;
  return made;
end
$$;

-- The events that took effect, for whoever checks them.
create view inbox.effect as select consumer, source, event_id, processed_at from inbox.processed;

-- What retention counts from, and the clock at its last round.
create table inbox.retention (
  singleton boolean primary key default true check (singleton),
  trusted_at timestamptz not null default clock_timestamp(),
  clock_at timestamptz not null default clock_timestamp()
);
insert into inbox.retention default values;

-- The time that retention counts from, called at each of its rounds: the clock, except after it jumped ahead by more than
-- two days between two rounds. A wrong clock would have every event forgotten, which then takes effect again when it is
-- delivered again, so the time stays where it was and catches up by two days a day. The same holds after rounds that
-- failed to come for so long.
create function inbox.retention_time() returns timestamptz
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with clock as (select clock_timestamp() as now)
  update inbox.retention r set
    trusted_at = least(c.now, case when c.now - r.clock_at > interval '2 days' then r.trusted_at
      else r.trusted_at + 2 * greatest(c.now - r.clock_at, interval '0') end),
    clock_at = c.now
  from clock c returning r.trusted_at
$$;

-- Forgets what was finished more than `days` days ago; returns how many partitions were dropped. An event that
-- is delivered again after that takes effect again: `days` must exceed the retention of the topics. A day of which
-- something was finished later stays until that is old as well.
create function inbox.drop_partitions(days integer default 30) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  keep_from timestamptz := inbox.retention_time() - make_interval(days => days);
  name text;
  kept boolean;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(1919247992, 0);
  for name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'inbox.processed'::regclass and c.relname ~ '^processed_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < (keep_from at time zone 'UTC')::date
  loop
    begin
      execute format('lock table inbox.%I in share mode', name);
      execute format('select exists (select from inbox.%I where processed_at >= $1)', name) into kept using keep_from;
      continue when kept;
      execute format('drop table inbox.%I', name);
      dropped := dropped + 1;
    exception when lock_not_available or deadlock_detected then
      null; -- in use; the next round tries again
    end;
  end loop;
  delete from inbox.processed_random where processed_at < keep_from;
  delete from inbox.processed_default where processed_at < keep_from;
  delete from inbox.dead_letter where redriven_at < keep_from or discarded_at < keep_from;
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
