import type { ConsumedRecord } from '@relevo/kafka'

/** What an inbox takes in; a record beyond becomes a dead letter. */
export interface RecordBounds {
  /** Key, value and headers together, in bytes. */
  readonly recordBytes: number
}

// The outbox lets an event have 100 headers; the relay and dead letter topics add some.
const maxHeaders = 128
const maxHeaderNameBytes = 256
const maxHeaderValueBytes = 8_192
/** Part of an index, which takes 2,700 bytes. */
const maxSourceBytes = 1_024

/** Says which bound the record exceeds; undefined when none. */
export function findExcess(record: ConsumedRecord, bounds: RecordBounds): string | undefined {
  const headers = Object.entries(record.headers)
  if (headers.length > maxHeaders) return `The record has ${headers.length} headers, more than ${maxHeaders}`
  let bytes = Buffer.byteLength(record.key ?? '') + (record.value?.length ?? 0)
  for (const [name, value] of headers) {
    const [nameBytes, valueBytes] = [Buffer.byteLength(name), Buffer.byteLength(value)]
    if (nameBytes > maxHeaderNameBytes || valueBytes > maxHeaderValueBytes)
      return `A header exceeds ${maxHeaderNameBytes} bytes of name or ${maxHeaderValueBytes} of value`
    bytes += nameBytes + valueBytes
  }
  if (bytes > bounds.recordBytes)
    return `The record has ${bytes} bytes, more than ${bounds.recordBytes} (maxRecordBytes)`
  if (Buffer.byteLength(record.headers.ce_source ?? '') > maxSourceBytes)
    return `The header ce_source exceeds ${maxSourceBytes} bytes`
  return undefined
}
