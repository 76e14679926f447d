import type { SqlClient } from '@relevo/kit'
import { windowStart } from '../domain/window.ts'

const touchSql = `
insert into touched (minute, onwards, rebuild_id)
select minute, coalesce(minute = $2, false), $3 from unnest($1::timestamptz[]) as t (minute) order by minute`

/** What has changed. */
export interface Change {
  /** Whose windows may have changed. */
  readonly times: readonly Date[]
  /** One of them: from then on the states at the ends of windows may have changed as well. */
  readonly statesFrom: Date | undefined
  /** The rebuild at whose end it is to be looked at. */
  readonly rebuildId: string | undefined
}

/** Notes which windows are to be looked at. */
export async function touchWindows(
  client: SqlClient,
  { times, statesFrom, rebuildId }: Change,
): Promise<void> {
  // A minute lies in one window, however long windows are.
  const minutes = [...new Set(times.map((time) => windowStart(time, 1).getTime()))]
  if (minutes.length === 0) return
  const values = [
    minutes.map((minute) => new Date(minute)),
    statesFrom ? windowStart(statesFrom, 1) : null,
    rebuildId ?? null,
  ]
  await client.query({ name: 'touch_windows', text: touchSql, values })
}

const readSql = `
select id, minute, onwards from touched where rebuild_id is null order by id limit $1`

export interface Touch {
  readonly id: string
  readonly minute: Date
  readonly onwards: boolean
}

/** What has been touched and not been looked at since. */
export async function readTouched(client: SqlClient, limit: number): Promise<Touch[]> {
  return (await client.query<Touch>(readSql, [limit])).rows
}

const deleteSql = 'delete from touched where id = any($1::bigint[])'

/** Takes away what has been looked at: just these, since others may have been added meanwhile. */
export async function deleteTouched(client: SqlClient, touches: readonly Touch[]): Promise<void> {
  if (touches.length > 0) await client.query(deleteSql, [touches.map(({ id }) => id)])
}

const releaseSql = 'update touched set rebuild_id = null where rebuild_id = $1'

/** Has what a rebuild touched be looked at. */
export async function releaseTouched(client: SqlClient, rebuildId: string): Promise<void> {
  await client.query(releaseSql, [rebuildId])
}
