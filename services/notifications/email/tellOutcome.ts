import type { Logger } from '@relevo/kit'
import type { NotificationMetrics } from './metrics.ts'
import type { Outcome } from './outcome.ts'
import type { Settled } from './sql/settleNotification.ts'

/** Says in log and metrics what an attempt came to, once that is written. */
export function tellOutcome(
  { logger, metrics }: { readonly logger: Logger; readonly metrics: NotificationMetrics },
  notificationId: string,
  outcome: Outcome,
  settled: Settled | undefined,
): void {
  if (!settled) {
    logger.warn({ notificationId }, 'an attempt was settled without its outcome, which came too late')
    return
  }
  const { state, attempts: attempt, doubtful } = settled
  if (outcome.sent) {
    metrics.sent.inc({ doubtful: String(doubtful > 0) })
    logger.info({ notificationId, attempt }, `✅ Notification sent: ${notificationId}`)
    return
  }
  const { reason, detail } = outcome
  const facts = { notificationId, attempt, reason, detail }
  metrics.failed.inc({ reason })
  if (state === 'dead') {
    metrics.dead.inc({ reason })
    logger.warn(facts, `⚠️ Sent to DLQ: ${notificationId}`)
  } else logger.warn(facts, 'an attempt failed')
}
