import { randomUUID } from 'node:crypto'
import { draftEvent } from '@relevo/contracts'
import { inTransaction, type Logger, ServiceError, type SqlClient } from '@relevo/kit'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import { operatorActed, operatorAsked } from '../../systems/shop/consoleEvents.ts'
import type { RedriveProgress } from './redrive/redriveSlowly.ts'
import type { LetterCommand } from './sources/deadLetters.ts'
import type { SagaCommand } from './sources/sagas.ts'
import { askAbort, endAction, insertAction, noteProgress } from './sql/actions.ts'

/** Who acts. */
export interface Actor {
  readonly name: string
  /** Of an account. */
  readonly userId?: string | undefined
}

/** What an operator wants done. */
export interface Deed {
  readonly by: Actor
  readonly deed: LetterCommand | 'replace' | 'skip' | 'reset' | SagaCommand
  /** The id of a source; of a saga, the service that has it. */
  readonly target: string
  readonly meant: Readonly<Record<string, string | number>>
  readonly note: string | undefined
}

/** Has everything that operators do recorded, as a row and as events of the outbox. */
export class Actions {
  readonly #pool: pg.Pool
  readonly #logger: Logger
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor({ pool, logger }: { readonly pool: pg.Pool; readonly logger: Logger }) {
    this.#pool = pool
    this.#logger = logger
  }

  /**
   * Does it, between two records: without the first nothing is done, and without the second nobody knows what came of
   * it. @returns how many it was done with. @throws what `work` throws, and the errors of the database.
   */
  async run(deed: Deed, work: () => Promise<number>): Promise<number> {
    return this.#finish(await this.#begin(deed), work)
  }

  /** Begins it, and continues it step by step: `work` can report progress, and asks whether to continue. */
  async runSlowly(deed: Deed, work: (progress: RedriveProgress) => Promise<number>): Promise<string> {
    const id = await this.#begin(deed)
    const goOn = async (done: number, total: number) => !(await noteProgress(this.#pool, id, { done, total }))
    const running = this.#finish(id, () => work({ goOn, signal: this.#stopping.signal })).catch((err) => {
      this.#logger.warn({ err, action: id }, 'an action has failed')
    })
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
    return id
  }

  /** @throws ServiceError `notFound` unless it is under way step by step. */
  async abort(id: string, by: string): Promise<void> {
    if (!(await askAbort(this.#pool, id, by)))
      throw new ServiceError('notFound', 'No such action is under way that could be stopped.')
  }

  /** What is under way step by step ends where it is, which is noted. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  async #begin(deed: Deed): Promise<string> {
    const id = randomUUID()
    await this.#record(async (client) => {
      await insertAction(client, id, deed)
      const { by, target, meant, note } = deed
      await enqueue(client, [
        draftEvent(operatorAsked, {
          action_id: id,
          by: by.name,
          ...(by.userId !== undefined && { user_id: by.userId }),
          deed: deed.deed,
          target,
          meant,
          ...(note && { note }),
        }),
      ])
    })
    return id
  }

  async #finish(id: string, work: () => Promise<number>): Promise<number> {
    try {
      const done = await work()
      await this.#end(id, { done })
      return done
    } catch (error) {
      await this.#end(id, { problem: problemOf(error) })
      throw error
    }
  }

  #end(id: string, outcome: { readonly done: number } | { readonly problem: string }): Promise<void> {
    return this.#record(async (client) => {
      await endAction(client, id, outcome)
      await enqueue(client, [draftEvent(operatorActed, { action_id: id, ...outcome })])
    })
  }

  async #record(write: (client: SqlClient) => Promise<void>): Promise<void> {
    await inTransaction(this.#pool, write)
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof ServiceError)) return 'The service failed.'
  // An answer that does not come says nothing of what was done.
  return error.code === 'unavailable' ? `${error.message} It may have been done all the same.` : error.message
}
