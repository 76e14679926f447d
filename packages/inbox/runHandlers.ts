import { originOf, withOrigin } from '@relevo/origin'
import { describeError, InboxError } from './inboxError.ts'
import type { InboxEvent, InboxHandler } from './inboxEvent.ts'
import { inProcessSpans, type ProcessSpanOptions } from './processSpans.ts'
import { together } from './together.ts'
import type { Transaction } from './transaction.ts'

/** An event and its handler. */
export interface Handleable {
  readonly event: InboxEvent
  readonly handler: InboxHandler
  /** How often it was tried before. */
  readonly attempts?: number
}

export interface RunOptions {
  readonly timeoutMs: number
  /** Keys handled concurrently if the connection is pipelined. */
  readonly concurrency: number
  readonly tracing: ProcessSpanOptions
  readonly onHandled: (type: string, seconds: number) => void
}

/**
 * Runs the handlers in the transaction, in the order of the events; consecutive events that share a
 * `handleAll` are handled together. Errors: InboxError `handlerFailed`, `rejected` or `unavailable`, after every started
 * handler has ended.
 */
export async function runHandlers(
  tx: Transaction,
  events: readonly Handleable[],
  options: RunOptions,
): Promise<void> {
  for (const run of runsOf(events)) {
    const { handleAll } = run[0].handler
    if (!handleAll) await runEach(tx, run, options)
    else
      await runBounded(tx, run, options, () =>
        handleAll(
          run.map(({ event }) => event),
          tx,
        ),
      )
  }
}

type Run = [Handleable, ...Handleable[]]

/** The events in runs that share one `handleAll`, or have none. */
function runsOf(events: readonly Handleable[]): Run[] {
  const runs: Run[] = []
  for (const event of events) {
    const last = runs.at(-1)
    if (last?.[0].handler.handleAll === event.handler.handleAll && last) last.push(event)
    else runs.push([event])
  }
  return runs
}

/**
 * Events of one key run one after another, in order. On a pipelined connection several keys run concurrently, which saves the
 * waits for answers (measured with one insert per event, on loopback: 2.5 times as fast).
 */
async function runEach(tx: Transaction, events: readonly Handleable[], options: RunOptions): Promise<void> {
  const queues = tx.pipeline ? [...Map.groupBy(events, ({ event }) => event.key).values()] : [events]
  let isFailed = false
  const runQueue = async (queue: readonly Handleable[]) => {
    for (const each of queue) {
      if (isFailed) return
      const work = () => withOrigin(originOf(each.event), () => each.handler.handle(each.event, tx))
      await runBounded(tx, [each], options, work).catch((error) => {
        isFailed = true
        throw error
      })
    }
  }
  const works = queues.map((queue) => () => runQueue(queue))
  await together(tx, works, options.concurrency)
}

async function runBounded(
  tx: Transaction,
  events: readonly Handleable[],
  options: RunOptions,
  work: () => Promise<void>,
): Promise<void> {
  const begun = performance.now()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    tx.abort()
    late.reject(new Error(`The handler did not end within ${options.timeoutMs} ms`))
  }, options.timeoutMs)
  try {
    await inProcessSpans(events, options.tracing, () => Promise.race([work(), late.promise]))
  } catch (error) {
    if (error instanceof InboxError && (error.code === 'rejected' || error.code === 'unavailable'))
      throw error
    throw new InboxError('handlerFailed', describeError(error), { cause: error })
  } finally {
    clearTimeout(timer)
    const seconds = (performance.now() - begun) / 1000
    for (const { event } of events) options.onHandled(event.type, seconds / events.length)
  }
}
