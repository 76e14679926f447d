/** A record as it was read. */
export interface ConsumedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: string | null
  readonly value: Buffer | null
  /** Of a header that occurs twice, the last. */
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** Records of one partition in offset order, at least one. */
export interface ConsumedBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly ConsumedRecord[]
  /** Tells the group that this consumer lives. It is done every few seconds anyway while a batch is handled. */
  heartbeat(): Promise<void>
  /** Whether the partition may belong to another consumer by now, which gets the same records. */
  isStale(): boolean
}
