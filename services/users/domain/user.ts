import { type Aggregate, type Rejection, reject } from '@relevo/event-store'
import type { Role } from '@relevo/kit'
import type { SealedFields, UserEvent } from './events.ts'

/** `none`: nobody was ever created; `deleted` is for ever. */
export type UserStatus = 'none' | 'pending' | 'active' | 'disabled' | 'deleted'

//  none ──create──> pending ──verify──> active ──disable──> disabled
//    └──create (no verification)─────────^          │           │
//                  any of them but none ──delete──> deleted <───┘
export interface UserState {
  readonly status: UserStatus
  readonly role: Role
}

interface Sealed {
  readonly fields: SealedFields
  /** Id that the event is to have: the fields are bound to it. */
  readonly eventId: string
}

export type UserCommand =
  | (Sealed & {
      readonly do: 'create'
      readonly id: string
      readonly role: Role
      readonly isVerified: boolean
    })
  | (Sealed & { readonly do: 'update'; readonly id: string })
  | { readonly do: 'verify'; readonly id: string }
  | { readonly do: 'disable'; readonly id: string }
  | { readonly do: 'delete'; readonly id: string }
  | { readonly do: 'changeRole'; readonly id: string; readonly role: Role }

export type Refusal = 'exists' | 'unknown' | 'disabled'

export const user: Aggregate<UserState, UserCommand, UserEvent, Refusal> = {
  category: 'user',
  initialState: () => ({ status: 'none', role: 'customer' }),
  decide,
  evolve,
}

function decide(state: UserState, command: UserCommand) {
  if (command.do === 'create') return state.status === 'none' ? [created(command)] : reject<Refusal>('exists')
  if (state.status === 'none' || state.status === 'deleted') return reject<Refusal>('unknown')
  return decideOnExisting(state, command)
}

function decideOnExisting(
  { status, role }: UserState,
  command: Exclude<UserCommand, { do: 'create' }>,
): readonly UserEvent[] | Rejection<Refusal> {
  const { id } = command
  if (command.do === 'delete') return [{ type: 'USER_DELETED', data: { id } }]
  if (command.do === 'disable') return status === 'disabled' ? [] : [{ type: 'USER_DISABLED', data: { id } }]
  if (status === 'disabled') return reject('disabled')
  if (command.do === 'verify') return status === 'active' ? [] : [{ type: 'USER_VERIFIED', data: { id } }]
  if (command.do === 'update')
    return [{ type: 'USER_UPDATED', eventId: command.eventId, data: { id, ...command.fields } }]
  return role === command.role ? [] : [{ type: 'USER_ROLE_CHANGED', data: { id, role: command.role } }]
}

function created({
  id,
  fields,
  eventId,
  role,
  isVerified,
}: Extract<UserCommand, { do: 'create' }>): UserEvent {
  const status = isVerified ? 'active' : 'pending'
  return { type: 'USER_CREATED', eventId, data: { id, ...fields, role, status } }
}

function evolve(state: UserState, event: UserEvent): UserState {
  switch (event.type) {
    case 'USER_CREATED':
      return { status: event.data.status, role: event.data.role }
    case 'USER_VERIFIED':
      return { ...state, status: 'active' }
    case 'USER_ROLE_CHANGED':
      return { ...state, role: event.data.role }
    case 'USER_DISABLED':
      return { ...state, status: 'disabled' }
    case 'USER_DELETED':
      return { ...state, status: 'deleted' }
    case 'USER_UPDATED':
      return state
  }
}
