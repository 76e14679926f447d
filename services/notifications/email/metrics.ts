import { Counter, Gauge, type Registry } from 'prom-client'

/** The metrics of the notifications. */
export function createNotificationMetrics(registry: Registry) {
  const registers = [registry]
  return {
    accepted: new Counter({
      name: 'relevo_notifications_accepted_total',
      help: 'Notifications that were requested, each once',
      registers,
    }),
    repeated: new Counter({
      name: 'relevo_notifications_repeated_requests_total',
      help: 'Requests for a notification that had been requested before',
      registers,
    }),
    skipped: new Counter({
      name: 'relevo_notifications_skipped_total',
      help: 'Notifications that are not sent, since their users have switched such mails off',
      registers,
    }),
    sent: new Counter({
      name: 'relevo_notifications_sent_total',
      help: 'Notifications that the mail server has taken; doubtful: copies of an earlier attempt may have arrived too',
      labelNames: ['doubtful'] as const,
      registers,
    }),
    failed: new Counter({
      name: 'relevo_notifications_failed_attempts_total',
      help: 'Attempts that failed; ANSWER_LOST: the mail may have arrived',
      labelNames: ['reason'] as const,
      registers,
    }),
    dead: new Counter({
      name: 'relevo_notifications_dead_total',
      help: 'Notifications given up; they wait for an operator',
      labelNames: ['reason'] as const,
      registers,
    }),
    open: new Gauge({
      name: 'relevo_notifications_open',
      help: 'Notifications by state, without those that are sent',
      labelNames: ['state'] as const,
      registers,
    }),
    away: new Gauge({
      name: 'relevo_notifications_mail_server_away',
      help: '1 while the mail server takes nothing, as far as this process knows',
      registers,
    }),
  }
}

export type NotificationMetrics = ReturnType<typeof createNotificationMetrics>
