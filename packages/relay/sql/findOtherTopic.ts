/**
 * Does an event of the shards $2 wait that is for none of the topics $5? Looks at those above id $1 that the snapshot $3
 * does not see, and those of the late transactions $4; at most $6 of each. Leaves out what the snapshot $7 sees up to
 * id $8, which is done.
 */
export const findOtherTopic = {
  name: 'relevo_other_topic',
  text: `
select exists (
  select from (
    (select e.id, e.xid, e.topic from outbox.event e
     where e.id > $1::bigint and e.shard = any($2::smallint[]) and not pg_visible_in_snapshot(e.xid, $3::pg_snapshot)
     order by e.id limit $6::integer)
    union all
    select e.id, e.xid, e.topic from unnest($4::xid8[]) as late (xid) cross join lateral (
      select e.id, e.xid, e.topic from outbox.event e
      where e.xid = late.xid and e.id <= $1::bigint and e.shard = any($2::smallint[])
      order by e.id limit $6::integer
    ) e
  ) e
  where e.topic <> all($5::text[]) and not (e.id <= $8::bigint and pg_visible_in_snapshot(e.xid, $7::pg_snapshot))
) as found`,
}
