import { inboxHandler } from '@relevo/inbox'
import type { Logger } from '@relevo/kit'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import { notificationRequested } from '../../../systems/shop/notificationRequests.ts'
import type { NotificationsConfig } from '../config.ts'
import type { AttemptLimits } from '../email/decide.ts'
import { Dispatcher } from '../email/dispatcher.ts'
import { createMailer, type Mailer } from '../email/mailer.ts'
import { createNotificationMetrics } from '../email/metrics.ts'
import { receiveRequest } from '../email/receiveRequest.ts'
import type { Channel } from './channel.ts'

export interface EmailChannelParts {
  readonly config: NotificationsConfig
  readonly pool: pg.Pool
  readonly groupId: string
  readonly registry: Registry
  readonly logger: Logger
}

/**
 * Sends the e-mails that other services ask for. The inbox's transaction records the notification, and a dispatcher sends it: SMTP
 * is slow and has no transactions, so that each step has one of its own.
 */
export function createEmailChannel({ config, pool, groupId, registry, logger }: EmailChannelParts): Channel {
  const { requestsTopic: topic, requestsDlq: deadLetterTopic, emailConcurrency, sendTimeoutMs } = config
  const metrics = createNotificationMetrics(registry)
  if (config.smtpUrl === undefined)
    logger.warn({}, 'without SMTP_URL the sandbox counts every e-mail as sent, and sends it nowhere')
  const dispatcher = new Dispatcher({
    pool,
    mailer: mailerOf(config),
    settings: {
      language: config.emailLanguage,
      failureRate: config.emailFailureRate,
      sandbox: config.emailSandbox,
    },
    limits: limitsOf(config),
    place: { topic: deadLetterTopic, consumer: groupId },
    concurrency: emailConcurrency,
    sendTimeoutMs,
    pollMs: config.emailPollMs,
    retentionDays: config.emailRetentionDays,
    metrics,
    logger,
  })
  const request = inboxHandler(notificationRequested.payload, async (event, tx) => {
    metrics[await receiveRequest(event, tx)].inc()
  })
  return {
    name: 'email',
    consumes: { topic, handlers: { [notificationRequested.type]: request }, deadLetterTopic },
    external: false,
    processed: () => dispatcher.wake(),
    start: () => dispatcher.start(),
    stop: () => dispatcher.stop(),
    awaySince: () => dispatcher.awaySince(),
  }
}

/** Takes every mail and sends it nowhere: for a sandbox without a mail server. */
const nowhere: Mailer = { send: async () => ({ sent: true }), close: () => {} }

function mailerOf(config: NotificationsConfig): Mailer {
  const { smtpUrl: url, smtpFrom: from = '', sendTimeoutMs: timeoutMs, emailConcurrency } = config
  if (url === undefined) return nowhere
  const allowClearPassword = config.smtpAllowClearPassword
  return createMailer({ url, from, timeoutMs, allowClearPassword, maxConnections: emailConcurrency })
}

function limitsOf(config: NotificationsConfig): AttemptLimits {
  const {
    emailAttempts: attempts,
    emailRetryDelayMs: initialMs,
    retryMaxDelayMs,
    retryUnavailableMs,
  } = config
  return {
    attempts,
    backoff: { initialMs, maxMs: Math.max(initialMs, retryMaxDelayMs) },
    unavailableMs: retryUnavailableMs,
  }
}
