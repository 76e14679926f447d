import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { canaryTopic } from './canary.ts'
import { allSystems, allTopics, systems } from './index.ts'
import {
  auditUrl,
  databaseVariables,
  entryFlow,
  monitoredKafka,
  monitoredServices,
  operatedServices,
  outboxOf,
  partsOf,
  relayOf,
  rightsOf,
  serviceOf,
} from './parts.ts'

const services = join(import.meta.dirname, '../services')

function assertDistinct(values: readonly unknown[]): void {
  assert.deepEqual(
    values.filter((value, n) => values.indexOf(value) !== n),
    [],
  )
}

test('names, ports, topics and types of events are each there once', () => {
  assert.deepEqual(
    Object.keys(systems),
    allSystems.map(({ name }) => name),
  )
  const parts = allSystems.flatMap(partsOf)
  assertDistinct(parts.map(({ name }) => name))
  // A port that two seeds claim is moved for the second by npm start.
  for (const system of allSystems) assertDistinct(partsOf(system).map(({ port }) => port))
  assertDistinct(allTopics.map(({ name }) => name))
  assertDistinct(allSystems.flatMap(({ events }) => events.map(({ type }) => type)))
  assertDistinct(allSystems.flatMap(({ databases }) => databases.map(({ name }) => name)))
})

test('no two services share a consumer group, for each would get only some of the events', () => {
  const groups = allSystems.flatMap((system) =>
    system.services.flatMap((service) => rightsOf(system, service)?.groups ?? []),
  )
  const prefixes = groups.map((group) => group.replace(/\*$/, ''))
  assertDistinct(prefixes)
  for (const group of groups.filter((each) => each.endsWith('*')))
    assert.equal(prefixes.filter((each) => each.startsWith(group.slice(0, -1))).length, 1, group)
})

for (const system of allSystems) {
  test(`${system.name}: what it names is there`, () => {
    for (const { folder } of partsOf(system)) assert.ok(existsSync(join(services, folder, 'main.ts')), folder)
    const databases = system.databases.map(({ name }) => name)
    for (const { database, name } of system.services)
      assert.ok(database === undefined || databases.includes(database), name)
    for (const { outboxes, name } of system.relays)
      assert.ok(outboxes.length > 0 && outboxes.every((each) => databases.includes(each)), name)
    for (const { consumers, topic } of system.incoming ?? [])
      assert.ok(!system.topics.includes(topic) && consumers.every((name) => serviceOf(system, name)))
    for (const { topic, type } of system.events) assert.ok(system.topics.includes(topic), type)
    for (const { consumer } of system.flows) assert.ok(rightsOf(system, serviceOf(system, consumer)))
    const names = partsOf(system).map(({ name }) => name)
    for (const { at } of system.entry.arrivals) assert.ok(names.includes(at), at)
    for (const line of system.tryIt)
      for (const [, name] of line.matchAll(/\{([a-z-]+)\}/g)) assert.ok(names.includes(name ?? ''), name)
  })

  test(`${system.name}: each topic has one outbox, with a relay`, () => {
    for (const topic of system.topics) {
      const outbox = outboxOf(system, topic)
      assert.ok(relayOf(system, outbox))
      for (const event of system.events.filter((each) => each.topic === topic)) {
        assert.equal(serviceOf(system, event.producer).database, outbox, topic.name)
        for (const other of event.otherProducers ?? [])
          assert.ok(relayOf(system, serviceOf(system, other).database), 'a relay has its outbox as well')
      }
    }
  })

  test(`${system.name}: the consumers of the events are those of the flows`, () => {
    if (system.flows.length > 0) assert.ok(entryFlow(system))
    for (const { type, topic, consumers } of system.events) {
      const flows = system.flows.filter((flow) => flow.topic === topic)
      // Of canaries every relay records some, so that no outbox has all of them: they are in no flow that is proven.
      const monitors = topic === canaryTopic ? system.services.filter((service) => service.monitors) : []
      assert.deepEqual(
        [...consumers].sort(),
        [...new Set([...flows.map(({ consumer }) => consumer), ...monitors.map(({ name }) => name)])].sort(),
        type,
      )
    }
  })
}

test('a system of several outboxes, with one relay for all of them, is described and looked up', () => {
  const relay = {
    name: 'relay-shop',
    port: 1,
    outboxes: ['messages', 'commissions'],
    source: 'table',
  } as const
  const [messages, commissions] = allSystems
  assert.ok(messages && commissions)
  const shop = {
    ...messages,
    name: 'shop',
    databases: [...messages.databases, ...commissions.databases],
    services: [...messages.services, ...commissions.services],
    relays: [relay],
    topics: [...messages.topics, ...commissions.topics],
    events: [...messages.events, ...commissions.events],
    flows: [...messages.flows, ...commissions.flows],
  }
  for (const topic of shop.topics) assert.equal(relayOf(shop, outboxOf(shop, topic)), relay)
  assert.equal(auditUrl(relay, 'messages', 'http://r:1'), 'http://r:1/audit?outbox=messages')
  assert.equal(auditUrl({ ...relay, outboxes: ['messages'] }, 'messages', 'http://r:1'), 'http://r:1/audit')
  const part = partsOf(shop).at(-1)
  assert.deepEqual(part?.databases, relay.outboxes)
  assert.deepEqual(part?.variables, { OUTBOXES: 'messages,commissions' })
  assert.deepEqual(part && databaseVariables(part, (name) => `postgres://h/${name}`), {
    MESSAGES_DATABASE_URL: 'postgres://h/messages',
    COMMISSIONS_DATABASE_URL: 'postgres://h/commissions',
  })
})

test('what operates the others is told of each but itself', () => {
  const parts = partsOf(systems.shop)
  const operated = operatedServices(parts, (name) => `http://${name}`).split(',')
  assert.equal(operated.length, parts.length - 1)
  assert.ok(operated.includes('monitor=http://monitor'))
  assert.ok(!operated.some((each) => each.startsWith('console=')))
})

test('what watches the others is told of each but itself, and of every topic and group', () => {
  const parts = partsOf(systems.shop)
  const watched = monitoredServices(parts, (name) => `http://${name}`).split(',')
  assert.equal(watched.length, parts.length - 1)
  assert.ok(watched.includes('relay-shop=http://relay-shop'))
  assert.ok(!watched.some((each) => each.startsWith('monitor=')))
  const { topics, groups } = JSON.parse(monitoredKafka(allSystems))
  assert.equal(topics['orders.events'], 'orders.events.dlt')
  assert.equal(topics['notifications.requests'], 'notifications.dlq')
  const order = groups.find(({ group }: { group: string }) => group === 'order-service-group')
  assert.deepEqual(order, {
    group: 'order-service-group',
    service: 'orders',
    topics: ['inventory.responses', 'payments.responses'],
  })
})
