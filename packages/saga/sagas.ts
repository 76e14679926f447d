import { createWorkLoop, sleepMs } from '@relevo/backoff'
import type { InboxBatchHandler, InboxHandler, InboxHandlers } from '@relevo/inbox'
import type { Queryable } from '@relevo/outbox'
import type pg from 'pg'
import type { Registry as MetricRegistry } from 'prom-client'
import type { AnySaga } from './definition.ts'
import { isLocal, isRequest } from './definition.ts'
import { handleReplies, type ReplyEvent } from './handleReplies.ts'
import { createRegistry, type Registry } from './registry.ts'
import { createRepeatBudget } from './repeatBudget.ts'
import { createSagaMetrics, report } from './sagaMetrics.ts'
import { lookForWork } from './sql/dueTimers.ts'
import { countActiveSagas, ensurePartitions, readTallies } from './sql/tally.ts'
import { carryOutParked, fireTimers, type WorkOptions } from './work.ts'

/** The logger of this package; pino's and the kit's loggers fit. */
export interface Logger {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export interface SagasOptions {
  /** The caller ends it. The sagas take one connection at a time. */
  readonly pool: pg.Pool
  /** Every version that may be running; sagas of others are left to processes that have them. */
  readonly definitions: readonly AnySaga[]
  readonly registry: MetricRegistry
  readonly logger: Logger
  /** How often it looks for timers that are nearer than the known ones, and for operators' requests; default 1 s. */
  readonly pollMs?: number
  /** Sagas whose timers fire in one transaction; default 50. */
  readonly batchSize?: number
  /** How often the metrics are read from the tables; default 15 s. */
  readonly metricsMs?: number
}

/** The sagas of one process. */
export interface Sagas {
  /**
   * Handlers for an inbox on the topics of the replies, one for every type of reply in the definitions. Replies of a transaction are
   * taken together, so that their sagas are locked in one order.
   */
  readonly handlers: InboxHandlers
  /** The same for replies that a service has already checked or sorted. */
  take(tx: Queryable, events: readonly ReplyEvent[]): Promise<void>
  /** Begins to fire timers and to carry out operators' requests, and returns at once. */
  start(): void
  /** Finishes the open transaction; call it before you end the pool. */
  stop(): Promise<void>
  /** Looks for work at once. */
  wake(): void
  /** Reads the metrics now. */
  measure(): Promise<void>
}

const maintenanceMs = 3_600_000
const failureBounds = { initialMs: 400, maxMs: 10_000 }

/** Runs sagas on the tables of `sagaMigrations`. Any number of processes may do so at once. */
export function createSagas(options: SagasOptions): Sagas {
  const { pool, logger, pollMs = 1_000 } = options
  const registry = createRegistry(options.definitions)
  const metrics = createSagaMetrics(options.registry)
  const budget = createRepeatBudget()
  const warned = new Set<string>()
  const work: WorkOptions = {
    pool,
    registry,
    batchSize: options.batchSize ?? 50,
    budget,
    onFailure: (sagaId, err) => logger.error({ err, sagaId }, 'a saga cannot go on; it is tried again later'),
  }

  async function take(tx: Queryable, events: readonly ReplyEvent[]): Promise<void> {
    await handleReplies(tx, registry, events)
    budget.earn(events.length)
  }

  async function measure(): Promise<void> {
    const tallies = await readTallies(pool)
    const active = await countActiveSagas(pool)
    const isSupported = (name: string, version: number) => registry.find(name, version) !== undefined
    report(metrics, tallies, active, isSupported)
    for (const { name, version } of active) {
      if (isSupported(name, version) || warned.has(`${name} ${version}`)) continue
      warned.add(`${name} ${version}`)
      logger.error(
        { saga: name, version },
        'sagas of a version that this process does not have are left to others',
      )
    }
  }

  const maintain = every(maintenanceMs, () => ensurePartitions(pool))
  const measureNow = every(options.metricsMs ?? 15_000, measure)
  const loop = createWorkLoop({
    round: async () => {
      const nextMs = await round(work, pollMs)
      await maintain()
      await measureNow()
      return nextMs
    },
    onFailure: (err, failures) => logger.warn({ err, failures }, 'the sagas cannot work; they try again'),
    backoff: failureBounds,
  })

  return {
    handlers: handlersOf(registry, take),
    take,
    start: loop.start,
    stop: loop.stop,
    wake: loop.wake,
    measure,
  }
}

/** One round of work; returns how long to sleep at most, 0 if there may be more to do. */
async function round(work: WorkOptions, pollMs: number): Promise<number> {
  const { due, parked, nextMs } = await lookForWork(work.pool, work.registry)
  const fired = due ? await fireTimers(work) : 0
  const carriedOut = parked ? await carryOutParked(work) : 0
  if (fired + carriedOut > 0) return 0
  // A due timer that was not fired belongs to a locked saga.
  return sleepMs(pollMs, nextMs)
}

/** The function, but called at most once in the time. */
function every(ms: number, act: () => Promise<void>): () => Promise<void> {
  let next = 0
  return async () => {
    if (performance.now() < next) return
    await act()
    next = performance.now() + ms
  }
}

function handlersOf(registry: Registry, take: Sagas['take']): InboxHandlers {
  const handleAll: InboxBatchHandler = (events, tx) => take(tx, events)
  const handle: InboxHandler['handle'] = (event, tx) => handleAll([event], tx)
  const types = registry.definitions.flatMap((definition) =>
    Object.values(definition.steps).flatMap(replyTypesOf),
  )
  return Object.fromEntries([...new Set(types)].map((type) => [type, { handle, handleAll }]))
}

function replyTypesOf(step: AnySaga['steps'][string]): string[] {
  const { compensation } = step
  const forward = isRequest(step) ? [step.done, step.failed ?? {}] : []
  const busy = isRequest(step) ? (step.busy ?? []) : []
  const undo = compensation && !isLocal(compensation) ? compensation : undefined
  const groups = [...forward, undo?.done ?? {}, undo?.refused ?? {}]
  return [...groups.flatMap((group) => Object.keys(group)), ...busy, ...(undo?.busy ?? [])]
}
