import pg from 'pg'
import { formatLsn, type Lsn } from '../cursor/lsn.ts'
import { type DatabaseUrl, liftTransactionTimeout, withSettings } from '../sessionSettings.ts'
import { defaultConnectTimeoutMs } from '../sqlClient.ts'

/** What Postgres sends in a stream: data of the plugin, or a sign of life. */
export interface ReplicationHandlers {
  /** The plugin's message is in `buffer` from `offset` on, and is overwritten once this returns. */
  onData: (buffer: Buffer, offset: number) => void
  /** Everything that committed before `end` was sent. */
  onKeepalive: (end: Lsn) => void
  /** The stream has ended, once. */
  onEnd: (error: Error) => void
}

export interface StreamStart {
  databaseUrl: DatabaseUrl
  slot: string
  publication: string
  /** Transactions that committed before it are not sent. */
  from: Lsn
}

const heartbeatMs = 5_000
/** Three heartbeats without an answer. */
const silenceMs = 15_000
/** Microseconds from 1970 to 2000, where Postgres' clock begins. */
const epoch = 946_684_800_000_000n

/** Postgres gives up on a reader that is silent for this long. */
const settings = { wal_sender_timeout: '15s', statement_timeout: '0' }

interface CopyConnection {
  stream: NodeJS.ReadableStream
  on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): void
  once(event: 'replicationStart', listener: () => void): void
  sendCopyFromChunk(chunk: Buffer): void
}

/**
 * One run of logical replication: START_REPLICATION on its own connection. Every 5 s it confirms an LSN to the slot
 * and asks for an answer, so that a dead server or network is noticed within 15 s. Source: Postgres'
 * manual, "Streaming Replication Protocol". The npm client for it acknowledges what it has not processed.
 */
export class ReplicationConnection {
  readonly #client: pg.Client
  readonly #handlers: ReplicationHandlers
  #confirmed: Lsn
  #heardAt = performance.now()
  #heartbeat: NodeJS.Timeout | undefined
  #ended = false

  private constructor(client: pg.Client, handlers: ReplicationHandlers, from: Lsn) {
    this.#client = client
    this.#handlers = handlers
    this.#confirmed = from
  }

  /** Connects and begins to stream. @throws pg's errors; 55006 if another connection has the slot. */
  static async open(start: StreamStart, handlers: ReplicationHandlers): Promise<ReplicationConnection> {
    const client = new pg.Client({
      connectionString: withSettings(start.databaseUrl, settings),
      application_name: 'relevo relay stream',
      connectionTimeoutMillis: defaultConnectTimeoutMs,
      keepAlive: true,
      replication: 'database',
    } as pg.ClientConfig)
    const connection = new ReplicationConnection(client, handlers, start.from)
    try {
      await client.connect()
      await liftTransactionTimeout(client)
      await connection.#begin(start)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  /** Lets Postgres discard the log before `lsn`; sent with the next heartbeat, or when Postgres asks. */
  confirm(lsn: Lsn): void {
    if (lsn <= this.#confirmed) return
    this.#confirmed = lsn
    this.#tell(false)
  }

  /** Stops reading, and with it Postgres from sending, until `resume`. */
  pause(): void {
    this.#copy.stream.pause()
  }

  resume(): void {
    this.#heardAt = performance.now()
    this.#copy.stream.resume()
  }

  /** Ends the stream at once; onEnd is no longer called. */
  close(): void {
    this.#ended = true
    clearInterval(this.#heartbeat)
    void this.#client.end().catch(() => {})
  }

  get #copy(): CopyConnection {
    return (this.#client as unknown as { connection: CopyConnection }).connection
  }

  async #begin({ slot, publication, from }: StreamStart): Promise<void> {
    const started = new Promise<void>((resolve) => this.#copy.once('replicationStart', resolve))
    this.#copy.on('copyData', ({ chunk }) => this.#receive(chunk))
    this.#client.on('error', (error) => this.#end(error))
    this.#client.on('end', () => this.#end(new Error('Postgres has ended the stream')))
    const options = `proto_version '1', publication_names '${publication}'`
    const text = `START_REPLICATION SLOT "${slot}" LOGICAL ${formatLsn(from)} (${options})`
    const finished = this.#client.query(text).then(() => {
      throw new Error('Postgres has ended the stream')
    })
    finished.catch((error) => this.#end(error))
    await Promise.race([started, finished])
    this.#heardAt = performance.now()
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return
    this.#heardAt = performance.now()
    if (chunk[0] === 0x77) this.#handlers.onData(chunk, 25)
    else if (chunk[0] === 0x6b) this.#receiveKeepalive(chunk)
  }

  #receiveKeepalive(chunk: Buffer): void {
    this.#handlers.onKeepalive(chunk.readBigUInt64BE(1))
    if (chunk[17] === 1) this.#tell(false)
  }

  #beat(): void {
    const silent = performance.now() - this.#heardAt
    if (!this.#copy.stream.isPaused() && silent > silenceMs) {
      this.#end(new Error(`Postgres has been silent for ${Math.round(silent / 1_000)} s`))
      return
    }
    this.#tell(true)
  }

  /** A standby status update: written, flushed and applied are one, what Kafka has acknowledged. */
  #tell(answer: boolean): void {
    if (this.#ended) return
    const message = Buffer.alloc(34)
    message[0] = 0x72
    for (const offset of [1, 9, 17]) message.writeBigUInt64BE(this.#confirmed, offset)
    message.writeBigInt64BE(BigInt(Date.now()) * 1_000n - epoch, 25)
    message[33] = answer ? 1 : 0
    this.#copy.sendCopyFromChunk(message)
  }

  #end(error: Error): void {
    if (this.#ended) return
    this.close()
    this.#handlers.onEnd(error)
  }
}
