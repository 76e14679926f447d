/** A record to be produced; its texts are sent as UTF-8. */
export interface OutgoingRecord {
  readonly topic: string
  readonly key: string
  /** What the partition is chosen by (murmur2, as the Java client does); by default the key. */
  readonly partitionKey?: string | undefined
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970; by default now. */
  readonly timestamp?: number | undefined
}
