/** Events whose content begins with $1, by number. */
export const listContents = `
select id::text, payload ->> 'content' as content from outbox.event
where topic = 'messages' and starts_with(payload ->> 'content', $1::text)
order by id`

/** How many events there are, and how many have had their effect. */
export const countEvents = `
select (select count(*) from outbox.event where topic = 'messages')::int as recorded,
  (select count(*) from messages)::int as effects`

/** Each effect by the event's number, in the order in which the effects were taken for each key. */
export const listEffects = 'select evento_id::text as event from messages order by id'
