import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currentOrigin, type Origin, originOf, withOrigin, withOriginHeaders } from './origin.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('what follows from an event names it, and belongs to what that belongs to', () => {
  const headers = { ce_correlationid: 'c', ce_causationid: 'of its own', traceparent, tenant: 'north' }
  assert.deepEqual(originOf({ id: 'e', headers }), {
    ce_causationid: 'e',
    ce_correlationid: 'c',
    traceparent,
  })
  assert.deepEqual(originOf({ id: 'e' }), { ce_causationid: 'e', ce_correlationid: 'e' })
})

test('what others have put into those headers is handed on only where it can be stored', () => {
  for (const bad of ['', 'a\0b', '\ud800', 'ñ', 'two words', 'x'.repeat(257)])
    assert.deepEqual(
      originOf({ id: 'e', headers: { ce_correlationid: bad, traceparent: bad } }),
      { ce_causationid: 'e', ce_correlationid: 'e' },
      JSON.stringify(bad),
    )
})

test('the first event of a request gives its id to all that follow from it', () => {
  const origin: Origin = { ce_causationid: 'request:1', traceparent }
  const recorded = withOrigin(origin, () =>
    ['first', 'second'].map((eventId) => withOriginHeaders({ eventId, headers: { tenant: 'north' } })),
  )
  const headers = { ce_causationid: 'request:1', ce_correlationid: 'first', traceparent, tenant: 'north' }
  assert.deepEqual(recorded, [headers, headers])
})

test('headers of the event itself go first, and an event from nowhere keeps what it has', () => {
  const own = { ce_causationid: 'mine', ce_correlationid: 'ours' }
  const inside = withOrigin({ ce_causationid: 'other' }, () =>
    withOriginHeaders({ eventId: 'e', headers: own }),
  )
  assert.deepEqual(inside, own)
  assert.equal(withOriginHeaders({ eventId: 'e' }), undefined)
})

test('work that goes on at the same time keeps each its own', async () => {
  const seen = await Promise.all(
    ['a', 'b'].map((id) =>
      withOrigin(originOf({ id }), async () => {
        await new Promise(setImmediate)
        return currentOrigin()?.ce_causationid
      }),
    ),
  )
  assert.deepEqual(seen, ['a', 'b'])
  assert.equal(currentOrigin(), undefined)
})
