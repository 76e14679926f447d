import type { Projection, StoredEvent } from '@relevo/event-store'
import type { Queryable } from '@relevo/outbox'
import { type UserEvent, userEventTypes } from '../domain/events.ts'
import { user } from '../domain/user.ts'
import { type AccountChange, deleteAccount, insertAccount, updateAccount } from '../sql/saveAccounts.ts'

type Stored = StoredEvent<UserEvent>

/** The read model of the API, written in the transaction that appends. The fields stay sealed: a rebuild needs no key. */
export const accountsProjection: Projection<UserEvent> = {
  name: 'accounts',
  table: 'public.account',
  inline: true,
  categories: [user.category],
  types: userEventTypes,
  async apply(events, tx, table) {
    for (const event of events) await applyOne(event, tx, table)
  },
}

async function applyOne(event: Stored, tx: Queryable, table: string): Promise<void> {
  const { id } = event.data
  if (event.type === 'USER_CREATED') {
    const { name, email, role, status } = event.data
    const { seq: number, eventId: sealedBy, recordedAt: createdAt } = event
    return insertAccount(tx, table, { id, name, email, role, status, number, sealedBy, createdAt })
  }
  if (event.type === 'USER_DELETED') return deleteAccount(tx, table, id)
  return updateAccount(tx, table, { id, ...changeOf(event) })
}

function changeOf(
  event: Exclude<Stored, { type: 'USER_CREATED' | 'USER_DELETED' }>,
): Omit<AccountChange, 'id'> {
  switch (event.type) {
    case 'USER_UPDATED': {
      const { name, email } = event.data
      return { fields: { name, email, sealedBy: event.eventId } }
    }
    case 'USER_VERIFIED':
      return { status: 'active' }
    case 'USER_ROLE_CHANGED':
      return { role: event.data.role }
    case 'USER_DISABLED':
      return { status: 'disabled' }
  }
}
