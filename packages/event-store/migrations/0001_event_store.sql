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

revoke execute on function event_store.append(text, bigint, uuid[], text[], text[], text[], uuid) from public;
