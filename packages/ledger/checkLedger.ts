import { createAdmin, type KafkaConfig } from '@relevo/kafka'
import pg from 'pg'
import { checkHistory, type LedgerReport } from './checkHistory.ts'
import type { Effect, EventRef, Ledger, Sequence } from './history.ts'
import { readDeliveries } from './readDeliveries.ts'
import { readEffects } from './readEffects.ts'
import { readOutboxRows } from './readOutboxRows.ts'

export interface CheckLedgerOptions {
  /** The database of the outbox. */
  databaseUrl: string
  kafka: KafkaConfig
  /** The events' topics, all of which must exist in Kafka. */
  topics: readonly string[]
  ledger: Ledger
  effects?: EffectsQuery | EffectsList
  /** The consumers' group, whose lag is then checked. */
  groupId?: string
  /** The relay's audit: `audit` of `@relevo/relay`. */
  audit?: (pool: pg.Pool) => Promise<readonly { difference: number }[]>
  /** Events that an operator left out on purpose. */
  leftOut?: Iterable<EventRef>
}

/** Effects that are in a database. */
export interface EffectsQuery {
  databaseUrl: string
  /** Lists the effects, one per row, in its column `event`: a UUID, or the event's number in the outbox. */
  query: string
  /** Whether the query lists them in the order in which they took effect. */
  inOrder?: boolean
}

/** Effects outside a database. */
export interface EffectsList {
  list: Sequence<Effect>
  inOrder?: boolean
}

/**
 * Reads the outbox, all of Kafka and the effects of a run at rest, and checks them against what was
 * acknowledged. Opens its own connections and closes them. Errors: pg's and KafkaError.
 */
export async function checkLedger(options: CheckLedgerOptions): Promise<LedgerReport> {
  const { kafka, topics, ledger, leftOut, effects } = options
  const outboxPool = openPool(options.databaseUrl, 2)
  const query = effects && 'query' in effects ? effects : undefined
  const effectsPool = openPool(query?.databaseUrl ?? options.databaseUrl, 1)
  try {
    const lag = await readLag(options)
    const auditDifference = await readAuditDifference(options, outboxPool)
    return await checkHistory({
      ledger,
      outbox: readOutboxRows(outboxPool, { topics }),
      deliveries: readDeliveries(kafka, topics),
      ...(effects && {
        effects: 'query' in effects ? readEffects(effectsPool, effects.query) : effects.list,
        effectsInOrder: effects.inOrder ?? false,
      }),
      ...(leftOut && { leftOut }),
      ...(lag !== undefined && { lag }),
      ...(auditDifference !== undefined && { auditDifference }),
    })
  } finally {
    await Promise.all([outboxPool.end(), effectsPool.end()])
  }
}

function openPool(connectionString: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, max })
  // An error of an idle connection would end the process; the next query reports it anyway.
  pool.on('error', () => {})
  return pool
}

async function readLag({ kafka, groupId, topics }: CheckLedgerOptions): Promise<number | undefined> {
  if (groupId === undefined) return undefined
  const admin = createAdmin(kafka)
  try {
    const partitions = await admin.groupLag(groupId, topics)
    return partitions.reduce((sum, { lag }) => sum + lag, 0)
  } finally {
    await admin.close()
  }
}

async function readAuditDifference(
  { audit }: CheckLedgerOptions,
  pool: pg.Pool,
): Promise<number | undefined> {
  const shards = await audit?.(pool)
  return shards?.reduce((sum, { difference }) => sum + Math.abs(difference), 0)
}
