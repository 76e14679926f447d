import type pg from 'pg'

/** A notification as the API shows it. */
export interface ListedNotification {
  /** Its number, for paging lists. */
  readonly id: number
  readonly notification_id: string
  readonly event_id: string
  readonly channel: string
  readonly template: string
  readonly to: string
  readonly order_id: string | null
  readonly state: string
  readonly attempts: number
  readonly doubtful_attempts: number
  readonly redrives: number
  readonly reason: string | null
  readonly detail: string | null
  readonly deliver_before: Date | null
  readonly next_attempt_at: Date | null
  readonly created_at: Date
  readonly ended_at: Date | null
}

const columns = `number as id, id as notification_id, event_id, channel, template, recipient as to, order_id, state, attempts,
  doubtful as doubtful_attempts, redrives, reason, detail, deliver_before,
  case when state in ('queued', 'unknown') then due_at end as next_attempt_at, created_at, ended_at`

const listSql = `
select ${columns} from notification
where ($1::text is null or state = $1) and ($2::uuid is null or order_id = $2) and ($3::text is null or template = $3)
  and ($4::bigint is null or number < $4)
order by number desc limit $5`

export interface NotificationQuery {
  readonly state?: string | undefined
  readonly orderId?: string | undefined
  readonly template?: string | undefined
  /** Numbers below it. */
  readonly before?: number | undefined
  readonly limit: number
}

/** The newest first. */
export async function listNotifications(
  client: pg.Pool,
  { state, orderId, template, before, limit }: NotificationQuery,
): Promise<ListedNotification[]> {
  const values = [state ?? null, orderId ?? null, template ?? null, before ?? null, limit]
  const { rows } = await client.query({ name: 'list_notifications', text: listSql, values })
  return rows.map(toListed)
}

const findSql = `select ${columns} from notification where id = $1`

export async function findNotification(client: pg.Pool, id: string): Promise<ListedNotification | undefined> {
  const { rows } = await client.query({ name: 'find_notification', text: findSql, values: [id] })
  return rows[0] && toListed(rows[0])
}

function toListed(row: ListedNotification): ListedNotification {
  return { ...row, id: Number(row.id) }
}
