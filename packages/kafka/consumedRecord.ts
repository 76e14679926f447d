/** Why a record is not a valid event. */
export const recordFaultCodes = [
  'undecodable', // its batch or the record breaks the format, has no known codec, or unfolds to more than 64 MiB
  'outOfBounds', // more than 128, or more than 1 MiB of them
] as const

export interface RecordFault {
  readonly code: (typeof recordFaultCodes)[number]
  readonly message: string
}

/** A record as read, whatever a foreign producer put into it. */
export interface ConsumedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** The whole key. A key that is not UTF-8 becomes U+FFFD and its bytes in hexadecimal, so that no two are equal. */
  readonly key: string | null
  readonly value: Buffer | null
  /** If a header occurs twice, the last one counts; a header without a value is an empty string. */
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /**
   * Set if the record could not be read completely: do not act on it. An unreadable batch is one such record, at
   * the batch's last offset. Key, value and headers hold what could be read.
   */
  readonly fault?: RecordFault
}

/** Records of one partition in offset order, at least one. */
export interface ConsumedBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly ConsumedRecord[]
  /** The requested offset: the end of the previous batch, or the group's committed offset. */
  readonly from: bigint
  /** The offset after the batch, which is committed after it. */
  readonly next: bigint
  /** Whether the partition may by now belong to another consumer, which gets the same records. */
  isStale(): boolean
}
