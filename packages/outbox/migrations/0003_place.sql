-- Where a shard stands is found in the same time however long a transaction is held open. Postgres keeps every version
-- of a row that such a transaction might see, and whoever looks for the shard's row by its number visits them all. So
-- the row has a generation, which goes up with about every eighth update, and is looked for from the youngest on. One row a
-- shard as before; a relay of the version before pauses until it is replaced. See docs/adr/0006-cursor-generations.md.
alter table outbox.cursor rename to place;

-- Postgres 17 does not alter a table while functions take its rows. The view has others that depend on it.
create or replace view outbox.event_status as
select e.id, e.xid, e.shard, e.event_id, e.topic, e.key, e.type, e.headers, e.payload, e.created_at,
  null::text as state, null::integer as attempts, null::text as error
from outbox.event e;
drop function outbox.event_state(outbox.place, outbox.quarantined_event, xid8, bigint);
drop function outbox.is_published(outbox.place, xid8, bigint);

alter table outbox.place
  add generation bigint not null default 0,
  drop constraint cursor_pkey,
  add primary key (shard, generation);

-- Which row each shard has. Its plan is made for a small table, and kept when that has grown: without the setting it would
-- read all of it for each shard.
create function outbox.places() returns setof outbox.place
language plpgsql stable rows 16 set enable_seqscan = off set enable_bitmapscan = off as $$
begin
  return query
    select p.*
    from generate_series(0, outbox.shards() - 1) as s (shard)
    cross join lateral (
      select * from outbox.place where place.shard = s.shard::smallint order by generation desc limit 1
    ) p;
end
$$;

-- The place of each shard, to be read. What changes one finds it in outbox.place by shard and generation.
create view outbox.cursor as select * from outbox.places();

create function outbox.is_published(c outbox.cursor, xid xid8, id bigint) returns boolean
language sql immutable parallel safe
return pg_visible_in_snapshot(xid, c.published)
  or (c.target is not null and id <= c.last_id and pg_visible_in_snapshot(xid, c.target));

create function outbox.event_state(c outbox.cursor, q outbox.quarantined_event, xid xid8, id bigint)
returns text language sql immutable parallel safe
return case
  when q.id is not null then case when q.attempts > 0 or q.resolution is not null then 'X' else 'P' end
  when outbox.is_published(c, xid, id) then 'E'
  when id <= c.failing_id and pg_visible_in_snapshot(xid, c.target) then 'X'
  else 'P'
end;

create or replace view outbox.event_status as
select e.id, e.xid, e.shard, e.event_id, e.topic, e.key, e.type, e.headers, e.payload, e.created_at,
  s.state,
  case when s.state = 'X' then coalesce(q.attempts, c.attempts) else coalesce(q.attempts, 0) end as attempts,
  case when s.state = 'X' then coalesce(q.error, c.error) end as error
from outbox.event e
join outbox.cursor c on c.shard = e.shard
left join outbox.quarantined_event q on q.id = e.id
cross join lateral (select outbox.event_state(c, q, e.xid, e.id) as state) s;

create or replace function outbox.rebase(out pending bigint, out published bigint)
language plpgsql volatile as $$
declare
  me xid8;
  s pg_snapshot;
begin
  lock table outbox.event, outbox.place in access exclusive mode;
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
  update outbox.place p set published = s, published_seq = 0, target = null, target_seq = null, last_id = 0,
    failing_id = null, failing_since = null, attempts = 0, error = null,
    owner = null, lease_until = null, epoch = p.epoch + 1;
  update outbox.setting set system_identifier = (select system_identifier from pg_control_system());
end
$$;
