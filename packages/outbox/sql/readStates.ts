/** The states of events given by id, xid and shard. */
export const readStates = `
select w.id::text, outbox.event_state(c, q, w.xid, w.id) as state
from unnest($1::bigint[], $2::xid8[], $3::smallint[]) as w (id, xid, shard)
join outbox.cursor c on c.shard = w.shard
left join outbox.quarantined_event q on q.id = w.id`
