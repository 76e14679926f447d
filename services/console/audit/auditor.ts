import type { Board } from '../sources/board.ts'
import type { Source } from '../sources/findSources.ts'
import type { Ask } from '../sources/serviceClient.ts'
import { type AuditState, relayAudit } from './auditSchemas.ts'

export interface AuditorOptions {
  readonly ask: Ask
  readonly board: Pick<Board, 'sources'>
}

/** An audit counts rows, up to 100,000 per outbox: concurrent requests share one. */
const holdsMs = 10_000

/** Asks the relay of every outbox for its audit. */
export class Auditor {
  readonly #options: AuditorOptions
  #last: { readonly at: number; readonly state: Promise<AuditState> } | undefined

  constructor(options: AuditorOptions) {
    this.#options = options
  }

  /** At most ten seconds old. */
  current(): Promise<AuditState> {
    if (this.#last && performance.now() - this.#last.at < holdsMs) return this.#last.state
    const state = this.#audit()
    this.#last = { at: performance.now(), state }
    state.catch(() => {
      this.#last = undefined
    })
    return state
  }

  async #audit(): Promise<AuditState> {
    const { sources, silent } = await this.#options.board.sources()
    const outboxes = sources.filter(({ kind }) => kind === 'outbox')
    const audited = await Promise.all(outboxes.map((source) => this.#auditOne(source)))
    return {
      audited_at: new Date().toISOString(),
      outboxes: audited.flatMap((found) => found ?? []),
      silent: [...silent, ...outboxes.flatMap(({ id }, n) => (audited[n] === undefined ? [id] : []))],
    }
  }

  async #auditOne({ id, service, outbox }: Source) {
    const answer = await this.#options.ask(service, '/audit', { query: { outbox } }).catch(() => undefined)
    const found = relayAudit.safeParse(answer).data
    return found && { outbox: id, ...found }
  }
}
