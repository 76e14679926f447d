import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type Logger, ServiceError } from '@relevo/kit'
import type pg from 'pg'
import { Gauge, type Registry } from 'prom-client'
import { type ChangeRow, listChanges, readEnds } from './sql/changes.ts'

export interface ChangeStreamOptions {
  readonly pool: pg.Pool
  readonly logger: Logger
  readonly registry: Registry
  readonly maxStreams: number
  /** How often changes are looked for while somebody listens; default 500 ms. */
  readonly lookEveryMs?: number
  /** Pause between two signs of life, so that nobody takes the connection for dead; default 15 s. */
  readonly heartbeatMs?: number
  /**
   * Bytes that a client may leave unread before it is dropped; default 64 KiB. It goes on by its
   * Last-Event-ID.
   */
  readonly mostUnreadBytes?: number
}

interface Client {
  readonly response: ServerResponse
  /** The last change that it has. */
  after: number
}

const pageSize = 500

/** Passes the changes in the database on to those who listen, as server-sent events. */
export class ChangeStream {
  readonly #options: Required<ChangeStreamOptions>
  readonly #clients = new Set<Client>()
  readonly #stopping = new AbortController()
  readonly #gauge: Gauge
  #beating: Promise<unknown> | undefined
  /** Only while somebody listens. */
  #looking: Promise<void> | undefined
  #isLooking = false
  #isStale = false

  constructor(options: ChangeStreamOptions) {
    this.#options = { lookEveryMs: 500, heartbeatMs: 15_000, mostUnreadBytes: 65_536, ...options }
    this.#gauge = new Gauge({
      name: 'relevo_monitor_streams',
      help: 'Clients that listen to the changes',
      registers: [options.registry],
    })
  }

  start(): void {
    this.#beating = this.#keepBeating()
  }

  /** Ends every stream; their clients come again, to another process. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const { response } of this.#clients) response.end()
    await Promise.all([this.#looking, this.#beating])
  }

  /**
   * Where a client begins that has seen the change of this number; undefined: one that wants what changes
   * from now on. @throws ServiceError `unavailable` when there are too many; pg's errors.
   */
  async admit(seen: number | undefined): Promise<Start> {
    if (this.#stopping.signal.aborted || this.#clients.size >= this.#options.maxStreams)
      throw new ServiceError('unavailable', 'Too many clients listen just now. Try again later.', {
        headers: { 'retry-after': '5' },
      })
    return startAfter(seen, await readEnds(this.#options.pool))
  }

  /** Takes a client whose head is sent. */
  open(response: ServerResponse, { after, isGap }: Start): void {
    const client = { response, after }
    if (this.#stopping.signal.aborted) return void response.end()
    this.#clients.add(client)
    this.#gauge.set(this.#clients.size)
    response.once('close', () => {
      this.#clients.delete(client)
      this.#gauge.set(this.#clients.size)
    })
    this.#write(client, 'retry: 2000\n\n')
    if (isGap) this.#write(client, eventText({ id: after, event: 'reset', data: {} }))
    if (!this.#isLooking) this.#looking = this.#keepLooking()
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stopping
    this.#isLooking = true
    while (!signal.aborted && this.#clients.size > 0) {
      const isMore = await this.#passOn()
      if (!isMore) await delay(this.#options.lookEveryMs, undefined, { signal }).catch(() => {})
    }
    this.#isLooking = false
  }

  /** True: there are more. */
  async #passOn(): Promise<boolean> {
    const clients = [...this.#clients]
    try {
      const least = Math.min(...clients.map(({ after }) => after))
      const changes = await listChanges(this.#options.pool, least, pageSize)
      this.#isStale = false
      for (const client of clients) this.#send(client, changes)
      return changes.length === pageSize
    } catch (err) {
      this.#options.logger.debug({ err }, 'changes cannot be read just now')
      // Once: viewers should say that what they show may be old.
      if (!this.#isStale)
        for (const client of clients) this.#write(client, eventText({ event: 'stale', data: {} }))
      this.#isStale = true
      return false
    }
  }

  #send(client: Client, changes: readonly ChangeRow[]): void {
    for (const { id, at, kind, data } of changes) {
      if (id <= client.after) continue
      if (!this.#write(client, eventText({ id, event: kind, data: { ...data, at } }))) return
      client.after = id
    }
  }

  async #keepBeating(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await delay(this.#options.heartbeatMs, undefined, { signal }).catch(() => {})
      for (const client of this.#clients) this.#write(client, ':\n\n')
    }
  }

  /** A client that does not read is dropped, since what it leaves unread is kept here. False: it is gone. */
  #write({ response }: Client, text: string): boolean {
    if (response.destroyed || response.writableEnded) return false
    if (response.writableLength > this.#options.mostUnreadBytes) {
      response.destroy()
      return false
    }
    response.write(text)
    return true
  }
}

/** Where a client begins. */
export interface Start {
  readonly after: number
  /** Changes that it has missed are no longer kept: it has to reload everything. */
  readonly isGap: boolean
}

/** @param ends the numbers of the first change that is kept, and of the last; 0 when there is none. */
export function startAfter(
  seen: number | undefined,
  { first, last }: { readonly first: number; readonly last: number },
): Start {
  if (seen === undefined) return { after: last, isGap: false }
  const isGap = seen > last || seen < first - 1
  return { after: isGap ? last : seen, isGap }
}

interface StreamEvent {
  readonly id?: number
  readonly event: string
  readonly data: object
}

/** As HTML's specification of server-sent events has it; JSON has no line breaks. */
export function eventText({ id, event, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
