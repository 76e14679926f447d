import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badRequests, operationsOf } from './badRequests.ts'

const document = {
  paths: {
    '/orders': {
      post: {
        requestBody: {
          content: {
            'application/json': {
              schema: { anyOf: [{ properties: { items: {} } }, { properties: { total: {} } }] },
            },
          },
        },
      },
    },
    '/orders/{id}': { get: {} },
  },
}

test('operations are read with the members of their bodies', () => {
  assert.deepEqual(operationsOf(document, '/api/orders'), [
    { method: 'POST', path: '/api/orders/orders', members: ['items', 'total'] },
    { method: 'GET', path: '/api/orders/orders/{id}', members: [] },
  ])
})

test('there are as many requests as asked for, the same for a seed, and of every operation', () => {
  const operations = operationsOf(document)
  const made = badRequests(operations, { count: 101, seed: 7 })
  assert.equal(made.length, 101)
  assert.deepEqual(made, badRequests(operations, { count: 101, seed: 7 }))
  assert.notDeepEqual(made, badRequests(operations, { count: 101, seed: 8 }))
  const texts = made.map(String)
  assert.ok(texts.some((text) => /^POST \/orders[ ?][\s\S]*items/.test(text)))
  assert.ok(texts.some((text) => /^GET \/orders\/(?!\{)/.test(text)))
  assert.ok(!texts.some((text) => text.includes('{id}')))
})
