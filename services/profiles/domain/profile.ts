import type { profileFields, profileLanguages } from '../../../systems/users/profileEvents.ts'

export type ProfileLanguage = (typeof profileLanguages)[number]
export type ProfileField = (typeof profileFields)[number]
export type ProfileChange = 'created' | 'changed' | 'deleted' | 'erased'

export interface Preferences {
  readonly order_updates: boolean
  readonly account_news: boolean
}

/** What the users service has sealed: it opens at its place only, which is the event `sealedBy`. */
export interface UserCopy {
  readonly name: string
  readonly email: string
  readonly sealedBy: string
}

/** What the user chooses; `address` and `phone` are sealed, and texts like any other here. */
export interface Choices {
  readonly address: string | null
  readonly phone: string | null
  readonly language: ProfileLanguage
  readonly notifications: Preferences
}

export interface Profile extends Choices {
  /** The user's. */
  readonly id: string
  /** `deleted` as well: nobody has heard of it yet, at version 0. */
  readonly state: 'active' | 'deleted' | 'erased'
  readonly version: number
  readonly user: UserCopy | null
}

/** The next state of a profile, and the public event; `told` is undefined if there is none. */
export interface Changed {
  readonly next: Profile
  readonly told: { readonly change: ProfileChange; readonly fields: readonly ProfileField[] } | undefined
}

export type UserEvent =
  | { readonly type: 'USER_CREATED' | 'USER_UPDATED'; readonly copy: UserCopy }
  | { readonly type: 'USER_DELETED' }

export function defaultsFor(language: ProfileLanguage): Choices {
  return { address: null, phone: null, language, notifications: { order_updates: true, account_news: true } }
}

/**
 * Applies what was heard of a user; undefined when it changes nothing. The events come by topics of their own, in any order: whatever
 * an update says is newer than what made the user, and nothing comes after the end.
 */
export function applyUserEvent(profile: Profile, event: UserEvent, defaults: Choices): Changed | undefined {
  if (profile.state === 'erased') return undefined
  if (event.type === 'USER_DELETED') return end(profile, 'erased', defaults)
  if (event.type === 'USER_CREATED' && profile.user !== null) return undefined
  const isFirst = profile.version === 0
  const next: Profile = {
    ...profile,
    version: profile.version + 1,
    user: event.copy,
    ...(isFirst && { ...defaults, state: 'active' }),
  }
  if (next.state !== 'active') return { next, told: undefined }
  const told = isFirst ? { change: 'created', fields: allFields } : { change: 'changed', fields: userFields }
  return { next, told } as Changed
}

const userFields = ['name', 'email'] as const
const allFields = [...userFields, 'language', 'notifications'] as const

/** Makes a profile, or makes one again that was deleted; undefined when there is one, or must never be one again. */
export function create(profile: Profile, choices: Choices): Changed | undefined {
  if (profile.state !== 'deleted') return undefined
  const next: Profile = { ...profile, ...choices, state: 'active', version: profile.version + 1 }
  return {
    next,
    told: { change: 'created', fields: [...(next.user ? userFields : []), ...chosenFields(choices)] },
  }
}

function chosenFields({ address, phone }: Choices): ProfileField[] {
  return [
    ...(address ? (['address'] as const) : []),
    ...(phone ? (['phone'] as const) : []),
    'language',
    'notifications',
  ]
}

/** The fields are those that have another value, which only who can open them knows; undefined when there is none. */
export function change(
  profile: Profile,
  choices: Choices,
  fields: readonly ProfileField[],
): Changed | undefined {
  if (fields.length === 0) return undefined
  return {
    next: { ...profile, ...choices, version: profile.version + 1 },
    told: { change: 'changed', fields },
  }
}

/** Of a deleted one the user's copy stays, for one recreated; of an erased one nothing does. */
export function end(profile: Profile, how: 'deleted' | 'erased', defaults: Choices): Changed {
  const user = how === 'erased' ? null : profile.user
  const next: Profile = { ...profile, ...defaults, user, state: how, version: profile.version + 1 }
  return { next, told: { change: how, fields: [] } }
}
