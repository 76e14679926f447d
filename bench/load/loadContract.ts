/** What a transaction does besides inserting an order. */
export type Recording = 'nothing' | 'plain table' | CarriedRecording

/** So that something carries it to Kafka. */
export type CarriedRecording = 'outbox' | PeerRecording

/** Into the table of another program. */
export type PeerRecording = 'debezium' | 'pg-transactional-outbox'

/** How pg-transactional-outbox finds what is to be sent. */
export type Listener = 'replication' | 'polling'

export interface ListenerOptions {
  listener: Listener
  outboxOrInbox: 'outbox' | 'inbox'
  url: string
  brokers: readonly string[]
  /** For replication. */
  publication: string
  slot: string
}

export interface WriterOptions {
  url: string
  topic: string
  connections: number
  recording: Recording
  /** Sends the statements of a transaction without waiting for the answers in between. */
  pipelined?: boolean
  warmUpSeconds: number
  seconds: number
  /** Transactions per second, on a schedule that does not wait for slow ones; without it as many as can be. */
  rate?: number
  /** Starts no transaction while so many events are committed and not on their topic, or, without it, not acknowledged by a cursor. */
  maxLag?: number
  /** Counts what has arrived by the topic. */
  arrivals?: Arrivals
  /** Looks for the acknowledgement of every so many-th event. */
  sampleEvery?: number
}

export interface Arrivals {
  broker: string
  partitions: number
}

/** Times are of the machine's monotonic clock, in milliseconds; events are numbered from 0 in the order begun. */
export interface WriterReport {
  from: number
  to: number
  /** When the commit of event n was answered; NaN when it was not. */
  committedAt: Float64Array
  /** How long transaction n took. */
  transactionMs: Float64Array
  /** From the commit's answer to the acknowledgement in the cursor, of the sampled events. */
  acknowledgedMs: Float64Array
}

export interface ObserverReport {
  /** Different events that were seen, and how often one was seen again. */
  seen: number
  twice: number
  /** When event n was first seen, by the clock of the writers; NaN when it was not. */
  observedAt: Float64Array
}

/** Milliseconds of the monotonic clock, the same in every process of the machine. */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** The id of event n: a version 7 UUID whose last digits are the number. */
export function eventIdOf(n: number): string {
  return `01990000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

export function numberOfEvent(eventId: string): number {
  return Number.parseInt(eventId.slice(24), 16)
}
