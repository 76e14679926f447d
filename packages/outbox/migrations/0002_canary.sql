-- Records a canary in each of these shards: an ordinary event, by which it is measured whether delivery works. See
-- docs/adr/0022-canary.md. It runs as its owner, since a relay may record nothing else; the topic is fixed for the same reason.
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

-- For those who are granted it: see grantToRelay.
revoke execute on function outbox.record_canaries(smallint[], text) from public;
