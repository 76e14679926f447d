import { createInbox, type Inbox } from '@relevo/inbox'
import type { Admin } from '@relevo/kafka'
import { createPool, type Logger, toDatabaseUrl, toKafkaConfig } from '@relevo/kit'
import { type Consumer, inboxSettings } from '@relevo/kit/consumer'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { Channel, ChannelName } from './channels/channel.ts'
import { createChannel } from './channels/createChannels.ts'
import type { NotificationsConfig } from './config.ts'

/**
 * A channel with a consumer group, retries, dead letters and database connections of its own, so that one channel that
 * is slow or fails does not affect the others.
 */
export interface Subscription extends Consumer {
  readonly channel: ChannelName
  start(): void
  stop(): Promise<void>
  /** Why it does not pass events on just now. */
  problem(): string | undefined
  /** Since when its receiver has been away, in milliseconds since 1970; this process is ready all the same. */
  awaySince(): number | undefined
}

interface SubscriptionParts {
  readonly config: NotificationsConfig
  readonly admin: Admin
  readonly registry: Registry
  readonly logger: Logger
  /** Asks other services. */
  readonly fetch: typeof globalThis.fetch
  /** A consumer has ended for good. */
  onCrash(error: unknown): void
}

const concurrency = 3
/** What the inbox allows a handler beyond the bound that it sets itself. */
const timeoutSlackMs = 2_000
/** An e-mail or a webhook takes milliseconds at best and seconds at worst: so few events are fetched at once. */
const externalFetchBytes = 16_384

/** Creates the subscription of a channel; the caller starts and stops it. */
export function createSubscription(name: ChannelName, parts: SubscriptionParts): Subscription {
  const { config, logger } = parts
  const pool = createPool({
    databaseUrl: toDatabaseUrl(config),
    name: `notifications ${name}`,
    // The partitions handled at once, the inbox's worker, the file's writer or the dispatcher, and a look at the dead letters.
    size: concurrency + 3,
    statementTimeoutMs: config.databaseStatementTimeoutMs,
    pipeline: name === 'file',
    logger,
  })
  const groupId = `${config.groupPrefix}-${name}`
  const channel = createChannel(name, {
    config,
    pool,
    groupId,
    registry: parts.registry,
    fetch: parts.fetch,
    logger: logger.child({ channel: name }),
  })
  const inbox = createChannelInbox(channel, { ...parts, pool, groupId })
  return {
    channel: name,
    groupId,
    topics: [channel.consumes.topic],
    admin: parts.admin,
    inbox,
    pool,
    start: () => {
      channel.start?.()
      inbox.start()
    },
    stop: async () => {
      await inbox.stop()
      await channel.stop?.()
      await pool.end()
    },
    awaySince: () => inbox.stats().unavailableSince ?? channel.awaySince?.(),
    problem: () => (inbox.health().joined ? channel.problem?.() : 'has not joined its group'),
  }
}

function createChannelInbox(
  channel: Channel,
  {
    config,
    pool,
    groupId,
    registry,
    logger,
    onCrash,
  }: SubscriptionParts & { pool: pg.Pool; groupId: string },
): Inbox {
  const { topic, handlers, deadLetterTopic } = channel.consumes
  return createInbox({
    pool,
    consumerName: groupId,
    kafka: { ...toKafkaConfig(config), logger },
    topics: [topic],
    handlers,
    ...(deadLetterTopic !== undefined && { deadLetterTopic }),
    ...inboxSettings(config),
    onProcessed: () => channel.processed?.(),
    ...(channel.external && { transactionEvents: 1, fetchBytes: externalFetchBytes }),
    handlerTimeoutMs: config.sendTimeoutMs + timeoutSlackMs,
    concurrency,
    registry,
    logger,
    onCrash,
  })
}
