import { createRequire } from 'node:module'
import { type ReadBatch, readBatches } from './readBatches.ts'
import type { ReadRecord } from './readRecords.ts'

const require = createRequire(import.meta.url)

/** The part of the decoder of kafkajs that stands at the records of a partition. */
interface FetchDecoder {
  readInt32(): number
  canReadBytes(length: number): boolean
  readBytes(length: number): Buffer
}

/** What kafkajs looks at of a message, and the record. */
export interface FetchedMessage {
  readonly offset: string
  readonly key: Buffer | null
  readonly isControlRecord: boolean
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
  readonly record: ReadRecord
}

let applied = false

/**
 * Puts {@link readBatches} in the place of the decoder of kafkajs 2.2.4, to which the dependency is pinned. That one knows gzip only, and ends the consumer for good
 * at a batch or a record that it cannot read; it also copies all headers of a record for each of them, which takes
 * 12 s for 8,000.
 */
export function patchKafkajsDecoding(): void {
  if (applied) return
  applied = true
  const name = require.resolve('kafkajs/src/protocol/requests/fetch/v4/decodeMessages')
  require(name)
  // The responses that use it are loaded by the first fetch.
  ;(require.cache[name] as NodeJS.Module).exports = decodeMessages
}

async function decodeMessages(decoder: FetchDecoder): Promise<FetchedMessage[]> {
  const size = decoder.readInt32()
  if (size <= 0 || !decoder.canReadBytes(size)) return []
  return readBatches(decoder.readBytes(size)).flatMap(messagesOf)
}

function messagesOf(batch: ReadBatch): FetchedMessage[] {
  const { control, lastOffset, records } = batch
  const batchContext = { producerId: String(batch.producerId), inTransaction: batch.transactional }
  const messages = records.map((record) => {
    return { offset: String(record.offset), key: record.key, isControlRecord: control, batchContext, record }
  })
  if (records.at(-1)?.offset === lastOffset) return messages
  // Compaction removed the last records: without a stand-in for these kafkajs would ask for them for ever.
  const removed: ReadRecord = {
    offset: lastOffset,
    timestamp: 0,
    key: null,
    value: null,
    headers: {},
    fault: undefined,
  }
  return [
    ...messages,
    { offset: String(lastOffset), key: null, isControlRecord: true, batchContext, record: removed },
  ]
}
