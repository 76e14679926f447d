import type { Listener } from '../loadContract.ts'

/** Who consumes, and how. */
export type ConsumerKind =
  | { readonly name: 'relevo'; readonly handlers: 'single' | 'batched' }
  | { readonly name: 'kafkajs'; readonly partitionsAtOnce: number }
  | { readonly name: 'pg-transactional-outbox'; readonly listener: Listener }
  /** The commands to reserve instead of the events with an effect each. */
  | { readonly name: 'reservations' }

export interface ConsumeOptions {
  readonly kind: ConsumerKind
  readonly url: string
  readonly brokers: readonly string[]
  readonly topic: string
  /** For replication. */
  readonly publication: string
  readonly slot: string
}

/** Ends what it started. */
export type Stop = () => Promise<unknown>
