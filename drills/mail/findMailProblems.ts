import type { DrillContext, DrillRun } from '../drill.ts'
import { judgeMails, type NotificationRow } from './judgeMails.ts'
import { readMails } from './mailServer.ts'

const notificationsSql = `
select event_id::text as id, state, doubtful from notification where created_at >= to_timestamp($1::float8 / 1000)`

/** The notifications that were accepted since the load began. */
export function readNotifications(
  { toolbox }: DrillContext,
  { loadBeganAt }: DrillRun,
): Promise<NotificationRow[]> {
  return toolbox.query('shop_notifications', notificationsSql, [loadBeganAt])
}

/** What differs between the notifications of a run and what its mail server took, each as a sentence. */
export async function findMailProblems(context: DrillContext, run: DrillRun): Promise<string[]> {
  const rows = await readNotifications(context, run)
  if (rows.length === 0) return ['no notification was accepted, so nothing was shown']
  return judgeMails(rows, await readMails(context))
}
