import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { advance, emptyWorld, type Observation, type World } from './advance.ts'
import { advanceAlerts, emptyBook } from './alerts.ts'
import { type Cause, noFacts } from './causes.ts'
import { type Look, noWork, type Work } from './look.ts'

const limits = { lateSeconds: 15, failedOrders: 1 }
const well: Look = { kind: 'answered', responseMs: 1, problems: [], work: noWork }
const without = (...problems: string[]): Look => ({ ...well, problems }) as Look
const refused: Look = { kind: 'failed', code: 'refused', detail: 'nobody listens' }
const working = (work: Partial<Work>): Look => ({ ...well, work: { ...noWork, ...work } }) as Look
const waiting = (oldestSeconds: number) => {
  const still = { events: 3, loopAgeSeconds: 0, stalledShards: 0, quarantinedKeys: 0, heldTopics: 0 }
  return working({ outboxes: [{ name: 'orders', oldestSeconds, ...still }] })
}

const reached = { database: true, kafka: true }
const everyMs = 2_000

/** Goes through observations, one every 2 s, and notes what alerts do. */
function watcher() {
  let world: World = emptyWorld
  let now = 0
  const told: string[] = []
  const see = (looks: Record<string, Look>, more: Partial<Omit<Observation, 'looks'>> = {}, rounds = 1) => {
    for (let n = 0; n < rounds; n++) {
      now += everyMs
      const observation = {
        groups: [],
        reaches: reached,
        facts: noFacts,
        ...more,
        looks: new Map(Object.entries(looks)),
      }
      const { world: next, changes } = advance(world, observation, { limits, now, everyMs })
      world = next
      for (const change of changes)
        if (change.kind !== 'health')
          told.push(`${change.kind === 'alert_opened' ? '+' : '-'}${change.alert.key}`)
    }
  }
  return { see, told, open: () => [...world.alerts.open.keys()] }
}

const three = (look: Look) => ({ inventory: look, orders: look, 'relay-shop': look })

test('Postgres down is one alert, and nothing comes after it', () => {
  const { see, told, open } = watcher()
  see(three(well), {}, 3)
  see(three(without('database', 'schema')), { reaches: { database: false, kafka: true } }, 60)
  assert.deepEqual(open(), ['postgres_down'])
  // They come back one after the other, with work that has waited.
  see({ ...three(without('consumer')), 'relay-shop': waiting(120) }, {}, 4)
  see({ ...three(well), 'relay-shop': waiting(60) }, {}, 4)
  see(three(well), {}, 60)
  assert.deepEqual(told, ['+postgres_down', '-postgres_down'])
})

test('so is Postgres that most services do not reach, though the monitor does', () => {
  const { see, told } = watcher()
  see({ ...three(without('database')), payments: well }, {}, 20)
  assert.deepEqual(told, ['+postgres_down'])
})

test('one service without its database is an alert of that service', () => {
  const { see, told } = watcher()
  see({ ...three(well), orders: without('database') }, {}, 20)
  assert.deepEqual(told, ['+not_ready:orders'])
})

test('Kafka down is one alert, whatever waits and times out meanwhile', () => {
  const { see, told } = watcher()
  const facts = { ...noFacts, failedOrders: { TIMEOUT: 3 } }
  see(three(well), {}, 3)
  see(
    { ...three(without('kafka')), 'relay-shop': waiting(100) },
    { reaches: { database: true, kafka: false }, facts },
    60,
  )
  assert.deepEqual(told, ['+kafka_down'])
})

test('a service that is killed is one alert within two looks, and so is its return', () => {
  const { see, told } = watcher()
  const groups = [{ group: 'g', service: 'orders', lag: 9, lagSeconds: 100 }]
  see(three(well), {}, 2)
  see({ ...three(well), orders: refused }, {}, 2)
  assert.deepEqual(told, ['+service_down:orders'])
  see({ ...three(well), orders: refused }, { groups }, 30)
  see(three(well), { groups }, 2)
  assert.deepEqual(told, ['+service_down:orders', '-service_down:orders'])
  see(three(well), {}, 30)
  assert.equal(told.length, 2, 'what it had to catch up with is no alert of its own')
})

test('services that start with the monitor, or with another one, are no alerts', () => {
  const { see, told } = watcher()
  see(three(refused), {}, 10)
  see(three(well), {}, 10)
  assert.deepEqual(told, [])
})

test('an alert of a service that is down outlives a time in which it cannot be seen', () => {
  const { see, told } = watcher()
  const blind: Look = { kind: 'unseen', detail: 'cut off' }
  see({ ...three(well), orders: refused }, {}, 20)
  see({ ...three(well), orders: blind }, {}, 20)
  see({ ...three(well), orders: refused }, {}, 20)
  assert.deepEqual(told, ['+service_down:orders'])
})

test('a process that stands still is one alert, whatever waits for it', () => {
  const { see, told } = watcher()
  const hung: Look = { kind: 'failed', code: 'hung', detail: 'no answer' }
  const groups = [{ group: 'g', service: 'orders', lag: 9, lagSeconds: 100 }]
  see(three(well), {}, 2)
  see({ ...three(well), orders: hung }, { groups }, 30)
  see(three(well), {}, 30)
  assert.deepEqual(told, ['+service_down:orders', '-service_down:orders'])
})

test('an alert stays while its cause is hidden by another', () => {
  const { see, told, open } = watcher()
  see({ ...three(well), 'relay-shop': waiting(100) }, {}, 10)
  assert.deepEqual(open(), ['late_delivery:relay-shop'])
  see(three(without('database')), { reaches: { database: false, kafka: true } }, 30)
  see({ ...three(well), 'relay-shop': waiting(100) }, {}, 30)
  assert.deepEqual(told, ['+late_delivery:relay-shop', '+postgres_down', '-postgres_down'])
})

test('work that is late about the limit does not flap', () => {
  const { see, told } = watcher()
  for (let n = 0; n < 50; n++) see({ relay: well, 'relay-shop': waiting(n % 2 === 0 ? 18 : 12) })
  see({ 'relay-shop': waiting(20) }, {}, 10)
  for (let n = 0; n < 50; n++) see({ relay: well, 'relay-shop': waiting(n % 2 === 0 ? 18 : 8) })
  assert.deepEqual(told, ['+late_delivery:relay-shop'])
})

test('a monitor that sees nothing opens nothing and resolves nothing', () => {
  const { see, told } = watcher()
  const blind: Look = { kind: 'unseen', detail: 'cut off' }
  see(three(well))
  see({ ...three(well), orders: refused }, {}, 3)
  see(three(blind), { reaches: { database: false, kafka: false } }, 60)
  assert.deepEqual(told, ['+service_down:orders'])
})

test('low stock, failed orders, dead letters and retries are alerts, each once', () => {
  const { see, told } = watcher()
  const low = { productId: 1, name: 'Lamp', available: 2, minimum: 5 }
  const facts = { ...noFacts, lowStock: [low], failedOrders: { INSUFFICIENT_STOCK: 2 }, deadNotifications: 1 }
  const troubled = working({ held: 1, deadLetters: 2 })
  see({ ...three(well), orders: troubled }, { facts }, 20)
  assert.deepEqual(told.sort(), [
    '+dead_letters:orders',
    '+dead_notifications',
    '+failed_orders',
    '+held:orders',
    '+low_stock:1',
  ])
  see(three(well), {}, 30)
  assert.equal(told.length, 10)
})

test('an alert never opens twice without having resolved, and is resolved when its cause is gone for good', () => {
  const kinds = ['service_down', 'late_delivery', 'dead_letters', 'low_stock', 'postgres_down'] as const
  const cause = (kind: (typeof kinds)[number]): Cause => {
    const follows = kind === 'late_delivery' ? ['postgres_down', 'service_down'] : []
    return { key: kind, kind, severity: 'warning', subject: '', message: '', follows }
  }
  fc.assert(
    fc.property(fc.array(fc.subarray([...kinds]), { maxLength: 100 }), (rounds) => {
      let book = emptyBook
      const open = new Set<string>()
      // In the end nothing is wrong for long enough.
      const all = [...rounds, ...Array.from({ length: 60 }, () => [])]
      for (const [n, present] of all.entries()) {
        const changes = advanceAlerts(book, present.map(cause), { now: n * everyMs, everyMs })
        for (const { cause: each } of changes.resolved) assert.ok(open.delete(each.key), each.key)
        for (const { cause: each } of changes.opened) {
          assert.ok(!open.has(each.key), each.key)
          assert.ok(each.kind !== 'late_delivery' || !present.some((kind) => each.follows.includes(kind)))
          open.add(each.key)
        }
        assert.deepEqual([...changes.book.open.keys()].sort(), [...open].sort())
        book = changes.book
      }
      assert.equal(open.size, 0)
    }),
  )
})
