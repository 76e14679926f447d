import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainError } from './explainError.ts'
import { OutboxError } from './outboxError.ts'

test('the code of Postgres is found in what Prisma wraps it into', () => {
  const driverAdapterError = Object.assign(new Error('RawQueryFailed'), {
    cause: { kind: 'postgres', code: 'OB003', message: 'The event has 2 bytes; the limit is 1.' },
  })
  const error = Object.assign(new Error('Raw query failed'), { code: 'P2010', meta: { driverAdapterError } })
  const explained = explainError(error)
  assert.ok(explained instanceof OutboxError)
  assert.deepEqual([explained.code, explained.cause], ['tooLarge', error])
  assert.match(explained.message, /the limit is 1/)
})

test('what means nothing for the outbox stays as it is, however it wraps itself', () => {
  const circle: Error & { cause?: unknown } = new Error('a circle')
  circle.cause = circle
  for (const error of [circle, new Error('other'), 'a text', undefined])
    assert.equal(explainError(error), error)
})
