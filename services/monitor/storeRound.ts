import { draftEvent } from '@relevo/contracts'
import { inTransaction } from '@relevo/kit'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import { notificationRequested } from '../../systems/shop/notificationRequests.ts'
import type { Board } from './board.ts'
import type { AlertFacts, Change } from './domain/advance.ts'
import { insertAlert, resolveAlert } from './sql/alerts.ts'
import { writeBoard } from './sql/board.ts'
import { insertChange } from './sql/changes.ts'
import { noteLook } from './sql/claimProbing.ts'
import { beginInterval } from './sql/intervals.ts'

/** The recipient of alerts. */
export interface AlertMail {
  /** Undefined: nobody. */
  readonly to: string | undefined
  readonly language: 'es' | 'en'
}

interface StoredRound {
  readonly owner: string
  readonly at: Date
  readonly changes: readonly Change[]
  readonly board: Board
  readonly mail: AlertMail
}

/**
 * Stores what a round has changed, its alerts with the requests to tell of them, in one transaction. False:
 * another process looks by now, and nothing was stored. What is stored already has no further effect. @throws
 * pg's errors.
 */
export function storeRound(
  pool: pg.Pool,
  { owner, at, changes, board, mail }: StoredRound,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    if (!(await noteLook(client, owner, at))) return false
    for (const change of changes) await storeChange(client, change, mail)
    await writeBoard(client, at, board)
    return true
  })
}

async function storeChange(client: pg.PoolClient, change: Change, mail: AlertMail): Promise<void> {
  if (change.kind === 'health') {
    const { service, state, cause, reason } = change
    const since = new Date(change.since)
    await beginInterval(client, { service, state, cause, since })
    const data = { service, status: state, cause, reason, since }
    await insertChange(client, { at: since, kind: 'health', data })
    return
  }
  const at = new Date(change.at)
  const isOpening = change.kind === 'alert_opened'
  const { alert } = change
  const id = isOpening
    ? await insertAlert(client, alert, new Date(alert.openedAt))
    : await resolveAlert(client, alert.key, at)
  if (id === undefined) return
  const { kind, severity, subject, message } = alert
  const data = { id, kind, severity, subject, message, opened_at: new Date(alert.openedAt) }
  await insertChange(client, { at, kind: change.kind, data: isOpening ? data : { ...data, resolved_at: at } })
  if (mail.to !== undefined)
    await enqueue(client, [draftMail(mail.to, mail.language, alert, isOpening ? undefined : at)])
}

/** Useless after an hour: whoever looks then sees the alert itself. */
const usefulMs = 3_600_000

function draftMail(
  to: string,
  language: AlertMail['language'],
  alert: AlertFacts,
  resolvedAt: Date | undefined,
) {
  const { severity, subject, message, openedAt } = alert
  const opened_at = new Date(openedAt).toISOString()
  const what = { severity, subject: subject.slice(0, 200), message: message.slice(0, 1_000), opened_at }
  const data: Record<string, string> =
    resolvedAt === undefined
      ? { ...what, change: 'opened' }
      : { ...what, change: 'resolved', resolved_at: resolvedAt.toISOString() }
  const deliver_before = new Date((resolvedAt?.getTime() ?? openedAt) + usefulMs).toISOString()
  const notification_id = crypto.randomUUID()
  const about = { notification_id, channel: 'email', template: 'system_alert', to, language } as const
  return draftEvent(notificationRequested, { ...about, data, deliver_before })
}
