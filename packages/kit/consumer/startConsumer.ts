import { createInbox, type Inbox, type InboxHandlers, type InboxOptions } from '@relevo/inbox'
import { type Admin, createAdmin, KafkaError } from '@relevo/kafka'
import type pg from 'pg'
import type { processVariables } from '../config/commonVariables.ts'
import { kafkaServer, type kafkaVariables, toKafkaConfig } from '../config/kafkaVariables.ts'
import type { Values } from '../config/loadConfig.ts'
import type { NeededServer } from '../process/serverWatch.ts'
import type { ServiceContext } from '../process/service.ts'
import type { consumerVariables } from './consumerVariables.ts'

/** A consumer of a service, as its endpoints show it. */
export interface Consumer {
  readonly inbox: Inbox
  readonly pool: pg.Pool
  readonly admin: Admin
  readonly groupId: string
  readonly topics: readonly string[]
}

type ConsumerSettings = Values<ReturnType<typeof consumerVariables> & typeof processVariables>

/** Rights and topics, which a consumer waits for as well, take longer to come than passwords. */
const leastPatienceMs = 300_000

/**
 * Consumes the topics that the variables name, once the database is migrated, until the service stops. The service is
 * ready when it has joined its group.
 */
export function startConsumer<C extends ConsumerSettings>(
  context: ServiceContext<C>,
  handlers: InboxHandlers,
  options: Partial<InboxOptions> = {},
): Consumer {
  const { config, pool, registry, logger, health, onStop, whenMigrated, watch, fail } = context
  const { groupId, topics, eventTypes } = config
  const kafka = { ...toKafkaConfig(config), logger }
  const admin = createAdmin(kafka)
  onStop('kafka admin', () => admin.close())
  const inbox = createInbox({
    pool,
    consumerName: groupId,
    kafka,
    topics,
    handlers: selectHandlers(handlers, eventTypes),
    onUnknownType: eventTypes.length === 0 ? 'deadLetter' : 'ignore',
    ...inboxSettings(config),
    concurrency: config.concurrency,
    registry,
    logger,
    onCrash: fail,
    giveUpAfterMs: Math.max(leastPatienceMs, config.credentialsRefusedMs),
    ...options,
  })
  onStop('inbox', () => inbox.stop())
  const joined = () => (inbox.health().joined ? undefined : 'has not joined its group')
  health.addReadiness('consumer', joined, 'work')
  health.addLiveness('consumer', () => (inbox.health().crashed ? 'has crashed' : undefined))
  watch(consumersKafka(config, admin, [inbox]))
  whenMigrated(() => inbox.start())
  return { inbox, pool, admin, groupId, topics }
}

/** The handlers of these types; of all when there are none. */
function selectHandlers(handlers: InboxHandlers, types: readonly string[]): InboxHandlers {
  if (types.length === 0) return handlers
  return Object.fromEntries(Object.entries(handlers).filter(([type]) => types.includes(type)))
}

/** Kafka as consumers meet it: what they hear of it counts, since the admin's connections may have been made before. */
export function consumersKafka(
  config: Values<ReturnType<typeof kafkaVariables>>,
  admin: Admin,
  inboxes: readonly Pick<Inbox, 'health'>[],
): NeededServer {
  return kafkaServer(config, async () => {
    const missing = inboxes.map((inbox) => inbox.health()).filter(({ joined }) => !joined)
    if (missing.length === 0) return
    await admin.clusterId()
    if (missing.some(({ error }) => error === 'unauthenticated'))
      throw new KafkaError('unauthenticated', 'a consumer is not admitted')
  })
}

type RetrySettings = Pick<
  ConsumerSettings,
  | 'retryAttempts'
  | 'retryInitialDelayMs'
  | 'retryMaxDelayMs'
  | 'retryUnavailableMs'
  | 'retentionDays'
  | 'consumerSpans'
>

/** The options of an inbox that its variables say. */
export function inboxSettings(
  config: RetrySettings,
): Pick<InboxOptions, 'retry' | 'retentionDays' | 'spans'> {
  return {
    retry: {
      attempts: config.retryAttempts,
      initialMs: config.retryInitialDelayMs,
      maxMs: config.retryMaxDelayMs,
      unavailableMs: config.retryUnavailableMs,
    },
    retentionDays: config.retentionDays,
    spans: config.consumerSpans,
  }
}
