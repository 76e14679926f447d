import { draftEvent, type PartitionBy } from '@relevo/contracts'
import { enqueue, type RecordedEvent } from '@relevo/outbox'
import type pg from 'pg'
import { messageCreated } from '../../systems/messages.ts'

/**
 * Records that a message was created, in one statement: by a pool it is committed on return.
 * @throws OutboxError when the outbox is not there yet; pg's errors.
 */
export async function recordMessage(
  client: pg.Pool | pg.PoolClient,
  content: string,
  partitionBy: PartitionBy,
): Promise<RecordedEvent> {
  const [event] = await enqueue(client, [draftEvent(messageCreated, { content }, { partitionBy })])
  if (!event) throw new Error('outbox.enqueue returned no row')
  return event
}
