import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { enqueue } from '@relevo/outbox'
import pg from 'pg'
import { type SeededRandom, seededRandom } from './seededRandom.ts'

export interface WorkloadOptions {
  databaseUrl: string
  /** Each key has one of these topics. */
  topics: readonly string[]
  seed: number
  /** Connections that write; default 6. */
  writers?: number
  /** Keys that they share; default 8. */
  keys?: number
  /** Longest pause before a transaction, and between enqueueing and commit, in milliseconds; default 10. */
  maxPauseMs?: number
  /** Share of the transactions that are rolled back; default 0.1. */
  rollbackShare?: number
}

/**
 * For tests that wait for something else most of the time: as many transactions are open at any moment, and a third as
 * many events are made.
 */
export const steadily: Partial<WorkloadOptions> = { maxPauseMs: 40 }

/** What became of the transactions. */
export interface WorkloadLedger {
  acknowledged: string[]
  /** Events of transactions whose connection was lost at the commit. */
  unknown: string[]
  rolledBack: number
  deadlocks: number
  connectionsLost: number
}

export interface Workload {
  /** Waits until so many more events are acknowledged. */
  progress(events: number): Promise<void>
  /** Lets every writer end its transaction. Rejects when one of them failed in a way that no fault explains. */
  stop(): Promise<WorkloadLedger>
}

interface State extends WorkloadLedger {
  stopping: boolean
}

const progressBudgetMs = 60_000

/** Writers on few keys: transactions of some events in one or more calls, which pause before they commit. */
export function startWorkload(options: WorkloadOptions): Workload {
  const state: State = {
    acknowledged: [],
    unknown: [],
    rolledBack: 0,
    deadlocks: 0,
    connectionsLost: 0,
    stopping: false,
  }
  const writers = Array.from({ length: options.writers ?? 6 }, (_, index) =>
    write(options, seededRandom(options.seed + index), state),
  )
  const ended = Promise.all(writers)
  ended.catch(() => {})

  return {
    async progress(events) {
      const goal = state.acknowledged.length + events
      const until = performance.now() + progressBudgetMs
      while (state.acknowledged.length < goal) {
        if (performance.now() > until)
          throw new Error(`only ${state.acknowledged.length} of ${goal} events acknowledged`)
        await Promise.race([delay(5), ended])
      }
    },
    async stop() {
      state.stopping = true
      await ended
      return state
    },
  }
}

async function write(options: WorkloadOptions, random: SeededRandom, state: State): Promise<void> {
  let client: pg.Client | undefined
  while (!state.stopping) {
    try {
      client ??= await connect(options.databaseUrl)
      await transact(client, options, random, state)
    } catch (error) {
      if (sqlStateOf(error) === '40P01') {
        state.deadlocks += 1
        await client?.query('rollback').catch(() => {})
        continue
      }
      if (!isConnectionLost(error)) throw error
      state.connectionsLost += 1
      await client?.end().catch(() => {})
      client = undefined
      await delay(20)
    }
  }
  await client?.end().catch(() => {})
}

async function connect(connectionString: string): Promise<pg.Client> {
  // Deadlocks are meant to happen here, and looked for after a second by default.
  const options = '-c deadlock_timeout=30ms'
  const client = new pg.Client({
    connectionString,
    options,
    connectionTimeoutMillis: 5_000,
    query_timeout: 20_000,
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function transact(
  client: pg.Client,
  options: WorkloadOptions,
  random: SeededRandom,
  state: State,
): Promise<void> {
  await delay(random.integer(0, options.maxPauseMs ?? 10))
  const events = Array.from({ length: random.integer(1, 5) }, () => someEvent(options, random))
  // Most transactions take their keys in one order, as an application that minds deadlocks does.
  if (random.next() < 0.9) events.sort((a, b) => (a.key < b.key ? -1 : 1))
  const ids = events.map(({ eventId }) => eventId)
  await client.query('begin')
  while (events.length > 0) await enqueue(client, events.splice(0, random.integer(1, 3)))
  await delay(random.integer(0, options.maxPauseMs ?? 10))
  if (random.next() < (options.rollbackShare ?? 0.1)) {
    await client.query('rollback')
    state.rolledBack += 1
    return
  }
  try {
    await client.query('commit')
  } catch (error) {
    state.unknown.push(...ids)
    throw error
  }
  state.acknowledged.push(...ids)
}

function someEvent({ topics, keys = 8 }: WorkloadOptions, random: SeededRandom) {
  const number = random.integer(0, keys - 1)
  const topic = topics[number % topics.length] ?? ''
  return { eventId: randomUUID(), topic, key: `key-${number}`, type: 'test.happened', payload: { number } }
}

function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

/** Postgres is going, coming or gone: SQLSTATE class 57 or 08, or no answer of Postgres at all. */
function isConnectionLost(error: unknown): boolean {
  const sqlState = sqlStateOf(error)
  return sqlState === undefined || sqlState.startsWith('57P') || sqlState.startsWith('08')
}
