import type { InboxEvent, InboxHandlers, InboxTransaction } from '@relevo/inbox'

export const channelNames = ['file', 'smtp', 'webhook', 'email', 'users', 'welcome', 'profiles'] as const
export type ChannelName = (typeof channelNames)[number]

/** A channel that notifies people or machines. */
export interface Channel {
  readonly name: ChannelName
  readonly consumes: {
    readonly topic: string
    readonly handlers: InboxHandlers
    /** Default: `<topic>.dlt`. */
    readonly deadLetterTopic?: string
  }
  /** Whether its handlers have effects outside of the transaction. */
  readonly external: boolean
  /** Called after each transaction in which its events took effect. */
  processed?(): void
  start?(): void
  stop?(): Promise<void>
  /** Why it cannot pass anything on just now: the process is not ready. */
  problem?(): string | undefined
  /** Since when its receiver has been away, in milliseconds since 1970, where the inbox does not know it. */
  awaySince?(): number | undefined
}

/** A way on which the events of commissions are passed on. */
export interface CommissionChannel extends Omit<Channel, 'consumes'> {
  /** Passes one event on. When it throws, the event is tried again later; InboxError `rejected`: never. */
  deliver(event: InboxEvent, tx: InboxTransaction): Promise<void>
}
