import {
  bool,
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  type Environment,
  httpVariables,
  int,
  kafkaVariables,
  list,
  manyOf,
  oneOf,
  processVariables,
  secret,
  share,
  string,
  url,
} from '@relevo/kit'
import { inboxVariables } from '@relevo/kit/consumer'
import { commissionsTopic } from '../../systems/commissions.ts'
import { languages } from '../../systems/shop/notificationRequests.ts'
import { notificationsDlq, notificationsRequests } from '../../systems/shop/topics.ts'
import { profileUpdatedTopic, userCreatedTopic, userMails } from '../../systems/users/topics.ts'
import { channelNames } from './channels/channel.ts'
import { parseWebhookSecrets } from './channels/webhookSignature.ts'

const emailVariables = {
  requestsTopic: string('REQUESTS_TOPIC', {
    default: notificationsRequests.name,
    doc: 'The topic that channel `email` consumes',
  }),
  requestsDlq: string('REQUESTS_DLQ', {
    default: notificationsDlq.name,
    doc: 'The topic for copies of what it gave up',
  }),
  emailLanguage: oneOf('EMAIL_LANGUAGE', languages, {
    default: 'es',
    doc: 'The language of e-mails whose request names none',
  }),
  emailAttempts: int('EMAIL_ATTEMPTS', {
    default: 3,
    min: 1,
    max: 100,
    doc: 'Attempts at an e-mail before it is given up',
  }),
  emailRetryDelayMs: duration('EMAIL_RETRY_DELAY_MS', {
    default: 2_000,
    min: 1,
    doc: 'Longest pause before the second attempt; it doubles for each further one',
  }),
  emailConcurrency: int('EMAIL_CONCURRENCY', {
    default: 5,
    min: 1,
    max: 50,
    doc: 'E-mails sent concurrently, each on a persistent connection',
  }),
  emailPollMs: duration('EMAIL_POLL_MS', {
    default: 1_000,
    min: 10,
    doc: 'How often it looks for e-mails of other replicas; up to 2.5 times as long while none waits',
  }),
  emailFailureRate: share('EMAIL_FAILURE_RATE', {
    default: 0,
    doc: 'The share of attempts that fail artificially, from 0 to 1: to see retries and dead letters',
  }),
  emailRetentionDays: int('EMAIL_RETENTION_DAYS', {
    default: 90,
    min: 3,
    max: 3_650,
    doc: 'How long sent and given-up e-mails are remembered; must exceed the retention of REQUESTS_TOPIC',
  }),
  emailSandbox: bool('EMAIL_SANDBOX', {
    default: false,
    doc: 'Makes every attempt fail for addresses that begin with `undeliverable`, until an operator redrives it. Without SMTP_URL, e-mails go nowhere',
  }),
}

const usersVariables = {
  usersUrl: url('USERS_URL', ['http', 'https'], {
    default: 'http://localhost:5007',
    doc: "The users service, from which `users` gets a mail's content and `welcome` gets keys; called with OPERATOR_TOKEN",
  }),
  usersMailsTopic: string('USERS_MAILS_TOPIC', {
    default: userMails.name,
    doc: 'The topic that channel `users` consumes',
  }),
  usersCreatedTopic: string('USERS_CREATED_TOPIC', {
    default: userCreatedTopic.name,
    doc: 'The topic that channel `welcome` consumes',
  }),
  profilesTopic: string('PROFILES_TOPIC', {
    default: profileUpdatedTopic.name,
    doc: 'The topic that channel `profiles` consumes',
  }),
}

const { databaseUrl, databasePasswordFile, databaseStatementTimeoutMs } = databaseVariables

/** What the notifications can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5005),
    databaseUrl,
    databasePasswordFile,
    databaseStatementTimeoutMs,
    ...kafkaVariables('notifications'),
    topic: string('KAFKA_TOPIC', {
      default: commissionsTopic.name,
      doc: 'The topic of the commissions, which the channels file, smtp and webhook consume',
    }),
    groupPrefix: string('KAFKA_GROUP_PREFIX', {
      default: 'notifications',
      doc: 'Each channel has its own consumer group: this, a hyphen and its name',
    }),
    channels: manyOf('CHANNELS', channelNames, {
      default: ['file'],
      doc: 'file, smtp and webhook forward the events of commissions; email sends what other services request, users the mails of users, welcome greets new ones; profiles stores the language and preferences that they use',
    }),
    eventsFile: string('EVENTS_FILE', {
      default: 'data/events.jsonl',
      doc: 'The file of channel `file`, on a separate disk for each replica; its name is stored beside it, in `.id`',
    }),
    smtpUrl: url('SMTP_URL', ['smtp', 'smtps'], {
      optional: true,
      doc: 'The mail server of the channels `smtp` and `email`, with user and password if it needs them',
    }),
    smtpFrom: string('SMTP_FROM', { optional: true, doc: 'The sender of its e-mails' }),
    smtpTo: list('SMTP_TO', { default: [], doc: 'The recipients of channel `smtp`' }),
    smtpAllowClearPassword: bool('SMTP_ALLOW_CLEAR_PASSWORD', {
      default: false,
      doc: 'Send user and password of SMTP_URL even to a server without TLS',
    }),
    webhookUrl: url('WEBHOOK_URL', ['http', 'https'], {
      optional: true,
      doc: 'The URL that channel `webhook` posts to, with user and password if needed',
    }),
    webhookSecret: secret('WEBHOOK_SECRET', {
      optional: true,
      doc: 'The signing secret: whsec_ and 24 to 64 bytes in base64; several are separated by spaces, the newest first',
    }),
    sendTimeoutMs: duration('SEND_TIMEOUT_MS', {
      default: 10_000,
      min: 100,
      max: 25_000,
      doc: 'Time limit of an e-mail or a webhook',
    }),
    ...emailVariables,
    ...usersVariables,
    ...inboxVariables({ attempts: 8, maxDelayMs: 300_000 }),
  },
  checkKafka,
  checkChannels,
)

export type NotificationsConfig = ConfigOf<typeof config>

const needed: Readonly<Record<string, readonly string[]>> = {
  smtp: ['SMTP_URL', 'SMTP_FROM', 'SMTP_TO'],
  webhook: ['WEBHOOK_URL', 'WEBHOOK_SECRET'],
  email: ['SMTP_URL', 'SMTP_FROM'],
  users: ['SMTP_URL', 'SMTP_FROM'],
  welcome: ['SMTP_URL', 'SMTP_FROM'],
}

function checkChannels(env: Environment): string[] {
  const chosen = (env.CHANNELS ?? '').split(',').map((name) => name.trim())
  const missing = Object.entries(needed).flatMap(([channel, names]) =>
    chosen.includes(channel) && !isSandbox(channel, env)
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

/** A sandbox without a mail server. */
function isSandbox(channel: string, { EMAIL_SANDBOX, SMTP_URL }: Environment): boolean {
  return ['email', 'users', 'welcome'].includes(channel) && EMAIL_SANDBOX === 'true' && !SMTP_URL
}
