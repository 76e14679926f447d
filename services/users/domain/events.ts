import type { Role } from '@relevo/kit'

/** Both sealed with the user's key. To the domain they are texts like any other. */
export interface SealedFields {
  readonly name: string
  readonly email: string
}

interface About {
  readonly id: string
}

/** `eventId` is there where the event holds sealed fields, which are bound to it. */
export type UserEvent =
  | {
      readonly type: 'USER_CREATED'
      readonly eventId: string
      readonly data: About & SealedFields & { readonly role: Role; readonly status: 'pending' | 'active' }
    }
  | { readonly type: 'USER_UPDATED'; readonly eventId: string; readonly data: About & SealedFields }
  | { readonly type: 'USER_VERIFIED'; readonly data: About }
  | { readonly type: 'USER_ROLE_CHANGED'; readonly data: About & { readonly role: Role } }
  | { readonly type: 'USER_DISABLED'; readonly data: About }
  | { readonly type: 'USER_DELETED'; readonly data: About }

export const userEventTypes = [
  'USER_CREATED',
  'USER_UPDATED',
  'USER_VERIFIED',
  'USER_ROLE_CHANGED',
  'USER_DISABLED',
  'USER_DELETED',
] as const satisfies readonly UserEvent['type'][]
