/** Why a record is no event of ours. */
export const recordFaultCodes = [
  'undecodable', // its batch or the record breaks the format, has no known codec, or unfolds to more than 64 MiB
  'outOfBounds', // more than 128, or more than 1 MiB of them
] as const

export interface RecordFault {
  readonly code: (typeof recordFaultCodes)[number]
  readonly message: string
}

/** A record as it was read, whatever a foreign producer put into it. */
export interface ConsumedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** The whole key. One that is not UTF-8 is U+FFFD and its bytes in hexadecimal digits, so that no two are the same. */
  readonly key: string | null
  readonly value: Buffer | null
  /** Of a header that occurs twice, the last; a header without a value is an empty text. */
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /**
   * Set when the record could not be read as it is: nobody should act on it. A batch that cannot be read is one such record, at
   * the last offset of the batch. Key, value and headers are what could be read.
   */
  readonly fault?: RecordFault
}

/** Records of one partition in offset order, at least one. */
export interface ConsumedBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly ConsumedRecord[]
  /** Offset that was asked for: where the batch before ended, or what the group had committed. */
  readonly from: bigint
  /** Offset behind the batch, which is committed after it. */
  readonly next: bigint
  /** Whether the partition may belong to another consumer by now, which gets the same records. */
  isStale(): boolean
}
