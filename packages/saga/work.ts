import { originOf } from '@relevo/origin'
import type { Queryable } from '@relevo/outbox'
import type pg from 'pg'
import { advance } from './advance.ts'
import { type Changes, collectChanges } from './changes.ts'
import { takeReply } from './handleReplies.ts'
import type { Registry } from './registry.ts'
import type { RepeatBudget } from './repeatBudget.ts'
import { delayTimerOf, findDueSagas, readDueTimers } from './sql/dueTimers.ts'
import { type LockedSaga, lockFree } from './sql/lockSagas.ts'
import { answer, delay, findParked, lockParked, type ParkedEvent, removeParked } from './sql/parkedEvents.ts'
import { inTransaction } from './transaction.ts'

export interface WorkOptions {
  readonly pool: pg.Pool
  readonly registry: Registry
  /** Sagas in one transaction at most. */
  readonly batchSize: number
  /** Asked before each command that would be repeated. */
  readonly budget: Pick<RepeatBudget, 'spend'>
  /** A saga that could not go on. */
  readonly onFailure: (sagaId: string, error: unknown) => void
}

/**
 * Fires the timers that are due, a batch in a transaction, under the locks of their sagas; returns how many there were. A
 * saga that is locked has a reply just now: its timer is looked at again later.
 */
export async function fireTimers(options: WorkOptions): Promise<number> {
  const { pool, registry, batchSize, onFailure } = options
  const ids = await findDueSagas(pool, registry, batchSize)
  return each(ids, {
    work: (batch) => inTransaction(pool, (tx) => fire(tx, options, batch)),
    setAside: async (id, error) => {
      onFailure(id, error)
      await delayTimerOf(pool, id, describe(error))
    },
  })
}

async function fire(
  tx: Queryable,
  { registry, budget }: WorkOptions,
  ids: readonly string[],
): Promise<number> {
  const sagas = await lockFree(tx, ids)
  const timers = await readDueTimers(tx, [...sagas.keys()])
  const changes = collectChanges(tx)
  for (const { sagaId, step, attempt } of timers) {
    const saga = sagas.get(sagaId)
    const definition = saga && registry.find(saga.state.name, saga.state.version)
    if (saga === undefined || definition === undefined) continue
    const withheld = !saga.state.outstanding?.answered && !budget.spend()
    await advance(changes, definition, saga, { kind: 'timedOut', step, attempt, withheld })
  }
  await changes.write()
  return timers.length
}

/** Carries out what was left to a process with the definition; returns how many events there were. */
export async function carryOutParked({ pool, registry, batchSize, onFailure }: WorkOptions): Promise<number> {
  const events = await findParked(pool, registry, batchSize)
  const byId = new Map(events.map((event) => [event.id, event]))
  return each([...byId.keys()], {
    work: (ids) =>
      inTransaction(pool, (tx) =>
        carryOut(
          tx,
          registry,
          ids.map((id) => byId.get(id) as ParkedEvent),
        ),
      ),
    setAside: async (id, error) => {
      onFailure(byId.get(id)?.sagaId ?? '', error)
      await delay(pool, id, describe(error))
    },
  })
}

async function carryOut(tx: Queryable, registry: Registry, found: readonly ParkedEvent[]): Promise<number> {
  const sagas = await lockFree(tx, [...new Set(found.map(({ sagaId }) => sagaId))])
  const mine = found.filter(({ sagaId }) => sagas.has(sagaId))
  const events = await lockParked(
    tx,
    mine.map(({ id }) => id),
  )
  const changes = collectChanges(tx)
  for (const parked of events) {
    const saga = sagas.get(parked.sagaId) as LockedSaga
    const next = await carryOutOne(changes, registry, saga, parked)
    if (next) sagas.set(parked.sagaId, next.saga)
  }
  await removeParked(
    tx,
    events.map(({ id }) => id),
  )
  await changes.write()
  return events.length
}

async function carryOutOne(
  changes: Changes,
  registry: Registry,
  saga: LockedSaga,
  { id, sagaId, event, eventId }: ParkedEvent,
) {
  const definition = registry.find(saga.state.name, saga.state.version)
  if (definition === undefined) throw new Error('The saga has another version meanwhile')
  if (event.kind === 'reply') {
    const { step, attempt, type, data } = event
    const replied = eventId ?? sagaId
    const reply = { sagaId, step, attempt, type, data, eventId: replied, origin: originOf({ id: replied }) }
    return takeReply(changes, { definition, saga, reply })
  }
  const next = await advance(changes, definition, saga, event)
  await answer(changes.tx, id, next.result ?? 'ended')
  return next
}

interface Batch {
  /** In one transaction; returns how many of them it did. */
  readonly work: (ids: readonly string[]) => Promise<number>
  /** For one whose transaction fails when it is alone in it. */
  readonly setAside: (id: string, error: unknown) => Promise<void>
}

/** One that fails must not hold up the others: each is then alone in its transaction. */
async function each(ids: readonly string[], { work, setAside }: Batch): Promise<number> {
  if (ids.length === 0) return 0
  try {
    return await work(ids)
  } catch (error) {
    if (isOfDatabase(error)) throw error
    const [only] = ids
    if (only !== undefined && ids.length === 1) {
      await setAside(only, error)
      return 1
    }
  }
  let done = 0
  for (const id of ids) done += await each([id], { work, setAside })
  return done
}

/** SQLSTATEs of a database that is away or busy, and errors of the connection: the same may succeed later. */
const passingState = /^(08...|57...|53...|25P0[34]|25006|40...|55P03|E[A-Z]+)$/

function isOfDatabase(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error) return passingState.test(String(error.code))
  return /^(Connection terminated|Query read timeout|timeout e|Client has encountered)/.test(error.message)
}

function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.slice(0, 2_000).replaceAll('\0', '\uFFFD').toWellFormed()
}
