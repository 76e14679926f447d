import { backoffMs, createIdlePause } from '@relevo/backoff'
import type { InboxContext } from './inboxContext.ts'
import { type DeadLetterPublisher, publishDeadLetters } from './publishDeadLetters.ts'
import { pause } from './retry.ts'
import { retryHeld } from './retryHeld.ts'
import { countWaiting } from './sql/heldEvents.ts'

export interface WorkerOptions {
  /** How often it checks what other replicas left, in milliseconds; less often the longer it is idle. */
  readonly pollMs: number
  readonly partitionsAheadDays: number
  readonly retentionDays: number
  /** Undefined: dead letters stay in their table only. */
  readonly publisher: DeadLetterPublisher | undefined
}

const maintenanceMs = 3_600_000
const countMs = 15_000
const failureBounds = { initialMs: 200, maxMs: 10_000 }

/** Retries held events, publishes dead letters and keeps the tables in order until the signal is aborted. */
export async function runWorker(
  context: InboxContext,
  options: WorkerOptions,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  let failures = 0
  const pollMs = createIdlePause(options.pollMs)
  const maintain = every(maintenanceMs, () => maintainTables(context, options))
  const count = every(countMs, () => countHeld(context))
  while (!context.signal.aborted) {
    try {
      await maintain()
      await count()
      const ms = await work(context, options, pollMs)
      failures = 0
      if (ms > 0) await sleep(ms)
    } catch (err) {
      failures += 1
      context.counts.databaseFailed()
      context.logger.warn({ err, failures }, 'the inbox worker failed; it tries again')
      await pause(backoffMs(failures, failureBounds), context.signal)
    }
  }
}

/** One round; returns how long to sleep at most, 0 if there is more to do. */
async function work(
  context: InboxContext,
  { publisher }: WorkerOptions,
  pollMs: (found: boolean) => number,
): Promise<number> {
  const { nextInMs, unpublished } = await retryHeld(context)
  if (publisher && unpublished)
    while (!context.signal.aborted && (await publishDeadLetters(context, publisher)));
  const jittered = pollMs(unpublished || nextInMs !== undefined) * (0.75 + Math.random() / 2)
  return Math.min(jittered, nextInMs ?? jittered)
}

/** The function, but called at most once in the time. */
function every(ms: number, work: () => Promise<void>): () => Promise<void> {
  let next = 0
  return async () => {
    if (Date.now() < next) return
    await work()
    next = Date.now() + ms * (0.75 + Math.random() / 2)
  }
}

async function maintainTables(context: InboxContext, options: WorkerOptions): Promise<void> {
  try {
    await context.pool.query('select inbox.maintain($1, $2)', [
      options.partitionsAheadDays,
      options.retentionDays,
    ])
  } catch (err) {
    context.logger.warn({ err }, 'the partitions of the inbox cannot be kept in order; next try in an hour')
  }
}

async function countHeld(context: InboxContext): Promise<void> {
  const { held, unpublished } = await countWaiting(context.pool, context.consumer)
  context.counts.waiting(held, unpublished)
}
