import { test } from 'node:test'
import { specify } from '@relevo/event-store/testing'
import type { UserEvent } from './events.ts'
import { user } from './user.ts'

const given = specify(user)
const id = 'u'
const fields = { name: 'sealed name', email: 'sealed email' }
const created = (status: 'pending' | 'active' = 'active'): UserEvent => ({
  type: 'USER_CREATED',
  eventId: 'e1',
  data: { id, ...fields, role: 'customer', status },
})
const happened = (type: 'USER_VERIFIED' | 'USER_DISABLED' | 'USER_DELETED'): UserEvent => ({
  type,
  data: { id },
})
const create = { do: 'create', id, fields, eventId: 'e1', role: 'customer' } as const

test('a user is created once, and is pending until the address is verified', () => {
  given()
    .when({ ...create, isVerified: false })
    .thenEvents(created('pending'))
  given()
    .when({ ...create, isVerified: true })
    .thenEvents(created('active'))
  given(created())
    .when({ ...create, isVerified: true })
    .thenRejected('exists')
  given(created('pending')).when({ do: 'verify', id }).thenEvents(happened('USER_VERIFIED'))
  given(created('pending')).when({ do: 'verify', id }).thenState({ status: 'active', role: 'customer' })
  given(created()).when({ do: 'verify', id }).thenEvents()
})

test('an update holds all of the fields, under the event that they are bound to', () => {
  const update = { do: 'update', id, fields, eventId: 'e2' } as const
  given(created())
    .when(update)
    .thenEvents({ type: 'USER_UPDATED', eventId: 'e2', data: { id, ...fields } })
  given(created(), happened('USER_DISABLED')).when(update).thenRejected('disabled')
  given().when(update).thenRejected('unknown')
})

test('a role changes once', () => {
  const event: UserEvent = { type: 'USER_ROLE_CHANGED', data: { id, role: 'operator' } }
  given(created()).when({ do: 'changeRole', id, role: 'operator' }).thenEvents(event)
  given(created(), event).when({ do: 'changeRole', id, role: 'operator' }).thenEvents()
})

test('disabling takes effect once, and nothing but deletion follows it', () => {
  const disabled = happened('USER_DISABLED')
  given(created()).when({ do: 'disable', id }).thenEvents(disabled)
  given(created(), disabled).when({ do: 'disable', id }).thenEvents()
  for (const command of [
    { do: 'verify', id },
    { do: 'changeRole', id, role: 'admin' },
  ] as const)
    given(created(), disabled).when(command).thenRejected('disabled')
  given(created(), disabled).when({ do: 'delete', id }).thenEvents(happened('USER_DELETED'))
})

test('a user who was deleted does not exist any more, and never again', () => {
  const deleted = happened('USER_DELETED')
  given(created()).when({ do: 'delete', id }).thenEvents(deleted)
  given(created('pending'), deleted)
    .when({ ...create, isVerified: true })
    .thenRejected('exists')
  for (const command of ['verify', 'disable', 'delete'] as const)
    given(created(), deleted).when({ do: command, id }).thenRejected('unknown')
  given().when({ do: 'delete', id }).thenRejected('unknown')
})
