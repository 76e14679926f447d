import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSources } from './findSources.ts'
import type { Ask } from './serviceClient.ts'

/** Answers as a service with these paths would. */
function serviceWith(paths: readonly string[], answers: Readonly<Record<string, unknown>> = {}): Ask {
  const description = { openapi: '3.1.0', paths: Object.fromEntries(paths.map((path) => [path, {}])) }
  return async (_service, path) => (path === '/openapi.json' ? description : answers[path])
}

test('what a service has is read from its own description', async () => {
  const consumer = serviceWith(['/stats', '/dead-letters', '/dead-letters/groups'])
  assert.deepEqual((await findSources(consumer, 'orders')).sources, [
    { id: 'orders', kind: 'consumer', service: 'orders', prefix: '' },
  ])

  const channels = serviceWith(['/channels', '/channels/{channel}/dead-letters/groups'], {
    '/channels': { count: 2, channels: [{ channel: 'file' }, { channel: 'a/b' }] },
  })
  const found = (await findSources(channels, 'notifications')).sources
  assert.deepEqual(
    found.map(({ id, prefix }) => [id, prefix]),
    [
      ['notifications/file', '/channels/file'],
      ['notifications/a/b', '/channels/a%2Fb'],
    ],
  )

  const relay = serviceWith(['/outboxes', '/quarantine'], {
    '/outboxes': { outboxes: [{ outbox: 'orders' }] },
  })
  assert.deepEqual((await findSources(relay, 'relay-shop')).sources, [
    { id: 'relay-shop/orders', kind: 'outbox', service: 'relay-shop', prefix: '', outbox: 'orders' },
  ])
})

test('a monitor and analytics are known by what they tell', async () => {
  const both = serviceWith(['/dashboard', '/windows/current', '/windows', '/sagas'])
  assert.deepEqual(await findSources(both, 'all'), { sources: [], tells: ['dashboard', 'windows', 'sagas'] })
  assert.deepEqual(await findSources(serviceWith(['/windows']), 'none'), { sources: [], tells: [] })
})
