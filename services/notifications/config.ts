import {
  bool,
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  type Environment,
  httpVariables,
  kafkaVariables,
  list,
  manyOf,
  operatorVariables,
  processVariables,
  secret,
  string,
  url,
} from '@relevo/kit'
import { inboxVariables } from '@relevo/kit/consumer'
import { commissionsTopic } from '../../systems/commissions.ts'
import { channelNames } from './channels/channel.ts'
import { parseWebhookSecrets } from './channels/webhookSignature.ts'

const { databaseUrl, databasePasswordFile, databaseStatementTimeoutMs } = databaseVariables

/** What the notifications can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...operatorVariables,
    ...httpVariables(5005),
    databaseUrl,
    databasePasswordFile,
    databaseStatementTimeoutMs,
    ...kafkaVariables('notifications'),
    topic: string('KAFKA_TOPIC', { default: commissionsTopic.name, doc: 'The topic it consumes' }),
    groupPrefix: string('KAFKA_GROUP_PREFIX', {
      default: 'notifications',
      doc: 'Each channel has a consumer group of its own: this, a hyphen and its name',
    }),
    channels: manyOf('CHANNELS', channelNames, {
      default: ['file'],
      doc: 'The channels that events are passed on by',
    }),
    eventsFile: string('EVENTS_FILE', {
      default: 'data/events.jsonl',
      doc: 'The file of channel `file`, on a disk of its own for each replica; beside it is its name, `.id`',
    }),
    smtpUrl: url('SMTP_URL', ['smtp', 'smtps'], {
      optional: true,
      doc: 'The mail server of channel `smtp`, with user and password if it wants them',
    }),
    smtpFrom: string('SMTP_FROM', { optional: true, doc: 'The sender of its e-mails' }),
    smtpTo: list('SMTP_TO', { default: [], doc: 'Their recipients' }),
    smtpAllowClearPassword: bool('SMTP_ALLOW_CLEAR_PASSWORD', {
      default: false,
      doc: 'Send user and password of SMTP_URL to a server without TLS too',
    }),
    webhookUrl: url('WEBHOOK_URL', ['http', 'https'], {
      optional: true,
      doc: 'Where channel `webhook` posts to, with user and password if it wants them',
    }),
    webhookSecret: secret('WEBHOOK_SECRET', {
      optional: true,
      doc: 'What it signs with: whsec_ and 24 to 64 bytes in base64; several, the newest first, with spaces between them',
    }),
    sendTimeoutMs: duration('SEND_TIMEOUT_MS', {
      default: 10_000,
      min: 100,
      max: 25_000,
      doc: 'An e-mail or a webhook that takes longer has failed',
    }),
    ...inboxVariables({ attempts: 8, maxDelayMs: 300_000 }),
  },
  checkKafka,
  checkChannels,
)

export type NotificationsConfig = ConfigOf<typeof config>

const needed: Readonly<Record<string, readonly string[]>> = {
  smtp: ['SMTP_URL', 'SMTP_FROM', 'SMTP_TO'],
  webhook: ['WEBHOOK_URL', 'WEBHOOK_SECRET'],
}

function checkChannels(env: Environment): string[] {
  const chosen = (env.CHANNELS ?? '').split(',').map((name) => name.trim())
  const missing = Object.entries(needed).flatMap(([channel, names]) =>
    chosen.includes(channel)
      ? names.filter((name) => !env[name]).map((name) => `${name} must be set for channel ${channel}`)
      : [],
  )
  return [
    ...missing,
    ...(env.WEBHOOK_SECRET && !parseWebhookSecrets(env.WEBHOOK_SECRET)
      ? ['WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64']
      : []),
  ]
}
