import type { InboxTransaction } from '@relevo/inbox'

/**
 * The inbox lets an event through once; should it have forgotten one that comes again, the event's id keeps it from
 * being stored twice.
 */
const insertSql = `
insert into messages (content, evento_id, event_id) values ($1, $2, $3) on conflict (event_id) do nothing`

interface Message {
  readonly eventId: string
  /** In the outbox, as the API has told it to the client. */
  readonly number: string
  readonly content: string
}

/** Stores the message of an event. */
export async function insertMessage(
  tx: InboxTransaction,
  { eventId, number, content }: Message,
): Promise<void> {
  await tx.query({ name: 'insert_message', text: insertSql, values: [content, number, eventId] })
}
