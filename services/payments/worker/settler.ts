import { inTransaction } from '@relevo/kit'
import type pg from 'pg'
import type { Step } from '../domain/takeCommand.ts'
import { type AnsweredCall, settleCalls } from './settleCalls.ts'

const mostAtOnce = 100

interface Waiting extends AnsweredCall {
  readonly done: PromiseWithResolvers<void>
}

export interface Settler {
  /** Resolves when the outcome has taken effect, or its lease is another's. @throws the database's errors. */
  settle(answered: AnsweredCall): Promise<void>
}

/** Settles calls: those that are answered while a transaction is under way share the next one. */
export function createSettler(pool: pg.Pool, onSteps: (steps: readonly Step[]) => void): Settler {
  const queue: Waiting[] = []
  let running = false

  async function commit(batch: readonly Waiting[]): Promise<void> {
    onSteps(await inTransaction(pool, (client) => settleCalls(client, batch)))
  }

  /** One that fails must not hold up the others: each is then alone in its transaction. */
  async function settleBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      await commit(batch)
      for (const { done } of batch) done.resolve()
    } catch (error) {
      if (batch.length === 1) batch[0]?.done.reject(error)
      else for (const each of batch) await settleBatch([each])
    }
  }

  async function drain(): Promise<void> {
    running = true
    while (queue.length > 0) await settleBatch(queue.splice(0, mostAtOnce))
    running = false
  }

  return {
    settle: ({ call, outcome }) => {
      const done = Promise.withResolvers<void>()
      queue.push({ call, outcome, done })
      if (!running) void drain()
      return done.promise
    },
  }
}
