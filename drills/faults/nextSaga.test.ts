import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ordersFolder, type StartsWith, withNextSaga } from './nextSaga.ts'

for (const [startsWith, version, other] of [
  ['next', 2, 1],
  ['former', 1, 2],
] as const)
  test(`orders that start with the ${startsWith} version of their saga go on with both`, async () => {
    const { sell, definitions } = await createOrders(startsWith)
    assert.equal(sell.version, version)
    assert.deepEqual(
      definitions.map(({ name, version }) => `${name} ${version}`),
      [`sell ${version}`, `sell ${other}`, 'buy 1'],
    )
    const steps = definitions.map(({ steps }) => Object.keys(steps))
    const [mine, theirs] = startsWith === 'next' ? ['pay', 'charge'] : ['charge', 'pay']
    assert.ok(steps[0]?.includes(mine) && steps[1]?.includes(theirs))
  })

/** What services/orders has to say with the changed files in the place of its own. */
async function createOrders(startsWith: StartsWith) {
  const folder = pathToFileURL(`${ordersFolder}/`)
  const sources = new Map(
    Object.entries(withNextSaga(startsWith)).map(([file, source]) => [new URL(file, folder).href, source]),
  )
  const query = `?${startsWith}`
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const { href } = new URL(specifier, context.parentURL?.split('?')[0])
      return sources.has(href) ? { url: href + query, shortCircuit: true } : next(specifier, context)
    },
    load(url, context, next) {
      const source = sources.get(url.split('?')[0] ?? '')
      return source === undefined
        ? next(url, context)
        : { format: 'module-typescript', source, shortCircuit: true }
    },
  })
  try {
    const orders: typeof import('../../services/orders/orders.ts') = await import(
      new URL('orders.ts', folder).href
    )
    const patience = { timeoutMs: 1, attempts: 1, forwardTimeoutMs: 1, stuckAfter: 1 }
    return orders.createOrders({ patience, currency: 'USD', logger: console })
  } finally {
    hooks.deregister()
  }
}
