-- The event store of one database: streams of events, appended to and never changed. What a subscription has applied is told
-- by its checkpoint. See docs/adr/0007-event-store.md.
create schema event_store;

-- cache 1 (the default) is required: with a larger cache, the numbers of one stream would not be in commit order.
create sequence event_store.event_seq as bigint minvalue 0 start 0 cache 1;
-- From here on `last_value` always is a drawn number, so that it can be read without looking at is_called.
select nextval('event_store.event_seq');

-- Not partitioned. Nothing is ever dropped from it, and the primary key that guards a stream's versions would have to hold
-- the partition's key as well. Whoever reads one stream would visit every partition by time.
create table event_store.event (
  -- The order of the first two columns matters: a row's transaction has its xid before the row has its number.
  xid xid8 not null default pg_current_xact_id(),
  seq bigint not null default nextval('event_store.event_seq'),
  stream text not null check (octet_length(stream) between 1 and 256),
  -- 1, 2, 3 … without gaps.
  version bigint not null check (version > 0),
  event_id uuid not null unique,
  type text not null check (octet_length(type) between 1 and 256),
  data json not null,
  metadata json,
  -- Of the command that brought it about, so that the same command takes effect once.
  command_id uuid,
  -- What streams have in common, before the first dash: `order` of `order-17`.
  category text not null generated always as (split_part(stream, '-', 1)) stored,
  -- So that a page can be cut by bytes without reading the data behind the cut.
  bytes integer not null
    generated always as (octet_length(data::text) + coalesce(octet_length(metadata::text), 0)) stored
    check (bytes <= 1000000),
  recorded_at timestamptz not null,
  primary key (stream, version)
);

create index event_number on event_store.event (seq);
-- With the number, so that the events of one long transaction can be paged.
create index event_xid on event_store.event (xid, seq);
create index event_command on event_store.event (stream, command_id) where command_id is not null;

-- The streams for whoever checks them.
create view event_store.stream as select stream, max(version) as version from event_store.event group by stream;

-- What has happened, for whoever checks it: the table is this package's own.
create view event_store.stored_event as
select stream, version, category, type, data, recorded_at from event_store.event;

-- The state of a stream up to a version. May be deleted at any time.
create table event_store.snapshot (
  stream text primary key,
  version bigint not null,
  -- Of the event that has this version: of a stream with another history the state is not this one.
  event_id uuid not null,
  -- Of the code that made the state.
  revision integer not null,
  state json not null,
  taken_at timestamptz not null default now()
);

-- Makes the writers of one stream queue, in the order of their calls, instead of trying again and again. The version's
-- primary key is what keeps them apart. Postgres' lock table is small and all sessions share it, so that a transaction
-- locks 32 streams at most, and tries its luck with others.
create function event_store.lock_stream(stream_name text) returns void
language plpgsql volatile as $$
declare
  locked integer := coalesce(nullif(current_setting('event_store.locked_streams', true), ''), '0')::integer;
begin
  if locked >= 32 then return; end if;
  perform set_config('event_store.locked_streams', (locked + 1)::text, true);
  perform pg_advisory_xact_lock(1919248001, ('x' || left(md5(stream_name), 8))::bit(32)::integer);
end
$$;

-- Appends events to a stream in the caller's transaction, if it is at the version expected; null: at whichever. The outcome
-- is `appended`, `repeated` when the stream has events of this command already, and `conflict` when it is at another
-- version. `version` is the stream's; the versions and numbers of the events are those of the command's where it is repeated.
--
-- A number is drawn when the version before it is visible, so when its transaction has left the proc array: the numbers of a
-- stream are in commit order, as those of an outbox's key are. Of two transactions that append the same version one waits
-- until the other has ended.
-- It runs as its owner, so that services need no right on the table: none but true xids and numbers can be stored.
create function event_store.append(
  stream_name text, expected bigint, event_ids uuid[], types text[], documents text[], metadata text[], command uuid,
  out outcome text, out version bigint, out first_version bigint, out seqs bigint[], out stored_ids uuid[],
  out xid xid8, out recorded_at timestamptz
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_variable
declare
  added integer := cardinality(event_ids);
  first_seq bigint;
begin
  -- The xid comes before the numbers: a snapshot taken between the two must hold this transaction in progress.
  xid := pg_current_xact_id();
  recorded_at := clock_timestamp();
  if expected is null then perform event_store.lock_stream(stream_name); end if;
  loop
    version := coalesce(
      (select e.version from event_store.event e where e.stream = stream_name order by e.version desc limit 1), 0);
    if command is not null then
      select 'repeated', min(e.version), array_agg(e.seq order by e.version), array_agg(e.event_id order by e.version),
        min(e.recorded_at)
      into outcome, first_version, seqs, stored_ids, recorded_at
      from event_store.event e where e.stream = stream_name and e.command_id = command having count(*) > 0;
      if found then return; end if;
      recorded_at := clock_timestamp();
    end if;
    if version <> coalesce(expected, version) then
      outcome := 'conflict';
      return;
    end if;
    insert into event_store.event as e
      (stream, version, event_id, type, data, metadata, command_id, recorded_at)
    values (stream_name, version + 1, event_ids[1], types[1], documents[1]::json, metadata[1]::json, command, recorded_at)
    on conflict on constraint event_pkey do nothing
    returning e.seq into first_seq;
    exit when found;
  end loop;
  seqs := array[first_seq];
  if added > 1 then
    with rest as (
      insert into event_store.event as e
        (stream, version, event_id, type, data, metadata, command_id, recorded_at)
      select stream_name, version + n.position, n.event_id, n.type, n.document::json, n.metadata::json, command, recorded_at
      from unnest(event_ids, types, documents, metadata) with ordinality
        as n (event_id, type, document, metadata, position)
      where n.position > 1
      order by n.position
      returning e.seq
    )
    select seqs || array_agg(rest.seq order by rest.seq) into seqs from rest;
  end if;
  outcome := 'appended';
  first_version := version + 1;
  version := version + added;
  stored_ids := event_ids;
end
$$;

-- Appends one event, as most appends do: scalars in, one text out, and one statement inside unless the version is another or the
-- command has been here, which took 0.6 of the CPU of the above in Postgres. Returns outcome, version, number and the time in
-- milliseconds, or what the above says. The subquery is evaluated before the number is drawn, and the xid, the first column, before
-- that as well.
create function event_store.append_one(
  stream_name text, expected bigint, id uuid, event_type text, document text, event_metadata text, command uuid
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  stored text;
begin
  insert into event_store.event as e
    (stream, version, event_id, type, data, metadata, command_id, recorded_at)
  select stream_name, expected + 1, id, event_type, document::json, event_metadata::json, command, clock_timestamp()
  where expected = coalesce(
      (select o.version from event_store.event o where o.stream = stream_name order by o.version desc limit 1), 0)
    and not exists (select from event_store.event o where o.stream = stream_name and o.command_id = command)
  on conflict on constraint event_pkey do nothing
  returning 'appended ' || e.version || ' ' || e.seq || ' ' || trunc(extract(epoch from e.recorded_at) * 1000) into stored;
  if found then return stored; end if;
  select concat_ws(' ', a.outcome, a.version, coalesce(a.seqs[1], 0), trunc(extract(epoch from a.recorded_at) * 1000))
  into stored
  from event_store.append(stream_name, expected, array[id], array[event_type], array[document], array[event_metadata], command) a;
  return stored;
end
$$;

-- Snapshots mean nothing in another cluster: a store that was restored there says so.
create table event_store.setting (
  singleton boolean primary key default true check (singleton),
  system_identifier bigint not null
);
insert into event_store.setting (system_identifier) select system_identifier from pg_control_system();

-- One row a subscription: its checkpoint. An event is due when its xid is not visible in `published` and is visible in
-- `target`; within that window events go by their numbers, and `last_seq` is the last one applied. It is stored in the
-- transaction that has the effects, and locked until that ends.
--
-- The row has a generation, so that it is found in the same time however long a transaction is held open. See
-- docs/adr/0006-cursor-generations.md.
create table event_store.stored_checkpoint (
  subscription text not null check (octet_length(subscription) between 1 and 256),
  categories text[] not null,
  -- Goes up with every change: who has read a row knows whether it is still the same.
  revision bigint not null default 0,
  published pg_snapshot not null default '3:3:',
  -- A number drawn before `published` was taken: those above it are in no transaction that `published` holds in progress or done.
  published_seq bigint not null default 0,
  -- The open window; null between windows.
  target pg_snapshot,
  target_seq bigint,
  last_seq bigint not null default 0,
  -- Events, those that it ignores included.
  applied bigint not null default 0,
  moved_at timestamptz not null default clock_timestamp(),
  generation bigint not null default 0,
  primary key (subscription, generation),
  check ((target is null) = (target_seq is null))
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- A stream whose next event a subscription cannot apply. Its later events wait behind that; no other stream does.
create table event_store.blocked_stream (
  subscription text not null,
  stream text not null,
  -- The event that cannot be applied.
  next_version bigint not null,
  -- The checkpoint has passed the events up to this one.
  passed_version bigint not null,
  type text not null,
  code text not null,
  error text not null,
  attempts integer not null default 1,
  retry_at timestamptz not null,
  since timestamptz not null default now(),
  primary key (subscription, stream)
);

create function event_store.checkpoint(subscription_name text) returns setof event_store.stored_checkpoint
language plpgsql stable rows 1 set enable_seqscan = off set enable_bitmapscan = off as $$
begin
  return query
    select * from event_store.stored_checkpoint c
    where c.subscription = subscription_name order by c.generation desc limit 1;
end
$$;

-- Locks a checkpoint until the transaction ends. No row: another replica is at it. `place` is where the row is: an update finds
-- it there at once.
create function event_store.lock_checkpoint(subscription_name text, out place tid, out revision bigint) returns setof record
language plpgsql volatile rows 1 set enable_seqscan = off set enable_bitmapscan = off as $$
begin
  return query
    select c.ctid, c.revision from event_store.stored_checkpoint c
    where c.subscription = subscription_name order by c.generation desc limit 1
    for update skip locked;
end
$$;

-- Has the subscription passed this event?
create function event_store.is_passed(c event_store.stored_checkpoint, xid xid8, seq bigint) returns boolean
language sql immutable parallel safe
return pg_visible_in_snapshot(xid, c.published)
  or (c.target is not null and seq <= c.last_seq and pg_visible_in_snapshot(xid, c.target));

-- The tables of projections, named by their owner in a migration (event_store.define_projection): nobody else can have the
-- functions below, which run as the owner, replace a table.
create table event_store.projection (
  name text primary key check (octet_length(name) between 1 and 150),
  schema_name text not null,
  table_name text not null check (octet_length(table_name) between 1 and 50),
  -- A rebuild under way, and what it is a rebuild of; null: none.
  rebuild_revision integer
);

create function event_store.define_projection(projection_name text, projected regclass) returns void
language sql volatile as $$
  insert into event_store.projection (name, schema_name, table_name)
  select projection_name, n.nspname, c.relname
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = projected
  on conflict (name) do update set schema_name = excluded.schema_name, table_name = excluded.table_name
$$;

-- What a switch would leave behind or break: null when nothing.
create function event_store.rebuild_obstacle(projected regclass) returns text
language sql stable as $$
  select case
    when exists (select from pg_constraint where contype = 'f' and projected in (conrelid, confrelid)) then 'a foreign key'
    when exists (select from pg_trigger where tgrelid = projected and not tgisinternal) then 'a trigger'
    when exists (select from pg_depend where refobjid = projected and classid = 'pg_rewrite'::regclass) then 'a view'
    when exists (select from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
                 where d.refobjid = projected and d.deptype = 'a') then 'a serial column'
    when exists (select from pg_inherits where projected in (inhrelid, inhparent)) then 'partitions'
  end
$$;

-- Makes the second table of a projection, empty, with the indexes and rights of the first, and returns its name. A rebuild of the
-- same revision that was interrupted goes on.
create function event_store.begin_rebuild(projection_name text, revision integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  p event_store.projection;
  live text;
  second text;
  obstacle text;
  entry record;
begin
  select * into p from event_store.projection where name = projection_name for update;
  if not found then
    raise exception using errcode = 'ES001',
      message = format('The projection %L is not defined. Call event_store.define_projection in a migration.', projection_name);
  end if;
  live := format('%I.%I', p.schema_name, p.table_name);
  second := format('%I.%I', p.schema_name, p.table_name || '_rebuild');
  obstacle := event_store.rebuild_obstacle(live::regclass);
  if obstacle is not null then
    raise exception using errcode = 'ES002',
      message = format('The table %s cannot be rebuilt beside itself: it has %s. Remove that, or use identity columns.', live, obstacle);
  end if;
  if p.rebuild_revision = revision and to_regclass(second) is not null then return second; end if;
  execute format('drop table if exists %s', second);
  delete from event_store.stored_checkpoint where subscription = 'rebuild:' || projection_name;
  delete from event_store.blocked_stream where subscription = 'rebuild:' || projection_name;
  execute format('create table %s (like %s including all)', second, live);
  for entry in
    select a.privilege_type, case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee
    from pg_class c cross join lateral aclexplode(c.relacl) a where c.oid = live::regclass and a.grantee <> c.relowner
  loop
    execute format('grant %s on %s to %s', entry.privilege_type, second, entry.grantee);
  end loop;
  update event_store.projection set rebuild_revision = revision where name = projection_name;
  return second;
end
$$;

-- Waits, as long as lock_timeout allows, until nobody writes a projection's table, and keeps writers out until the transaction
-- ends. Readers go on.
create function event_store.lock_projection(projection_name text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  p event_store.projection;
begin
  select * into strict p from event_store.projection where name = projection_name;
  execute format('lock table %I.%I in exclusive mode', p.schema_name, p.table_name);
end
$$;

-- Puts the second table in the place of the first, which is dropped; `is_inline`: else its checkpoint is the subscription's now.
create function event_store.switch_projection(projection_name text, is_inline boolean) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  p event_store.projection;
  rebuilt text := 'rebuild:' || projection_name;
begin
  select * into strict p from event_store.projection where name = projection_name for update;
  execute format('drop table %I.%I', p.schema_name, p.table_name);
  execute format('alter table %I.%I rename to %I', p.schema_name, p.table_name || '_rebuild', p.table_name);
  if not is_inline then
    update event_store.stored_checkpoint c set published = r.published, published_seq = r.published_seq, target = r.target,
      target_seq = r.target_seq, last_seq = r.last_seq, applied = r.applied, revision = c.revision + 1
    from event_store.checkpoint(rebuilt) r where c.subscription = projection_name;
    delete from event_store.blocked_stream where subscription = projection_name;
  end if;
  delete from event_store.stored_checkpoint where subscription = rebuilt;
  update event_store.projection set rebuild_revision = null where name = projection_name;
end
$$;

-- After a restore into another Postgres cluster, whose snapshots mean nothing to the old checkpoints: what they have not
-- passed is applied stream by stream, as that of blocked streams is. Blocks writers until its transaction ends; it writes every
-- event anew. The reason for the xid 2: it is below every snapshot.
create function event_store.rebase() returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  lock table event_store.event, event_store.stored_checkpoint in access exclusive mode;
  insert into event_store.blocked_stream as b
    (subscription, stream, next_version, passed_version, type, code, error, attempts, retry_at)
  select c.subscription, e.stream, min(e.version), max(e.version), '', 'rebased', 'Not applied before the restore.', 0, now()
  from event_store.stored_checkpoint c join event_store.event e on e.category = any(c.categories)
  where not event_store.is_passed(c, e.xid, e.seq)
  group by c.subscription, e.stream
  on conflict (subscription, stream) do update set passed_version = excluded.passed_version;
  update event_store.event set xid = '2';
  update event_store.stored_checkpoint c set published = pg_current_snapshot(), published_seq = 0,
    target = null, target_seq = null, last_seq = 0, revision = c.revision + 1;
  update event_store.setting set system_identifier = (select system_identifier from pg_control_system());
end
$$;

revoke execute on function
  event_store.rebase(), event_store.define_projection(text, regclass), event_store.begin_rebuild(text, integer),
  event_store.lock_projection(text), event_store.switch_projection(text, boolean)
from public;
revoke execute on function
  event_store.append(text, bigint, uuid[], text[], text[], text[], uuid),
  event_store.append_one(text, bigint, uuid, text, text, text, uuid)
from public;
