import type { ServerResponse } from 'node:http'
import { ServiceError } from '@relevo/kit'
import { Gauge, type Registry } from 'prom-client'
import type { BoardState } from './shapes.ts'
import type { Board } from './sources/board.ts'

export interface LiveStreamOptions {
  readonly board: Pick<Board, 'watch' | 'current'>
  readonly registry: Registry
  readonly maxStreams: number
}

/** How often a page gets something new at most. */
const pauseMs = 1_000
/** A sign of life, so that nobody takes the connection for dead. */
const heartbeatMs = 15_000
/** What a page may leave unread before it is dropped; it comes again. */
const mostUnreadBytes = 1 << 20

/** Passes what the board shows on to the pages that are open, as server-sent events. */
export class LiveStream {
  readonly #options: LiveStreamOptions
  readonly #open = new Set<ServerResponse>()
  readonly #gauge: Gauge
  #isStopping = false

  constructor(options: LiveStreamOptions) {
    this.#options = options
    this.#gauge = new Gauge({
      name: 'relevo_console_streams',
      help: 'Pages that are kept up to date',
      registers: [options.registry],
    })
  }

  /** @throws ServiceError `unavailable` when there are too many. */
  admit(): void {
    if (!this.#isStopping && this.#open.size < this.#options.maxStreams) return
    throw new ServiceError('unavailable', 'Too many pages are open just now. Try again later.', {
      headers: { 'retry-after': '5' },
    })
  }

  /** Takes a page whose head is sent. */
  open(response: ServerResponse): void {
    if (this.#isStopping) return void response.end()
    this.#open.add(response)
    this.#gauge.set(this.#open.size)
    const page = new Page(response)
    const { board } = this.#options
    const unwatch = board.watch((state) => page.offer(state))
    // It does not wait for the next look; one that fails comes to nothing here, as every look.
    board.current().then(
      (state) => page.offer(state),
      () => undefined,
    )
    response.once('close', () => {
      unwatch()
      page.close()
      this.#open.delete(response)
      this.#gauge.set(this.#open.size)
    })
  }

  /** Ends every stream; the pages come again, to another process. */
  stop(): void {
    this.#isStopping = true
    for (const response of this.#open) response.end()
  }
}

/** One page that is open. Of what comes within a second it gets the last, and nothing that it has already. */
class Page {
  readonly #response: ServerResponse
  readonly #heartbeat: NodeJS.Timeout
  #sent = ''
  #waiting: BoardState | undefined
  #pause: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(response: ServerResponse) {
    this.#response = response
    this.#write('retry: 2000\n\n')
    this.#heartbeat = setInterval(() => this.#write(':\n\n'), heartbeatMs)
  }

  offer(state: BoardState): void {
    if (this.#isClosed) return
    this.#waiting = state
    if (this.#pause === undefined) this.#send()
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#heartbeat)
    clearTimeout(this.#pause)
  }

  #send(): void {
    this.#pause = undefined
    if (this.#waiting === undefined) return
    const { looked_at, ...found } = this.#waiting
    this.#waiting = undefined
    const text = JSON.stringify(found)
    if (text === this.#sent) return // a later look that has found the same is nothing new
    this.#sent = text
    this.#write(`event: board\ndata: ${JSON.stringify({ looked_at, ...found })}\n\n`)
    this.#pause = setTimeout(() => this.#send(), pauseMs)
  }

  #write(text: string): void {
    if (this.#response.destroyed || this.#response.writableEnded) return
    if (this.#response.writableLength > mostUnreadBytes) return void this.#response.destroy()
    this.#response.write(text)
  }
}
