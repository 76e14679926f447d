import type { Lsn } from '../cursor/lsn.ts'
import { type OutboxEvent, toOutboxEvent } from '../publish/event.ts'
import { eventColumns, publicationChanged } from './publication.ts'

/**
 * What a message of the `pgoutput` plugin, protocol version 1, says about the outbox. Source: Postgres' manual,
 * "Logical Replication Message Formats".
 */
export type WalMessage =
  | { kind: 'begin' }
  | { kind: 'event'; xid: bigint; event: OutboxEvent; bytes: number }
  | { kind: 'commit'; endLsn: Lsn }
  /** The table of events is announced, as at the start of a stream and whenever something about it has changed. */
  | { kind: 'announced' }
  | { kind: 'other' }

const [begin, commit, insert, relation] = ['B', 'C', 'I', 'R'].map((letter) => letter.charCodeAt(0))
const textValue = 't'.charCodeAt(0)
const beginning: WalMessage = { kind: 'begin' }
const announced: WalMessage = { kind: 'announced' }
const other: WalMessage = { kind: 'other' }

/** Reads the messages of one stream: the columns of a table are announced before its first row. */
export class PgoutputDecoder {
  /** For each column of a table of events, in its order, the index among `eventColumns`; -1 for others. */
  readonly #indexes = new Map<number, number[]>()

  /**
   * Reads the message that begins at `offset`; nothing of the buffer is kept.
   * @throws RelayError `publicationChanged` when the table of events is announced without all of its columns.
   */
  decode(buffer: Buffer, offset: number): WalMessage {
    switch (buffer[offset]) {
      case begin:
        return beginning
      case commit:
        return { kind: 'commit', endLsn: buffer.readBigUInt64BE(offset + 10) }
      case insert:
        return this.#readInsert(buffer, offset + 1)
      case relation:
        return this.#readRelation(buffer, offset + 1)
      default:
        return other
    }
  }

  #readRelation(buffer: Buffer, offset: number): WalMessage {
    const oid = buffer.readUInt32BE(offset)
    const nameAt = afterText(buffer, offset + 4)
    let at = afterText(buffer, nameAt)
    const table = `${buffer.toString('utf8', offset + 4, nameAt - 1)}.${buffer.toString('utf8', nameAt, at - 1)}`
    if (table !== 'outbox.event') return other
    const count = buffer.readUInt16BE(at + 1)
    at += 3
    const indexes: number[] = []
    for (let column = 0; column < count; column++) {
      const end = afterText(buffer, at + 1)
      indexes.push((eventColumns as readonly string[]).indexOf(buffer.toString('utf8', at + 1, end - 1)))
      at = end + 8
    }
    const missing = eventColumns.filter((_, index) => !indexes.includes(index))
    if (missing.length > 0) throw publicationChanged(`it leaves out the columns ${missing.join(', ')}`)
    this.#indexes.set(oid, indexes)
    return announced
  }

  #readInsert(buffer: Buffer, offset: number): WalMessage {
    const indexes = this.#indexes.get(buffer.readUInt32BE(offset))
    if (indexes === undefined) return other
    const values: (string | null)[] = new Array(eventColumns.length).fill(null)
    let at = offset + 7
    for (const index of indexes) {
      const kind = buffer[at]
      at += 1
      if (kind !== textValue) continue
      const length = buffer.readUInt32BE(at)
      at += 4
      if (index >= 0) values[index] = buffer.toString('utf8', at, at + length)
      at += length
    }
    return toEvent(values, at - offset)
  }
}

function toEvent(values: (string | null)[], bytes: number): WalMessage {
  const [id, shard, eventId, topic, key, partitionKey, type, headers, payload, createdAt, xid] =
    values as string[]
  const row = [id, Number(shard), eventId, topic, key, partitionKey, type, headers, payload, createdAt]
  const event = toOutboxEvent(row as Parameters<typeof toOutboxEvent>[0])
  return { kind: 'event', xid: BigInt(xid ?? 0), event, bytes }
}

/** Where a zero-terminated text ends, the zero included. */
function afterText(buffer: Buffer, offset: number): number {
  return buffer.indexOf(0, offset) + 1
}
