import { draftEvent } from '@relevo/contracts'
import { createEventStore, type EventStore, type Projection, type StoredEvent } from '@relevo/event-store'
import type { Logger } from '@relevo/kit'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import { publishedUserEvents } from '../../systems/users/userEvents.ts'
import type { UsersConfig } from './config.ts'
import type { UserEvent } from './domain/events.ts'
import type { Passwords } from './passwords/passwords.ts'
import { accountsProjection } from './projections/accounts.ts'
import type { KeyedHash } from './secrets/keyedHash.ts'
import type { PersonalKeys } from './secrets/personalKeys.ts'
import type { Sessions } from './tokens/sessions.ts'

/** What the commands of users work with. */
export interface Users {
  readonly pool: pg.Pool
  readonly store: EventStore
  readonly personalKeys: PersonalKeys
  readonly passwords: Passwords
  readonly sessions: Sessions
  /** Once the database is there. @throws ServiceError `unavailable` before. */
  readonly hash: KeyedHash
  readonly config: UsersConfig
  readonly logger: Logger
}

export function createUserStore(registry?: Registry): EventStore {
  return createEventStore<UserEvent>({
    publish,
    projections: [accountsProjection as Projection],
    ...(registry && { registry }),
  })
}

/** An event of a user as Kafka gets it: nothing but the id and what is sealed. */
function publish({ type, data }: StoredEvent<UserEvent>) {
  const contract = publishedUserEvents.find((each) => each.type === type)
  if (contract === undefined) return undefined
  const { id } = data
  return draftEvent(contract, 'name' in data ? { id, name: data.name, email: data.email } : { id })
}
