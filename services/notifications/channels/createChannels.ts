import { inboxHandler } from '@relevo/inbox'
import type { Logger } from '@relevo/kit'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import { commissionApproved, commissionCalculated } from '../../../systems/commissions.ts'
import type { NotificationsConfig } from '../config.ts'
import { type Channel, type ChannelName, type CommissionChannel, channelNames } from './channel.ts'
import { createEmailChannel } from './emailChannel.ts'
import { createFileChannel } from './fileChannel.ts'
import { createProfilesChannel } from './profilesChannel.ts'
import { createSmtpChannel } from './smtpChannel.ts'
import { createUsersChannel } from './usersChannel.ts'
import { createWebhookChannel } from './webhookChannel.ts'
import { parseWebhookSecrets } from './webhookSignature.ts'
import { createWelcomeChannel } from './welcomeChannel.ts'

export interface ChannelParts {
  readonly config: NotificationsConfig
  /** Of one channel alone. */
  readonly pool: pg.Pool
  /** Its consumer group. */
  readonly groupId: string
  readonly registry: Registry
  /** Asks other services. */
  readonly fetch: typeof globalThis.fetch
  readonly logger: Logger
}

/** The names that CHANNELS says, each once. */
export function chosenChannels({ channels }: NotificationsConfig): ChannelName[] {
  return channelNames.filter((name) => channels.includes(name))
}

/** The channel as the variables say, which have been found to be complete. */
export function createChannel(name: ChannelName, parts: ChannelParts): Channel {
  if (name === 'email') return createEmailChannel(parts)
  if (name === 'users') return createUsersChannel(parts)
  if (name === 'welcome') return createWelcomeChannel(parts)
  if (name === 'profiles') return createProfilesChannel(parts.config.profilesTopic)
  const { deliver, ...channel } = createCommissionChannel(name, parts)
  const handlers = {
    [commissionCalculated.type]: inboxHandler(commissionCalculated.payload, deliver),
    [commissionApproved.type]: inboxHandler(commissionApproved.payload, deliver),
  }
  return { ...channel, consumes: { topic: parts.config.topic, handlers } }
}

function createCommissionChannel(
  name: Exclude<ChannelName, 'email' | 'users' | 'welcome' | 'profiles'>,
  { config, pool, groupId, logger }: ChannelParts,
): CommissionChannel {
  const { sendTimeoutMs: timeoutMs } = config
  if (name === 'file') return createFileChannel({ pool, consumer: groupId, path: config.eventsFile, logger })
  if (name === 'smtp') {
    const { smtpUrl: url = '', smtpFrom: from = '', smtpTo: to, smtpAllowClearPassword } = config
    return createSmtpChannel({ url, from, to, timeoutMs, allowClearPassword: smtpAllowClearPassword, logger })
  }
  const { webhookUrl: url = '', webhookSecret = '' } = config
  return createWebhookChannel({ url, keys: parseWebhookSecrets(webhookSecret) ?? [], timeoutMs })
}
