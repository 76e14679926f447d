import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import type { Queryable } from '@relevo/outbox'
import type { StoredEvent } from './event.ts'
import type { SessionClient } from './sessionClient.ts'
import { blockOf, readRow, type StreamRow } from './sortPage.ts'
import { type BlockedStream, type NewBlock, storeRetry, unblock } from './sql/blockedStreams.ts'
import { type Checkpoint, lockCheckpoint, moveCheckpoint } from './sql/checkpoints.ts'
import { readEventRows } from './sql/readStream.ts'
import type { Subscription } from './subscription.ts'
import type { Upcasters } from './upcast.ts'

export interface RetryPorts {
  readonly client: SessionClient
  readonly subscription: Subscription
  readonly upcasters: Upcasters
  readonly blockedRetry: BackoffBounds
  readonly cursor: Checkpoint
  readonly applying: (tx: Queryable, work: (client: Queryable) => Promise<void>) => Promise<void>
  readonly applyFailure: (error: unknown) => { cause: unknown } | undefined
}

export interface RetryResult {
  /** Of the checkpoint. */
  readonly revision: number
  readonly applied: number
  /** Undefined when the stream has caught up. */
  readonly block: NewBlock | undefined
}

const rowsAtOnce = 100
const bytesAtOnce = 4 << 20

/** The extent of a retry: the events to apply, the version after them, and why it stops there, if it does. */
interface Step {
  readonly events: StoredEvent[]
  readonly nextVersion: number
  readonly block: NewBlock | undefined
}

/**
 * Retries a blocked stream from its next event on: everything since then or, if that fails, its first event alone.
 * @returns undefined if another replica has moved the checkpoint. Errors: those of pg.
 */
export async function retryStream(block: BlockedStream, ports: RetryPorts): Promise<RetryResult | undefined> {
  try {
    return await step(block, ports, (rows) => goThrough(rows, block, ports))
  } catch (error) {
    if (!ports.applyFailure(error)) throw error
  }
  try {
    return await step(block, ports, (rows) => goThrough(rows.slice(0, 1), block, ports))
  } catch (error) {
    const failure = ports.applyFailure(error)
    if (!failure) throw error
    return step(block, ports, ([row]) => ({
      events: [],
      nextVersion: block.nextVersion,
      block: row ? blockOf(row, 'applyFailed', failure.cause) : block,
    }))
  }
}

function goThrough(rows: readonly StreamRow[], block: BlockedStream, ports: RetryPorts): Step {
  const events: StoredEvent[] = []
  let { nextVersion } = block
  for (const row of rows) {
    const read = readRow(row, ports)
    if ('block' in read) return { events, nextVersion, block: read.block }
    if (read.event) events.push(read.event)
    nextVersion = Number(row.version) + 1
  }
  return { events, nextVersion, block: undefined }
}

async function step(
  block: BlockedStream,
  { client, subscription, blockedRetry, cursor, applying }: RetryPorts,
  plan: (rows: readonly StreamRow[]) => Step,
): Promise<RetryResult | undefined> {
  const { stream, passedVersion } = block
  const range = {
    after: block.nextVersion - 1,
    upTo: passedVersion,
    limit: rowsAtOnce,
    maxBytes: bytesAtOnce,
  }
  const { rows } = await readEventRows(client, stream, range)
  const planned = plan(rows.map((row) => ({ ...row, stream })))
  const { events } = planned
  const left = blockAfter(block, planned)
  return client.transaction(async (tx) => {
    const lock = await lockCheckpoint(tx, subscription.name)
    if (lock?.revision !== cursor.revision) return undefined
    if (events.length > 0) await applying(tx, (watched) => subscription.apply(events, watched))
    if (left) {
      const pauseMs = planned.block ? backoffMs(left.attempts, blockedRetry) : 0
      await storeRetry(tx, subscription.name, left, pauseMs)
    } else await unblock(tx, subscription.name, stream)
    const revision = await moveCheckpoint(tx, subscription.name, lock, cursor, 0)
    return revision === undefined ? undefined : { revision, applied: events.length, block: left }
  })
}

/** The remaining block after a step; undefined if the stream has caught up. */
function blockAfter(block: BlockedStream, { nextVersion, block: stop }: Step): BlockedStream | undefined {
  if (stop === undefined && nextVersion > block.passedVersion) return undefined
  const attempts = nextVersion > block.nextVersion ? 1 : block.attempts + 1
  return { ...block, ...(stop ?? { nextVersion }), passedVersion: block.passedVersion, attempts }
}
