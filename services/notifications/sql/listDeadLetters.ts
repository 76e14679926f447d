/** The newest dead letters of consumer $1 that were not driven again, at most $2. */
export const listDeadLetters = `
select event_id, type, topic, partition, kafka_offset as offset, reason, error, attempts, dead_at
from inbox.dead_letter
where consumer = $1 and redriven_at is null
order by id desc limit $2::integer`

export interface DeadLetterRow {
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
}
