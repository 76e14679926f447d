import { InboxError, type InboxHandlers, inboxHandler } from '@relevo/inbox'
import { messageCreated } from '../../systems/messages.ts'
import { insertMessage } from './sql/insertMessage.ts'

/** What is done with each type of event. */
export const handlers: InboxHandlers = {
  [messageCreated.type]: inboxHandler(messageCreated.payload, async ({ id, data, headers }, tx) => {
    await insertMessage(tx, { eventId: id, number: outboxId(headers), content: data.content })
  }),
}

/** The number that the API has told the client, which the relay sends along. */
function outboxId(headers: Readonly<Record<string, string>>): string {
  const { ce_outboxid: id } = headers
  if (id === undefined || !/^[1-9]\d{0,17}$/.test(id))
    throw new InboxError('rejected', 'The header ce_outboxid is missing or is not a number')
  return id
}
