import type { InboxEvent, InboxTransaction } from '@relevo/inbox'

export const channelNames = ['file', 'smtp', 'webhook'] as const
export type ChannelName = (typeof channelNames)[number]

/** A way on which events are passed on. */
export interface Channel {
  readonly name: ChannelName
  /** Passes one event on. When it throws, the event is tried again later; InboxError `rejected`: never. */
  deliver(event: InboxEvent, tx: InboxTransaction): Promise<void>
  /** Whether `deliver` has effects outside of the transaction. */
  readonly external: boolean
  start?(): void
  stop?(): Promise<void>
  /** Why it cannot pass anything on just now. */
  problem?(): string | undefined
}
