/** Events of the topic $2 whose content, an SQL expression, begins with $1 or is one of $3, by number. */
export function listContents(content: string): string {
  return `
select id::text, ${content} as content from outbox.recorded
where topic = $2 and (starts_with(${content}, $1::text) or ${content} = any($3::text[]))
order by id`
}

/** Events of the topic $2 that were recorded since $1, and whether their content begins with $3. */
export function listRecordings(content: string): string {
  return `
select event_id::text, (extract(epoch from created_at) * 1000)::float8 as recorded_at,
  starts_with(${content}, $3::text) as posted
from outbox.recorded
where topic = $2 and created_at >= to_timestamp($1::float8 / 1000)
order by created_at`
}

/** How many events of the topic $1 there are. */
export const countRecorded = 'select count(*)::int as recorded from outbox.recorded where topic = $1'
