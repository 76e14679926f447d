/** Rows for the topics $1 with ids above $2. */
export const listOutboxRows = `
select e.id::text, e.event_id::text, e.key from outbox.recorded e
where e.topic = any($1::text[]) and e.id > $2::bigint
order by e.id`
