import type { ConsumedRecord } from '@relevo/kafka'

/** What an inbox takes in; a record beyond becomes a dead letter. */
export interface RecordBounds {
  /** Key, value and headers together, in bytes. */
  readonly recordBytes: number
}

const maxHeaderNameBytes = 256
const maxHeaderValueBytes = 8_192
/** Part of an index, which takes 2,700 bytes. */
const maxSourceBytes = 1_024

/** Says which bound the record exceeds; undefined when none. One with too many headers is faulty when it is read. */
export function findExcess(record: ConsumedRecord, bounds: RecordBounds): string | undefined {
  let bytes = Buffer.byteLength(record.key ?? '') + (record.value?.length ?? 0)
  for (const [name, value] of Object.entries(record.headers)) {
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
