import type { Lsn } from '../cursor/lsn.ts'
import { type OutboxEvent, toOutboxEvent } from '../publish/event.ts'

/**
 * What a message of the `pgoutput` plugin, version 1 of its protocol, says of the outbox. Source: Postgres' manual,
 * "Logical Replication Message Formats".
 */
export type WalMessage =
  | { kind: 'begin' }
  | { kind: 'event'; xid: bigint; event: OutboxEvent; bytes: number }
  | { kind: 'commit'; endLsn: Lsn }
  | { kind: 'other' }

const [begin, commit, insert, relation] = ['B', 'C', 'I', 'R'].map((letter) => letter.charCodeAt(0))
const [textValue, nullValue] = ['t', 'n'].map((letter) => letter.charCodeAt(0))
const beginning: WalMessage = { kind: 'begin' }
const other: WalMessage = { kind: 'other' }

/** In the order of EventRow, before its `bytes`; `xid` last. */
const columns = [
  'id',
  'shard',
  'event_id',
  'topic',
  'key',
  'partition_key',
  'type',
  'headers',
  'payload',
  'created_at',
  'xid',
] as const

/** Reads the messages of one stream: the columns of a table are announced before its first row. */
export class PgoutputDecoder {
  /** For each column of the relation, in its order, the place among `columns`; -1 for others. */
  readonly #places = new Map<number, number[]>()

  /** Reads the message that begins at `offset`; nothing of the buffer is kept. */
  decode(buffer: Buffer, offset: number): WalMessage {
    switch (buffer[offset]) {
      case begin:
        return beginning
      case commit:
        return { kind: 'commit', endLsn: buffer.readBigUInt64BE(offset + 10) }
      case insert:
        return this.#readInsert(buffer, offset + 1)
      case relation:
        this.#readRelation(buffer, offset + 1)
        return other
      default:
        return other
    }
  }

  #readRelation(buffer: Buffer, offset: number): void {
    const oid = buffer.readUInt32BE(offset)
    let at = afterText(buffer, afterText(buffer, offset + 4)) + 1
    const count = buffer.readUInt16BE(at)
    at += 2
    const places: number[] = []
    for (let column = 0; column < count; column++) {
      const end = afterText(buffer, at + 1)
      places.push((columns as readonly string[]).indexOf(buffer.toString('utf8', at + 1, end - 1)))
      at = end + 8
    }
    this.#places.set(oid, places)
  }

  #readInsert(buffer: Buffer, offset: number): WalMessage {
    const places = this.#places.get(buffer.readUInt32BE(offset))
    if (places === undefined) return other
    const values: (string | null)[] = new Array(columns.length).fill(null)
    let at = offset + 7
    for (const place of places) {
      const kind = buffer[at]
      at += 1
      if (kind === nullValue) continue
      if (kind !== textValue) continue
      const length = buffer.readUInt32BE(at)
      at += 4
      if (place >= 0) values[place] = buffer.toString('utf8', at, at + length)
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
