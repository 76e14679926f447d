export const insertOrder = 'insert into orders (id, customer, amount) values ($1, $2, $3)'

/** What a service without this project writes instead of calling outbox.enqueue: id, topic, key, type and payload. */
export const insertEvent = {
  'plain table': 'insert into plain_outbox (event_id, topic, key, type, payload) values ($1, $2, $3, $4, $5)',
  debezium:
    'insert into outboxevent (id, aggregatetype, aggregateid, type, payload) values ($1, $2, $3, $4, $5)',
  // As the package's own function for it does.
  'pg-transactional-outbox': `
    insert into public.outbox (id, aggregate_type, aggregate_id, message_type, segment, payload, metadata)
    values ($1, $2, $3, $4, $3, $5, null) on conflict (id) do nothing`,
}

/** Which of the events, given by number here, xid, id and shard, are acknowledged. */
export const readPublished = {
  name: 'bench_published',
  text: `
select w.number from unnest($1::integer[], $2::xid8[], $3::bigint[], $4::smallint[]) as w (number, xid, id, shard)
join outbox.cursor c on c.shard = w.shard
where outbox.is_published(c, w.xid, w.id)`,
}
