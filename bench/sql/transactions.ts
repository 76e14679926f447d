export const insertOrder = 'insert into orders (id, customer, amount) values ($1, $2, $3)'

/** What a service without this project writes instead of calling outbox.enqueue. */
export const insertPlain =
  'insert into plain_outbox (event_id, topic, key, type, payload) values ($1, $2, $3, $4, $5)'

/** Which of the events, given by number here, xid, id and shard, are acknowledged. */
export const readPublished = {
  name: 'bench_published',
  text: `
select w.number from unnest($1::integer[], $2::xid8[], $3::bigint[], $4::smallint[]) as w (number, xid, id, shard)
join outbox.cursor c on c.shard = w.shard
where outbox.is_published(c, w.xid, w.id)`,
}
