/** Processed messages below the number $1 (null: all), newest first, at most $2. */
export const listMessages = `
select id, content, evento_id, created_at from messages
where $1::bigint is null or id < $1
order by id desc limit $2::integer`

export interface MessageRow {
  id: string
  content: string
  evento_id: string
  created_at: Date
}
