-- The outbox of one database: events are appended to it and never updated or deleted; what has been
-- published is told by the cursors. See docs/adr/0001-snapshot-window-cursor.md.
create schema outbox;

-- cache 1 (the default) is required: with a larger cache, ids of one key would not be in commit order.
create sequence outbox.event_id_seq as bigint minvalue 0 start 0 cache 1;
-- From here on `last_value` always is a drawn id, so that it can be read without looking at is_called.
select nextval('outbox.event_id_seq');

create table outbox.event (
  -- The order of the first two columns matters: a row's transaction has its xid before the row has its id.
  xid xid8 not null default pg_current_xact_id(),
  id bigint not null default nextval('outbox.event_id_seq'),
  shard smallint not null,
  event_id uuid not null,
  topic text not null,
  key text not null,
  -- What Kafka's partition is chosen by, where that is not the key.
  partition_key text,
  type text not null,
  headers json,
  payload json not null,
  -- So that a page can be cut by bytes without reading, and decompressing, the payloads behind the cut.
  payload_bytes integer not null generated always as (octet_length(payload::text)) stored,
  created_at timestamptz not null default clock_timestamp()
) partition by range (created_at);

create index event_id on outbox.event (id);
-- With the id, so that the events of one long transaction can be paged.
create index event_xid on outbox.event (xid, id);

-- The outbox in the write-ahead log, for relays that read that. See docs/adr/0005-wal-source.md.
create publication relevo_outbox for table outbox.event with (publish = 'insert', publish_via_partition_root = true);

create table outbox.setting (
  singleton boolean primary key default true check (singleton),
  shards smallint not null check (shards between 1 and 256),
  -- Of payload, headers and keys together. The default is Kafka's own for a record, less what the relay adds. Changed by
  -- outbox.set_max_event_bytes.
  max_event_bytes integer not null default 1000000 check (max_event_bytes between 1 and 268435456),
  -- Snapshots mean nothing in another cluster: see outbox.rebase.
  system_identifier bigint not null,
  -- The Kafka cluster that this outbox goes to; null until its first relay has connected.
  kafka_cluster_id text,
  -- What retention counts from, and the clock at its last round: see outbox.retention_time.
  retention_at timestamptz not null default clock_timestamp(),
  retention_clock timestamptz not null default clock_timestamp()
);

insert into outbox.setting (shards, system_identifier)
select coalesce(nullif(current_setting('relevo.shards', true), '')::smallint, 16), system_identifier
from pg_control_system();

-- One row a shard: its cursor. An event is due when its xid is not visible in `published` and is visible in `target`;
-- within that window, events go out by id, and `last_id` is the last one acknowledged.
--
-- A shard's row is found in the same time however long a transaction is held open. Postgres keeps every version of a row
-- that such a transaction might see, and a look-up by the shard alone visits them all. So the row has a generation, which
-- goes up with about every eighth update, and look-ups start at the youngest. See docs/adr/0006-cursor-generations.md.
create table outbox.stored_cursor (
  shard smallint not null,
  published pg_snapshot not null default '3:3:',
  -- A value of the sequence read before `published` was taken: ids above it are in no transaction that
  -- `published` holds in progress or done; ids up to it are done or in pg_snapshot_xip(published).
  published_seq bigint not null default 0,
  -- The open window; null between windows.
  target pg_snapshot,
  target_seq bigint,
  last_id bigint not null default 0,
  acknowledged bigint not null default 0,
  quarantined bigint not null default 0,
  -- Events of this shard in partitions that retention has dropped.
  dropped bigint not null default 0,
  -- The page that the broker does not take: the due events up to failing_id.
  failing_id bigint,
  failing_since timestamptz,
  attempts integer not null default 0,
  error text,
  owner text,
  epoch bigint not null default 0,
  lease_until timestamptz,
  generation bigint not null default 0,
  primary key (shard, generation),
  check ((target is null) = (target_seq is null))
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

insert into outbox.stored_cursor (shard) select generate_series(0, shards - 1) from outbox.setting;

-- Up to where the cursors have published every transaction that has committed. One row; none before the first stream.
create table outbox.streamed (
  singleton boolean primary key default true check (singleton),
  lsn pg_lsn not null
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- The relays that are alive, so that each knows its fair share of the shards.
create table outbox.relay (
  owner text primary key,
  seen_at timestamptz not null
);

-- What a key is looked up by where an index needs it: an index entry has a size limit of 2,704 bytes, a key does not.
create function outbox.key_digest(key text) returns bytea
language sql immutable strict parallel safe
return sha256(convert_to(key, 'UTF8'));

-- A key whose oldest unpublished event the broker rejects. Its later events wait behind it.
create table outbox.quarantine (
  shard smallint not null,
  key text not null,
  -- What the broker's error is about. record: that event, permanently. topic, partition: where it goes to; the relay probes
  -- that until it is well, and then releases its keys.
  scope text not null check (scope in ('record', 'topic', 'partition')),
  -- Of the rejected event; the partition where the scope is one, else -1.
  topic text not null,
  partition integer not null default -1,
  -- retrying: tried again, for the scope record at retry_at; quarantined: waits for an operator.
  state text not null check (state in ('retrying', 'quarantined')),
  attempts integer not null,
  retry_at timestamptz,
  error_code text not null,
  error text not null,
  since timestamptz not null default now(),
  -- What an operator asked for; the relay that holds the shard carries it out.
  command text check (command in ('redrive', 'skip', 'discard')),
  key_digest bytea not null generated always as (outbox.key_digest(key)) stored,
  primary key (shard, key_digest)
);

-- The events of quarantined keys, whole, so that retention can drop the partition they came from.
create table outbox.quarantined_event (
  id bigint primary key,
  xid xid8 not null,
  shard smallint not null,
  event_id uuid not null,
  topic text not null,
  key text not null,
  partition_key text,
  type text not null,
  headers json,
  payload json not null,
  payload_bytes integer not null generated always as (octet_length(payload::text)) stored,
  created_at timestamptz not null,
  attempts integer not null default 0,
  error text,
  -- skipped or discarded by an operator, at resolved_at.
  resolution text check (resolution in ('skipped', 'discarded')),
  resolved_at timestamptz,
  key_digest bytea not null generated always as (outbox.key_digest(key)) stored
);
create index quarantined_event_key on outbox.quarantined_event (shard, key_digest, id) where resolution is null;

-- Events that an operator has asked to be published again, by bounds that all hold; null is no bound.
create table outbox.republish (
  id bigint primary key generated always as identity,
  from_id bigint,
  to_id bigint,
  from_time timestamptz,
  to_time timestamptz,
  event_ids uuid[],
  keys text[],
  topic text,
  -- Count what the audit misses as acknowledged, once these events are.
  settle boolean not null,
  requested_at timestamptz not null default clock_timestamp(),
  aborted_at timestamptz
);

-- How far a request has got in each shard, stored by the shard's owner under the epoch of its lease.
create table outbox.republish_shard (
  request bigint not null references outbox.republish on delete cascade,
  shard smallint not null,
  -- The cursor when it was asked for: only what it had passed is sent again, later events go out by themselves.
  published pg_snapshot not null,
  target pg_snapshot,
  target_id bigint not null,
  -- Ids above last_id and up to end_id are still to be done.
  last_id bigint not null,
  end_id bigint not null,
  -- How many they were when it was asked for.
  events bigint not null,
  sent bigint not null default 0,
  rejected bigint not null default 0,
  error text,
  done_at timestamptz,
  primary key (request, shard)
);
create index republish_shard_open on outbox.republish_shard (shard) where done_at is null;

-- For the audit: the events of each shard that `as_of` sees, in partitions that are not dropped, counted once.
create table outbox.audited (
  shard smallint primary key,
  events bigint not null default 0,
  -- Sees no row yet, not even one with the xid 2 of outbox.rebase.
  as_of pg_snapshot not null default '2:2:'
);

insert into outbox.audited (shard) select generate_series(0, shards - 1) from outbox.setting;

-- What a key is locked by. md5, unlike hashtext, is the same in every version.
create function outbox.key_hash(key text) returns integer
language sql immutable strict parallel safe
return ('x' || left(md5(key), 8))::bit(32)::integer;

-- The bucket that a key is sharded by, and locked by together with many others.
create function outbox.key_bucket(key text) returns integer
language sql immutable strict parallel safe
return outbox.key_hash(key) & 4095;

-- The settings as constants, so that recording an event does not read the table: measured at 145 µs a call.
do $$
begin
  execute format(
    'create function outbox.shards() returns smallint language sql immutable parallel safe return %s::smallint',
    (select shards from outbox.setting)
  );
  execute format(
    'create function outbox.max_event_bytes() returns integer language sql stable parallel safe return %s',
    (select max_event_bytes from outbox.setting)
  );
end
$$;

-- Sets how large an event may be, for all that are recorded from now on. Kafka has to take it as well: raise
-- max.message.bytes of the topics, and message.max.bytes of the brokers, first. The function is stable and not immutable,
-- since sessions would go on with the value of an immutable one that they have planned with.
create function outbox.set_max_event_bytes(bytes integer) returns void
language plpgsql volatile as $$
begin
  update outbox.setting set max_event_bytes = bytes;
  execute format(
    'create or replace function outbox.max_event_bytes() returns integer language sql stable parallel safe return %s',
    bytes
  );
end
$$;

-- The youngest row of each shard. The plan is made while the table is small and kept when it has grown: without the
-- settings it would read the whole table for each shard.
create function outbox.stored_cursors() returns setof outbox.stored_cursor
language plpgsql stable rows 16 set enable_seqscan = off set enable_bitmapscan = off as $$
begin
  return query
    select p.*
    from generate_series(0, outbox.shards() - 1) as s (shard)
    cross join lateral (
      select * from outbox.stored_cursor where stored_cursor.shard = s.shard::smallint order by generation desc limit 1
    ) p;
end
$$;

-- The cursor of each shard, to be read. An update finds its row in outbox.stored_cursor by shard and generation.
create view outbox.cursor as select * from outbox.stored_cursors();

-- Has this event been acknowledged by Kafka, as far as this cursor tells?
create function outbox.is_published(c outbox.cursor, xid xid8, id bigint) returns boolean
language sql immutable parallel safe
return pg_visible_in_snapshot(xid, c.published)
  or (c.target is not null and id <= c.last_id and pg_visible_in_snapshot(xid, c.target));

-- E sent, X tried and refused or failing, P pending.
create function outbox.event_state(c outbox.cursor, q outbox.quarantined_event, xid xid8, id bigint)
returns text language sql immutable parallel safe
return case
  when q.id is not null then case when q.attempts > 0 or q.resolution is not null then 'X' else 'P' end
  when outbox.is_published(c, xid, id) then 'E'
  when id <= c.failing_id and pg_visible_in_snapshot(xid, c.target) then 'X'
  else 'P'
end;

create view outbox.event_status as
select e.id, e.xid, e.shard, e.event_id, e.topic, e.key, e.type, e.headers, e.payload, e.created_at,
  s.state,
  case when s.state = 'X' then coalesce(q.attempts, c.attempts) else coalesce(q.attempts, 0) end as attempts,
  case when s.state = 'X' then coalesce(q.error, c.error) end as error,
  e.payload_bytes
from outbox.event e
join outbox.cursor c on c.shard = e.shard
left join outbox.quarantined_event q on q.id = e.id
cross join lateral (select outbox.event_state(c, q, e.xid, e.id) as state) s;

-- The events for whoever checks them; what became of them is in event_status.
create view outbox.recorded as select id, event_id, topic, key, type, payload, created_at from outbox.event;

-- Locks keys until the transaction has left the proc array: each by its hash, and its bucket shared with others that
-- do so. Postgres' lock table is small and all sessions share it, so that a transaction which locks more keys than 32
-- locks their buckets instead, of which there are 4,096. All calls lock in one order, buckets first: no single call
-- deadlocks another. See docs/adr/0002-key-lock.md.
create function outbox.lock_keys(hashes integer[]) returns void
language plpgsql volatile as $$
declare
  locked integer := coalesce(nullif(current_setting('relevo.locked_keys', true), ''), '0')::integer
    + cardinality(hashes);
begin
  if locked > 32 then
    perform pg_advisory_xact_lock(1919247990, b.bucket)
    from (select distinct h & 4095 as bucket from unnest(hashes) h order by bucket) b;
    return;
  end if;
  perform set_config('relevo.locked_keys', locked::text, true);
  perform pg_advisory_xact_lock_shared(1919247990, b.bucket)
  from (select distinct h & 4095 as bucket from unnest(hashes) h order by bucket) b;
  perform pg_advisory_xact_lock(1919247996, k.hash)
  from (select distinct h as hash from unnest(hashes) h order by hash) k;
end
$$;

-- Is this surely an event that can be published? Cheap, since it runs for every event: 3 µs. What it cannot rule out,
-- outbox.check_event looks into. Of valid JSON without a backslash, the pattern finds every member whose value is not a
-- text; fewer than 256 bytes hold neither 100 headers nor a long one.
create function outbox.is_plain_event(
  event_id uuid, topic text, key text, partition_key text, type text, headers text, payload text
) returns boolean language sql stable parallel safe
return event_id is not null and topic <> '' and key <> '' and partition_key is distinct from '' and type <> ''
  and octet_length(topic) <= 249 and octet_length(type) <= 8192
  and octet_length(payload) + octet_length(key) + coalesce(octet_length(partition_key), 0)
    + coalesce(octet_length(headers), 0) <= outbox.max_event_bytes()
  and payload not like E'%\\\\u%'
  and (headers is null or (octet_length(headers) < 256
    and headers like '{%' and headers not like E'%\\\\%' and headers !~ E'"\\s*:\\s*[^"\\s]'));

-- Is every text in this JSON one that Postgres can store? It stores neither U+0000 nor lone surrogates, but the type json
-- takes their escapes, and fails when it is read. Escaped backslashes go first, whose `u` is just a letter.
create function outbox.is_storable(document text) returns boolean
language sql immutable parallel safe
return document not like E'%\\\\u%' or regexp_replace(
  replace(document, E'\\\\', '  '), E'\\\\u[dD][89abAB][[:xdigit:]]{2}\\\\u[dD][c-fC-F][[:xdigit:]]{2}', '', 'g'
) !~ E'\\\\u(0000|[dD][89a-fA-F])';

-- Refuses an event that could never be published, or read, with an SQLSTATE of the class OB: OB001 it is not well formed,
-- OB002 Postgres cannot store it, OB003 it is too large.
create function outbox.check_event(
  event_id uuid, topic text, key text, partition_key text, type text, headers text, payload text
) returns void language plpgsql stable as $$
#variable_conflict use_variable
declare
  size bigint := octet_length(payload)::bigint + octet_length(key) + coalesce(octet_length(partition_key), 0)
    + coalesce(octet_length(headers), 0);
begin
  if event_id is null or payload is null then
    raise exception using errcode = 'OB001', message = 'The event has no id or no payload. Give it both.';
  elsif not coalesce(topic <> '' and key <> '' and type <> '', false) or partition_key = '' then
    raise exception using errcode = 'OB001',
      message = 'The event''s topic, key and type must be texts that are not empty, and so must its partition key if it has one.';
  elsif octet_length(topic) > 249 or octet_length(type) > 8192 then
    raise exception using errcode = 'OB001',
      message = 'The event''s topic or type is too long: Kafka''s topics have at most 249 characters, types here 8,192 bytes.';
  elsif size > outbox.max_event_bytes() then
    raise exception using errcode = 'OB003', message = format(
      'The event has %s bytes of payload, headers and key; the limit is %s. Make it smaller, or raise the limit: '
      'select outbox.set_max_event_bytes(...), after that of Kafka''s topic.', size, outbox.max_event_bytes());
  elsif not outbox.is_storable(payload) or not coalesce(outbox.is_storable(headers), true) then
    raise exception using errcode = 'OB002',
      message = 'The event''s payload or headers hold the character U+0000 or a lone surrogate, which Postgres cannot store. Remove it.';
  end if;
  perform outbox.check_headers(headers::json);
end
$$;

create function outbox.check_headers(headers json) returns void
language plpgsql stable as $$
declare
  fault text;
begin
  if headers is null then return; end if;
  if json_typeof(headers) <> 'object' then
    raise exception using errcode = 'OB001', message = 'The event''s headers must be an object of texts.';
  end if;
  select case
    when h.position > 100 then 'The event has more than 100 headers.'
    when json_typeof(h.value) <> 'string' then format('The event''s header "%s" must be a text.', left(h.key, 50))
    else format('The event''s header "%s" is too long: names have at most 256 bytes, values 8,192.', left(h.key, 50))
  end into fault
  from json_each(headers) with ordinality as h (key, value, position)
  where h.position > 100 or json_typeof(h.value) <> 'string'
    or octet_length(h.key) > 256 or octet_length(h.value #>> '{}') > 8192
  order by h.position limit 1;
  if fault is not null then raise exception using errcode = 'OB001', message = fault; end if;
end
$$;

-- An event recorded while its relay sleeps wakes that relay at the commit. See docs/adr/0025-waking-relays.md.
-- Is this shard's relay asleep? Then it holds the lock. The test takes a shared lock and releases it at once: a transaction-level lock
-- would keep the relay awake for as long as the transaction is open.
create function outbox.is_relay_asleep(shard integer) returns boolean
language sql volatile
return case
  when pg_try_advisory_lock_shared(1919247998, shard) then not pg_advisory_unlock_shared(1919247998, shard)
  else true
end;

-- Wakes the relays when this transaction commits. Recording must not fail because of it: NOTIFY fails when its queue is full, and
-- PREPARE TRANSACTION fails after a NOTIFY. In both cases the relay finds the event at its next probe.
create function outbox.wake_relays() returns void
language plpgsql volatile as $$
begin
  if pg_notification_queue_usage() < 0.5 and current_setting('max_prepared_transactions') = '0' then
    perform pg_notify('outbox_wake', '');
  end if;
end
$$;

-- Records events in the caller's transaction and returns them in the order given. The keys are locked before any id
-- is drawn, so that the ids of one key are in commit order.
-- It runs as its owner, so that services need no right on the table: no xid, id or shard but the true ones can be stored.
create function outbox.enqueue(
  event_ids uuid[], topics text[], keys text[], partition_keys text[], types text[], headers text[], payloads text[]
) returns table (id bigint, xid xid8, shard smallint, event_id uuid, created_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  perform outbox.check_event(n.event_id, n.topic, n.key, n.partition_key, n.type, n.headers, n.payload)
  from unnest(event_ids, topics, keys, partition_keys, types, headers, payloads)
    as n (event_id, topic, key, partition_key, type, headers, payload)
  where outbox.is_plain_event(n.event_id, n.topic, n.key, n.partition_key, n.type, n.headers, n.payload) is not true;
  -- The xid comes before the ids: a snapshot taken between the two must hold this transaction in progress.
  perform pg_current_xact_id();
  perform outbox.lock_keys(array(select distinct outbox.key_hash(k) from unnest(keys) k));
  return query
    insert into outbox.event (shard, event_id, topic, key, partition_key, type, headers, payload)
    select outbox.key_bucket(n.key) % outbox.shards(), n.event_id, n.topic, n.key, n.partition_key, n.type,
      n.headers::json, n.payload::json
    from unnest(event_ids, topics, keys, partition_keys, types, headers, payloads) with ordinality
        as n (event_id, topic, key, partition_key, type, headers, payload, position)
    order by n.position
    returning id, xid, shard, event_id, created_at;
  if exists (
    select from (select distinct outbox.key_bucket(k) % outbox.shards() as shard from unnest(keys) k) s
    where outbox.is_relay_asleep(s.shard)
  ) then
    perform outbox.wake_relays();
  end if;
end
$$;

-- The same for one event, since most transactions record one: without arrays and sets of rows it costs half. The first
-- locks are those of outbox.lock_keys. Returns `id xid shard created_at` as one text, created_at in ms since 1970.
create function outbox.enqueue_one(
  event_id uuid, topic text, key text, partition_key text, type text, headers json, payload json
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  hash integer := outbox.key_hash(key);
  bucket integer := hash & 4095;
  shard integer := bucket % outbox.shards();
  header_text text := headers;
  payload_text text := payload;
  recorded text;
begin
  if outbox.is_plain_event(event_id, topic, key, partition_key, type, header_text, payload_text) is not true then
    perform outbox.check_event(event_id, topic, key, partition_key, type, header_text, payload_text);
  end if;
  perform pg_current_xact_id();
  if coalesce(current_setting('relevo.locked_keys', true), '') = '' then
    perform set_config('relevo.locked_keys', '1', true),
      pg_advisory_xact_lock_shared(1919247990, bucket), pg_advisory_xact_lock(1919247996, hash);
  else
    perform outbox.lock_keys(array[hash]);
  end if;
  insert into outbox.event as e (shard, event_id, topic, key, partition_key, type, headers, payload)
  values (shard, event_id, topic, key, partition_key, type, headers, payload)
  returning concat_ws(' ', e.id, e.xid, e.shard, trunc(extract(epoch from e.created_at) * 1000))
    into recorded;
  if outbox.is_relay_asleep(shard) then
    perform outbox.wake_relays();
  end if;
  return recorded;
end
$$;

-- Records a canary in each of these shards: an ordinary event, by which it is measured whether delivery works. See
-- docs/adr/0024-canary.md. It runs as its owner, since a relay may record nothing else; the topic is fixed for the same reason.
-- Of 32 keys for each shard, every shard has some.
create function outbox.record_canaries(wanted smallint[], outbox_name text) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with key as (
    select distinct on (shard) shard, key
    from (
      select outbox.key_bucket('canary-' || n) % outbox.shards() as shard, 'canary-' || n as key, n
      from generate_series(1, 32 * outbox.shards()) n
    ) candidate
    where shard = any(wanted)
    order by shard, n
  ), event as (
    -- A UUID of version 7, as every event has: it begins with the time in milliseconds.
    select shard, key, encode(
      set_bit(set_bit(
        overlay(uuid_send(gen_random_uuid())
          placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
        52, 1), 53, 1), 'hex')::uuid as id
    from key
  ), columns as (
    select array_agg(id order by shard) as ids, array_agg(key order by shard) as keys,
      array_agg(json_build_object('outbox', outbox_name, 'shard', shard, 'key', key)::text order by shard) as payloads,
      count(*)::integer as events
    from event
  )
  select from columns, outbox.enqueue(
    ids, array_fill('relevo.canary'::text, array[events]), keys, array_fill(null::text, array[events]),
    array_fill('CANARY'::text, array[events]), array_fill(null::text, array[events]), payloads)
$$;

-- Makes the daily partitions from yesterday to `ahead` days from now; returns how many it made. A day that the default
-- partition already has events of is left to it: attaching would fail. A table is made by itself and then attached, which
-- does not block writers; it waits for the lock of the default partition only so long as others can wait behind it.
create function outbox.ensure_partitions(ahead integer default 14) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '500ms' set datestyle = 'ISO' as $$
declare
  today date := (now() at time zone 'UTC')::date;
  day date;
  name text;
  starts text;
  ends text;
  is_taken boolean;
  made integer := 0;
begin
  if not pg_try_advisory_xact_lock(1919247991, 0) then return 0; end if;
  for day in select generate_series(today - 1, today + ahead, interval '1 day')::date loop
    name := 'event_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass(format('outbox.%I', name)) is not null;
    starts := day::text || ' 00:00+00';
    ends := (day + 1)::text || ' 00:00+00';
    select exists (
      select from outbox.event_default e
      where e.created_at >= starts::timestamptz and e.created_at < ends::timestamptz
    ) into is_taken;
    continue when is_taken;
    begin
      execute format('create table outbox.%I (like outbox.event including defaults including generated)', name);
      execute format('alter table outbox.event attach partition outbox.%I for values from (%L) to (%L)', name, starts, ends);
      made := made + 1;
    exception
      when check_violation then null;
      when lock_not_available then exit;
    end;
  end loop;
  return made;
end
$$;

-- Days without a partition, whatever clock made them: recording never fails for want of one.
create table outbox.event_default partition of outbox.event default;

select outbox.ensure_partitions();

-- Detaches a daily partition; false when the lock that this takes is not free within 200 ms, for which writers wait. With
-- a default partition, and in a function, Postgres cannot do it concurrently.
create function outbox.detach_partition(name text) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '200ms' as $$
begin
  execute format('alter table outbox.event detach partition outbox.%I', outbox.daily_partition(name));
  return true;
exception when lock_not_available then
  return false;
end
$$;

-- Drops a daily partition that is detached.
create function outbox.drop_detached(name text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
begin
  if exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent = 'outbox.event'::regclass and c.relname = name) then
    raise exception using errcode = '55000', message = format('outbox.%I is attached. Detach it first.', name);
  end if;
  execute format('drop table outbox.%I', outbox.daily_partition(name));
end
$$;

create function outbox.daily_partition(name text) returns text
language plpgsql immutable as $$
begin
  if name !~ '^event_[0-9]{8}$' then
    raise exception using errcode = '22023', message = format('%L is not the name of a daily partition.', name);
  end if;
  return name;
end
$$;

-- The time that retention counts from, called at each of its rounds: `trusted` is the clock, except after it jumped ahead
-- by more than two days between two rounds. A wrong clock would have everything dropped that is published, so `trusted`
-- stays where it was then and catches up by two days a day. The same holds after rounds that failed to come for so long.
create function outbox.retention_time(out trusted timestamptz, out clock timestamptz)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with clock as (select clock_timestamp() as now)
  update outbox.setting s set
    retention_at = least(c.now, case when c.now - s.retention_clock > interval '2 days' then s.retention_at
      else s.retention_at + 2 * greatest(c.now - s.retention_clock, interval '0') end),
    retention_clock = c.now
  from clock c returning s.retention_at, s.retention_clock
$$;

-- Deletes published events from before then out of the default partition, at most `most`; returns how many. They count as
-- dropped, as those of dropped partitions do, and no longer as those that the audit has counted for good.
create function outbox.trim_default(before timestamptz, most integer default 10000) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  deleted integer;
begin
  lock table outbox.audited in exclusive mode;
  with gone as (
    delete from outbox.event_default where ctid = any(array(
      select e.ctid from outbox.event_default e join outbox.cursor c on c.shard = e.shard
      where e.created_at < before and outbox.is_published(c, e.xid, e.id)
      limit most
    ))
    returning shard, xid
  ), counted as (
    select a.shard, count(*) as events, count(*) filter (where pg_visible_in_snapshot(g.xid, a.as_of)) as audited
    from gone g join outbox.audited a using (shard) group by a.shard
  ), uncounted as (
    update outbox.audited a set events = a.events - n.audited from counted n where n.shard = a.shard
  ), dropped as (
    update outbox.stored_cursor p set dropped = p.dropped + n.events from counted n where n.shard = p.shard
  )
  select coalesce(sum(events), 0)::integer into deleted from counted;
  return deleted;
end
$$;

-- After a restore into another Postgres cluster, whose snapshots mean nothing to the old cursors: what the old
-- cursors have passed stays published, all else is due. Blocks writers until its transaction ends; it writes
-- every row of the outbox anew. The reason for the xid 2: it is below every snapshot.
create function outbox.rebase(out pending bigint, out published bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  me xid8;
  s pg_snapshot;
begin
  lock table outbox.event, outbox.stored_cursor in access exclusive mode;
  me := pg_current_xact_id();
  s := pg_current_snapshot();
  -- A snapshot shows its own transaction as done, but these rows are still to be published.
  if me < pg_snapshot_xmax(s) then
    s := format('%s:%s:%s', least(pg_snapshot_xmin(s), me), pg_snapshot_xmax(s), (
      select string_agg(x::text, ',' order by x) from (select pg_snapshot_xip(s) as x union select me) i
    ))::pg_snapshot;
  end if;
  with moved as (
    update outbox.event e set xid = case when outbox.is_published(c, e.xid, e.id) then '2'::xid8 else me end
    from outbox.cursor c where c.shard = e.shard
    returning e.xid
  )
  select count(*) filter (where xid = me), count(*) filter (where xid <> me) into pending, published from moved;
  update outbox.stored_cursor p set published = s, published_seq = 0, target = null, target_seq = null, last_id = 0,
    failing_id = null, failing_since = null, attempts = 0, error = null,
    owner = null, lease_until = null, epoch = p.epoch + 1;
  update outbox.audited set events = 0, as_of = '2:2:';
  -- Their snapshots mean nothing here either.
  with open as (
    update outbox.republish_shard set done_at = clock_timestamp() where done_at is null returning request
  )
  update outbox.republish r set aborted_at = clock_timestamp() where r.id in (select request from open);
  update outbox.setting set system_identifier = (select system_identifier from pg_control_system());
end
$$;

-- What runs as the owner is for those who are granted it: see grantToApp and grantToRelay.
revoke execute on function
  outbox.enqueue(uuid[], text[], text[], text[], text[], text[], text[]),
  outbox.enqueue_one(uuid, text, text, text, text, json, json),
  outbox.record_canaries(smallint[], text),
  outbox.ensure_partitions(integer), outbox.detach_partition(text), outbox.drop_detached(text),
  outbox.retention_time(), outbox.trim_default(timestamptz, integer), outbox.rebase()
from public;
