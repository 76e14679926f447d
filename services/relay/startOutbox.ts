import { createProducer, type Producer } from '@relevo/kafka'
import { Health, type ServiceContext, toKafkaConfig } from '@relevo/kit'
import { Canary, Maintenance, OutboxMonitor, Relay } from '@relevo/relay'
import type pg from 'pg'
import type { RelayConfig } from './config.ts'
import { database } from './database.ts'
import type { OutboxSettings } from './outboxes.ts'
import { relayOptions } from './relayOptions.ts'

/** An outbox that this process publishes, with all that works for it and for no other. */
export interface RunningOutbox {
  readonly name: string
  readonly pool: pg.Pool
  readonly producer: Producer
  readonly relay: Relay
  readonly monitor: OutboxMonitor
  /** What keeps it from being published. */
  readonly health: Health
  /** Finishes the pages under way and hands its shards over. */
  stop(): Promise<void>
}

/** What begins to work once the outbox is migrated. */
type Startable = Pick<Maintenance, 'start' | 'stop'>
type Context = Pick<ServiceContext<RelayConfig>, 'config' | 'logger' | 'registry' | 'health' | 'openDatabase'>

const poolSize = 3
const statementTimeoutMs = 300_000

/**
 * Begins to publish an outbox once its database is there and migrated. Connections to Postgres and to Kafka are its own:
 * a producer that waits for one outbox's page would let those of others wait behind it, and breaks off all when it gives up.
 * @param outboxes how many this process has.
 */
export function startOutbox(
  settings: OutboxSettings,
  context: Context,
  { outboxes, owner }: { readonly outboxes: number; readonly owner: string },
): RunningOutbox {
  const { config, registry, openDatabase } = context
  const { name, slot } = settings
  const isAlone = outboxes === 1
  const logger = isAlone ? context.logger : context.logger.child({ outbox: name })
  const health = isAlone ? context.health : new Health()
  const opened = openDatabase({
    ...settings,
    migrations: database.migrations,
    pool: { name: 'relay', size: poolSize, statementTimeoutMs },
    logger,
    health,
    // One that is not admitted is no reason to end what publishes the others.
    credentialsRefusedMs: isAlone ? config.credentialsRefusedMs : Number.POSITIVE_INFINITY,
  })
  const { pool } = opened
  const producer = createProducer({ ...toKafkaConfig(config), logger })
  const options = relayOptions(config, settings, { outboxes, owner })
  const relay = new Relay({ ...options, producer, logger, registry })
  const maintenance = new Maintenance(pool, logger, {
    ...config,
    ...(settings.relaySource === 'table' && { unusedSlot: slot }),
  })
  const monitor = new OutboxMonitor(pool, registry, logger, {
    outbox: name,
    auditEveryMs: config.auditEveryMs,
    slot,
    onAudit: (newlyMissing) => relay.heedAudit(newlyMissing),
  })
  health.addReadiness('relay', () => relay.status().problem, 'work')
  opened.heed(() => relay.trouble)
  const parts: Startable[] = [relay, maintenance, monitor]
  if (config.canaryIntervalMs > 0)
    parts.push(
      new Canary(pool, registry, logger, {
        outbox: name,
        everyMs: config.canaryIntervalMs,
        shards: () => relay.status().shards,
      }),
    )
  opened.whenMigrated(() => {
    for (const part of parts) part.start()
  })
  const stop = async () => {
    // The shards first: a monitor may wait for a statement that the database does not answer.
    await relay.stop()
    await Promise.all(parts.map((part) => part.stop()))
    await producer.close()
  }
  return { name, pool, producer, relay, monitor, health, stop }
}
