import type { Logger } from '@relevo/kit'
import type pg from 'pg'
import type { NotificationsConfig } from '../config.ts'
import { type Channel, type ChannelName, channelNames } from './channel.ts'
import { createFileChannel } from './fileChannel.ts'
import { createSmtpChannel } from './smtpChannel.ts'
import { createWebhookChannel } from './webhookChannel.ts'
import { parseWebhookSecrets } from './webhookSignature.ts'

interface ChannelParts {
  readonly config: NotificationsConfig
  /** Of one channel alone. */
  readonly pool: pg.Pool
  /** Its consumer group. */
  readonly groupId: string
  readonly logger: Logger
}

/** The names that CHANNELS says, each once. */
export function chosenChannels({ channels }: NotificationsConfig): ChannelName[] {
  return channelNames.filter((name) => channels.includes(name))
}

/** The channel as the variables say, which have been found to be complete. */
export function createChannel(name: ChannelName, { config, pool, groupId, logger }: ChannelParts): Channel {
  const { sendTimeoutMs: timeoutMs } = config
  if (name === 'file') return createFileChannel({ pool, consumer: groupId, path: config.eventsFile, logger })
  if (name === 'smtp') {
    const { smtpUrl: url = '', smtpFrom: from = '', smtpTo: to, smtpAllowClearPassword } = config
    return createSmtpChannel({ url, from, to, timeoutMs, allowClearPassword: smtpAllowClearPassword, logger })
  }
  const { webhookUrl: url = '', webhookSecret = '' } = config
  return createWebhookChannel({ url, keys: parseWebhookSecrets(webhookSecret) ?? [], timeoutMs })
}
