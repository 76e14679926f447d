import { createInbox, type Inbox } from '@relevo/inbox'
import { type Logger, toKafkaConfig } from '@relevo/kit'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { ProcessorConfig } from './config.ts'
import { selectHandlers } from './events.ts'

interface ProcessorParts {
  config: ProcessorConfig
  pool: pg.Pool
  registry: Registry
  logger: Logger
  /** The consumer has ended for good. */
  onCrash(error: unknown): void
}

/** The inbox as the variables say; the caller starts and stops it. */
export function createProcessor({ config, pool, registry, logger, onCrash }: ProcessorParts): Inbox {
  return createInbox({
    pool,
    consumerName: config.groupId,
    kafka: { ...toKafkaConfig(config), logger },
    topics: [config.topic],
    handlers: selectHandlers(config.eventTypes),
    onUnknownType: config.eventTypes.length === 0 ? 'deadLetter' : 'ignore',
    retry: {
      attempts: config.retryAttempts,
      initialDelayMs: config.retryInitialDelayMs,
      maxDelayMs: config.retryMaxDelayMs,
    },
    concurrency: config.concurrency,
    retentionDays: config.retentionDays,
    registry,
    logger,
    onCrash,
  })
}
