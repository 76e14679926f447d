import type { Page } from '@relevo/kit'
import type pg from 'pg'

/**
 * Processed messages below the number $1 (null: all), newest first, at most $2, cut behind the one that reaches $3 bytes.
 * Contents are read outside of the cut only.
 */
const selectMessages = `
select id, content, evento_id, created_at, found::integer
from (
  select m.*, count(*) over () as found, sum(bytes) over (order by id desc rows unbounded preceding) as total
  from (
    select m.*, octet_length(content) + 100 as bytes from messages m
    where $1::bigint is null or id < $1
    order by id desc limit $2::integer
  ) m
) m
where total - bytes < $3::integer
order by id desc`

interface MessageRow {
  readonly id: string
  readonly content: string
  readonly evento_id: string
  readonly created_at: Date
}

/** A page of the processed messages; `next` is the `cursor` of the page that follows, if there is one. */
export async function listMessages(pool: pg.Pool, { cursor, limit }: Page, maxBytes: number) {
  const { rows } = await pool.query(selectMessages, [cursor ?? null, limit + 1, maxBytes])
  const messages = rows.slice(0, limit).map((row: MessageRow) => ({
    id: Number(row.id),
    content: row.content,
    evento_id: Number(row.evento_id),
    created_at: row.created_at,
  }))
  const last = messages.at(-1)
  return last && messages.length < rows[0].found ? { messages, next: last.id } : { messages }
}
