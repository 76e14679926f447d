import { type InboxHandlers, type InboxTransaction, inboxBatch } from '@relevo/inbox'
import { lockKeys, type SqlClient } from '@relevo/kit'
import { type Contribution, type CountSettings, schemas, toContribution } from './domain/contribution.ts'
import { type FoldedOrder, foldOrders } from './sql/foldOrders.ts'
import { readClock } from './sql/readClock.ts'
import { type StoredContribution, storeContributions } from './sql/storeContributions.ts'
import { type Change, touchWindows } from './sql/touchWindows.ts'
import { moveWatermarks } from './sql/watermarks.ts'

/** What is done with the events that count: all of a transaction together. */
export function countingHandlers(settings: CountSettings): InboxHandlers {
  return inboxBatch(schemas, async (events, tx: InboxTransaction) => {
    const now = await readClock(tx)
    const contributions = events.map((event) => toContribution(event, now, settings))
    await takeContributions(tx, contributions)
    await moveWatermarks(tx, contributions)
  })
}

interface TakeOptions {
  /** The rebuild that reads them again: contributions that it reads differently are corrected. */
  readonly rebuildId?: string
}

/** How many contributions were not there, and how many not so. */
export interface TakenCounts {
  readonly added: number
  readonly corrected: number
}

/**
 * Stores what events add, each once, and notes which windows that changes. Nothing is added up, so that neither the order of
 * the events nor the borders of the batches matter, and no row is written by every transaction. @throws the errors of `client`.
 */
export async function takeContributions(
  client: SqlClient,
  contributions: readonly Contribution[],
  { rebuildId }: TakeOptions = {},
): Promise<TakenCounts> {
  const orderIds = [...new Set(contributions.flatMap(({ order_id }) => order_id ?? []))]
  await lockKeys(client, orderIds)
  const stored = await storeContributions(client, contributions, rebuildId !== undefined)
  // A rebuild folds all of its orders: it fixes what has become of them, too.
  const folded = stored.length > 0 || rebuildId !== undefined ? await foldOrders(client, orderIds) : []
  await touchWindows(client, { ...changeOf(stored, folded, rebuildId !== undefined), rebuildId })
  const corrected = stored.filter(({ oldAt }) => oldAt !== null).length
  return { added: stored.length - corrected, corrected }
}

/**
 * Which windows change, and from when on what is pending or in stock does. An order that ends changes the conversion of the
 * window that it was placed in, but no state before its end.
 */
function changeOf(
  stored: readonly StoredContribution[],
  folded: readonly FoldedOrder[],
  isRebuild: boolean,
): Pick<Change, 'times' | 'statesFrom'> {
  const own = stored.flatMap(({ at, oldAt }) => (oldAt ? [at, oldAt] : [at]))
  const moved = folded.filter(
    (order) => isRebuild || order.placedAt.getTime() !== order.oldPlacedAt?.getTime(),
  )
  const states = [...own, ...moved.flatMap(cohortsOf)].map((time) => time.getTime())
  return {
    times: [...own, ...folded.flatMap(cohortsOf)],
    statesFrom: states.length > 0 ? new Date(states.reduce((a, b) => Math.min(a, b))) : undefined,
  }
}

function cohortsOf({ placedAt, oldPlacedAt }: FoldedOrder): Date[] {
  return oldPlacedAt ? [placedAt, oldPlacedAt] : [placedAt]
}
