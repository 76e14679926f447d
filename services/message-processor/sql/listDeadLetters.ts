/** Dead letters of consumer $1 below the number $2 (null: all), newest first, at most $3; $4: also those redriven. */
export const listDeadLetters = `
select id, event_id, type, topic, partition, kafka_offset as offset, reason, error, attempts, dead_at, redriven_at
from inbox.dead_letter
where consumer = $1 and ($2::bigint is null or id < $2) and ($4::boolean or redriven_at is null)
order by id desc limit $3::integer`

export interface DeadLetterRow {
  id: string
  /** Null when the record has none that is valid; then it cannot be redriven. */
  event_id: string | null
  type: string | null
  topic: string
  partition: number
  offset: string
  reason: string
  error: string
  attempts: number
  dead_at: Date
  redriven_at: Date | null
}
