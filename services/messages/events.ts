import { draftEvent, type PartitionBy } from '@relevo/contracts'
import { ServiceError } from '@relevo/kit'
import { enqueue, OutboxError, type RecordedEvent } from '@relevo/outbox'
import type pg from 'pg'
import { messageCreated } from '../../systems/messages.ts'

interface RecordOptions {
  partitionBy: PartitionBy
  traceparent: string | undefined
}

/**
 * Records that a message was created. The one statement is a transaction by itself: it is committed on return.
 * @throws ServiceError `unavailable` when the outbox is not there yet, `payloadTooLarge` when the event is; pg's errors.
 */
export async function recordMessage(
  pool: pg.Pool,
  content: string,
  options: RecordOptions,
): Promise<RecordedEvent> {
  const { partitionBy, traceparent } = options
  const draft = draftEvent(
    messageCreated,
    { content },
    { partitionBy, ...(traceparent && { headers: { traceparent } }) },
  )
  try {
    const [event] = await enqueue(pool, [draft])
    if (!event) throw new Error('outbox.enqueue returned no row')
    return event
  } catch (cause) {
    if (cause instanceof OutboxError && cause.code === 'tooLarge')
      throw new ServiceError('payloadTooLarge', 'El campo "content" es demasiado grande', { cause })
    if (cause instanceof OutboxError)
      throw new ServiceError('unavailable', cause.message, { cause, headers: { 'retry-after': '5' } })
    throw cause
  }
}
