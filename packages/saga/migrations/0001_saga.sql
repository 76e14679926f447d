-- The sagas of one database: each with its state, its timer while it is under way, and its history. Whoever changes a saga
-- locks its row of saga.instance first.
create schema saga;

-- The digest of a text of any size, for indexes: a B-tree refuses values above 2,700 bytes. `convert_to` is only
-- stable because conversions can be replaced; to a database's own encoding it never changes.
create function saga.digest(value text) returns bytea
language sql immutable strict parallel safe return sha256(convert_to(value, 'UTF8'));

-- A saga is kept when it has ended. Ids are UUIDs of version 7, which begin with their time, so that a month is a range of
-- ids. `state` is the process' own: what the outside may ask for is in columns. Its partitions leave room on each page for the
-- next versions of its rows: an update then needs no new entries in the indexes, which takes half the CPU of one that does.
create table saga.instance (
  id uuid not null primary key,
  name text not null,
  version smallint not null,
  key text not null,
  status text not null check (status in ('running', 'compensating', 'completed', 'compensated', 'givenUp')),
  -- Fences a writer that has not locked the row.
  revision integer not null default 1,
  data json not null,
  state json not null,
  -- Of `reason`: why it is or was compensated, or given up.
  reason_code text,
  started_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
) partition by range (id);
create index instance_name on saga.instance (name, id);
create index instance_status on saga.instance (status, id);
create index instance_key on saga.instance (saga.digest(key));

create table saga.instance_default partition of saga.instance default with (fillfactor = 45);

-- What happened to a saga, in order.
create table saga.history (
  saga_id uuid not null,
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  step text,
  attempt integer,
  undo boolean not null default false,
  detail json,
  primary key (saga_id, id)
) partition by range (saga_id);

create table saga.history_default partition of saga.history default;

-- One row for each saga under way: what it waits for, and until when by this database's clock. So every saga has ended or
-- has a live deadline.
create table saga.timer (
  saga_id uuid primary key,
  name text not null,
  version smallint not null,
  step text not null,
  attempt integer not null,
  undo boolean not null,
  tries integer not null,
  due_at timestamptz not null,
  started_at timestamptz not null,
  stuck_since timestamptz,
  -- Why it could not be fired, as often as that.
  error text,
  failures integer not null default 0
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index timer_due on saga.timer (due_at);
create index timer_stuck on saga.timer (saga_id) where stuck_since is not null;

-- The sagas for whoever checks them.
create view saga.summary as
select i.id, i.name, i.version, i.key, i.status, i.started_at, i.ended_at, t.saga_id is not null as has_timer
from saga.instance i left join saga.timer t on t.saga_id = i.id;

-- Replies that nobody waited for. One that comes again is there once, and treated once.
create table saga.late_reply (
  id bigint generated always as identity primary key,
  saga_id uuid not null,
  step text not null,
  attempt integer not null,
  type text not null,
  event_id uuid not null,
  treatment text not null,
  data json,
  at timestamptz not null default clock_timestamp()
);
create unique index late_reply_once on saga.late_reply
  (saga_id, attempt, saga.digest(step), saga.digest(type));

-- What is to happen to sagas and needs a process that has their definition: replies that came to one without it, and what
-- operators ask for.
create table saga.parked (
  id bigint generated always as identity primary key,
  saga_id uuid not null,
  name text not null,
  version smallint not null,
  event json not null,
  -- The reply's, for the table of late replies.
  event_id uuid,
  at timestamptz not null default clock_timestamp(),
  not_before timestamptz not null default clock_timestamp(),
  error text,
  failures integer not null default 0
);
create index parked_saga on saga.parked (saga_id, id);

-- What became of what operators asked for.
create table saga.answer (
  request_id bigint primary key,
  result text not null,
  at timestamptz not null default clock_timestamp()
);

-- How many sagas of each name started, and ended in which way; late replies by their treatment. Changes are appended, so
-- that no row is hot, and summed up now and then.
create table saga.tally (
  name text not null,
  what text not null,
  count bigint not null,
  primary key (name, what)
);
create table saga.tally_change (
  name text not null,
  what text not null
);

-- The lowest id of version 7 of a time.
create function saga.first_id(moment timestamptz) returns uuid language sql immutable strict return
  rpad(lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- Creates the partitions of this month and `ahead` more; returns how many. Sagas of a month that the default partition
-- already has stay there, and the month goes on in it. Runs as its owner, so that services need no right to create tables.
create function saga.ensure_partitions(ahead integer default 3) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  this_month timestamp := date_trunc('month', now() at time zone 'UTC');
  month timestamp;
  bounds text;
  suffix text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(1919247997, 0);
  for month in select generate_series(this_month, this_month + make_interval(months => ahead), interval '1 month') loop
    suffix := to_char(month, 'YYYYMM');
    continue when to_regclass('saga.instance_' || suffix) is not null;
    bounds := format('for values from (%L) to (%L)', saga.first_id(month at time zone 'UTC'),
      saga.first_id((month + interval '1 month') at time zone 'UTC'));
    begin
      -- Created by themselves and then attached: that does not wait for the transactions that use the tables.
      execute format('create table saga.instance_%s (like saga.instance including defaults including constraints)
        with (fillfactor = 45)', suffix);
      execute format('create table saga.history_%s (like saga.history including defaults)', suffix);
      execute format('alter table saga.instance attach partition saga.instance_%s %s', suffix, bounds);
      execute format('alter table saga.history attach partition saga.history_%s %s', suffix, bounds);
      made := made + 1;
    exception when check_violation then
      null;
    end;
  end loop;
  return made;
end
$$;

-- Drops the sagas that began in months before `before`, with their histories and late replies; returns how many months.
-- Nobody calls it but an operator. A month with a saga under way stays.
create function saga.drop_months(before date) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
declare
  name text;
  suffix text;
  is_under_way boolean;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(1919247997, 0);
  for name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'saga.instance'::regclass and c.relname ~ '^instance_[0-9]{6}$'
      and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= before
    order by 1
  loop
    suffix := right(name, 6);
    execute format('lock table saga.%I in share mode', name);
    execute format('select exists (select from saga.%I where ended_at is null)', name) into is_under_way;
    continue when is_under_way;
    execute format('delete from saga.late_reply l using saga.%I i where l.saga_id = i.id', name);
    execute format('drop table saga.instance_%s', suffix);
    execute format('drop table saga.history_%s', suffix);
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;

-- Stores sagas that are locked, or new ones (revision 0), with all that goes with them, in one round trip. `documents` is a JSON
-- array of one for each saga; due_in_ms: null there is no timer (any more), -1 it stays as it is. Returns the ids of those that
-- somebody has written meanwhile, of which nothing is stored; null: there is none. The settings keep a plan that was made while
-- the tables were small from reading them whole when they have grown.
create function saga.store(documents text) returns text
language plpgsql volatile set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  at timestamptz := clock_timestamp();
  lost text;
begin
  with given as materialized (
    select * from json_to_recordset(documents::json) as d (
      id uuid, name text, version smallint, key text, status text, revision integer, data json, state json, reason text,
      due_in_ms double precision, step text, attempt integer, undo boolean, tries integer, is_stuck boolean,
      history json, tallied text[])
  ), added as (
    insert into saga.instance (id, name, version, key, status, data, state, reason_code, started_at, updated_at, ended_at)
    select id, name, version, key, status, coalesce(data, 'null'), state, reason, at, at,
      case when status not in ('running', 'compensating') then at end
    from given where revision = 0
    returning id, started_at
  ), changed as (
    update saga.instance i
    set version = d.version, status = d.status, data = coalesce(d.data, 'null'), state = d.state, reason_code = d.reason, updated_at = at,
      revision = i.revision + 1,
      ended_at = case when d.status not in ('running', 'compensating') then coalesce(i.ended_at, at) end
    from given d
    where i.id = d.id and i.revision = d.revision and d.revision > 0
    returning i.id, i.started_at
  ), stored as materialized (
    select d.*, s.started_at
    from given d join (select * from added union all select * from changed) s using (id)
  ), stopped as (
    delete from saga.timer t using stored s where t.saga_id = s.id and s.due_in_ms is null and s.revision > 0
  ), timed as (
    insert into saga.timer as t
      (saga_id, name, version, step, attempt, undo, tries, due_at, started_at, stuck_since)
    select id, name, version, step, attempt, undo, tries, at + due_in_ms * interval '1 ms', started_at,
      case when is_stuck then at end
    from stored where due_in_ms is not null
    on conflict on constraint timer_pkey do update
    set version = excluded.version, step = excluded.step, attempt = excluded.attempt, undo = excluded.undo,
      tries = excluded.tries,
      -- One that stays as it is would be due a millisecond ago.
      due_at = case when excluded.due_at < at then t.due_at else excluded.due_at end,
      stuck_since = case when excluded.stuck_since is not null then coalesce(t.stuck_since, at) end,
      error = null, failures = 0
  ), noted as (
    insert into saga.history (saga_id, at, kind, step, attempt, undo, detail)
    select s.id, at, e.kind, e.step, e.attempt, coalesce(e.undo, false), e.detail
    from stored s cross join lateral rows from (json_to_recordset(s.history)
      as (kind text, step text, attempt integer, undo boolean, detail json)) with ordinality as e
    order by s.id, e.ordinality
  ), tallied as (
    insert into saga.tally_change (name, what) select s.name, what from stored s, unnest(s.tallied) as what
  )
  select string_agg(d.id::text, ', ') into lost
  from given d where not exists (select from stored s where s.id = d.id);
  return lost;
end
$$;

-- Sums the changes up; false when another process is at it.
create function saga.count_up() returns boolean language plpgsql volatile as $$
begin
  if not pg_try_advisory_xact_lock(1919247997, 1) then return false; end if;
  with gone as (delete from saga.tally_change returning name, what)
  insert into saga.tally as t (name, what, count)
  select name, what, count(*) from gone group by name, what
  on conflict (name, what) do update set count = t.count + excluded.count;
  delete from saga.answer where at < now() - interval '1 day';
  return true;
end
$$;

select saga.ensure_partitions();
