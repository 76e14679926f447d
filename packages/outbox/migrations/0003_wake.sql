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

create or replace function outbox.enqueue(
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

create or replace function outbox.enqueue_one(
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
