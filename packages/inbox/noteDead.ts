import type { InboxContext } from './inboxContext.ts'
import type { Buried } from './sql/buryRecords.ts'

/** Counts and logs records that have become dead letters, once the transaction has committed. */
export function noteDead({ counts, consumer, logger }: InboxContext, buried: readonly Buried[]): void {
  counts.dead(buried.map(({ reason }) => reason))
  for (const letter of buried) {
    const command = `relevo dead-letters show ${letter.id} --group ${consumer}`
    logger.warn({ consumer, ...letter, command }, 'an event is a dead letter')
  }
}
