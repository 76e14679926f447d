import { type DraftOptions, draftEvent } from '@relevo/contracts'
import {
  type InboxEventOf,
  type InboxHandlers,
  type InboxTransaction,
  inboxBatch,
  originOf,
} from '@relevo/inbox'
import { enqueue, type NewEvent, type Queryable } from '@relevo/outbox'
import { profileUpdated } from '../../systems/users/profileEvents.ts'
import { userCreated, userDeleted, userUpdated } from '../../systems/users/userEvents.ts'
import {
  applyUserEvent,
  type Changed,
  defaultsFor,
  type ProfileLanguage,
  type UserEvent,
} from './domain/profile.ts'
import { claimProfiles } from './sql/lockProfiles.ts'
import { noteHeard } from './sql/noteHeard.ts'
import { saveProfile } from './sql/saveProfile.ts'

const schemas = {
  USER_CREATED: userCreated.payload,
  USER_UPDATED: userUpdated.payload,
  USER_DELETED: userDeleted.payload,
} as const

export const takenTypes = Object.keys(schemas)

type Taken = InboxEventOf<typeof schemas>

export interface UserEventsOptions {
  readonly language: ProfileLanguage
  /** A user is gone: nobody is to keep the key. */
  readonly onErased: (id: string) => void
}

/** Keeps the profiles as their users are. Name and address stay sealed: no key is asked for. */
export function userHandlers({ language, onErased }: UserEventsOptions): InboxHandlers {
  return inboxBatch(schemas, async (events, tx) => {
    for (const { type, data } of events) if (type === 'USER_DELETED') onErased(data.id)
    await applyAll(tx, events, language)
  })
}

/** Each profile is written once for all of its events, and each step is published. */
async function applyAll(
  tx: InboxTransaction,
  events: readonly Taken[],
  language: ProfileLanguage,
): Promise<void> {
  const ids = events.map(({ data }) => data.id)
  const before = await claimProfiles(tx, ids, language)
  const after = new Map(before) as Map<string, Changed['next']>
  const told: NewEvent[] = []
  for (const event of events) {
    const profile = after.get(event.data.id)
    const changed = profile && applyUserEvent(profile, toUserEvent(event), defaultsFor(language))
    if (!changed) continue
    after.set(changed.next.id, changed.next)
    told.push(...draftChange(changed, { headers: originOf(event) }))
  }
  for (const [id, profile] of after)
    if (profile.version !== before.get(id)?.version) await saveProfile(tx, profile)
  await noteHeard(tx, events)
  if (told.length > 0) await enqueue(tx as Queryable, told)
}

function toUserEvent(event: Taken): UserEvent {
  if (event.type === 'USER_DELETED') return { type: event.type }
  const { name, email } = event.data
  return { type: event.type, copy: { name, email, sealedBy: event.id } }
}

/** The public event of a change: that it happened, and what others act upon; nothing personal. */
export function draftChange({ next, told }: Changed, options?: DraftOptions): NewEvent[] {
  if (told === undefined) return []
  const isThere = next.state === 'active'
  const payload = {
    id: next.id,
    version: next.version,
    change: told.change,
    fields: [...told.fields],
    language: isThere ? next.language : null,
    notifications: isThere ? next.notifications : null,
  }
  return [draftEvent(profileUpdated, payload, options)]
}
