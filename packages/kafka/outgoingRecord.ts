/** A record to be produced; texts are sent as UTF-8, bytes as they are. */
export interface OutgoingRecord {
  readonly topic: string
  readonly key: string | null
  /** What the partition is chosen by (murmur2, as the Java client does); default: the key. */
  readonly partitionKey?: string | undefined
  readonly value: string | Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970; by default now. */
  readonly timestamp?: number | undefined
}
