import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allSystems } from '../systems/index.ts'
import { messagesSystem } from '../systems/messages.ts'
import type { System } from '../systems/system.ts'
import { planPorts, takenPortsMessage, withPreferredPorts } from './portPlan.ts'
import { renderTable } from './renderTable.ts'
import { renderStatus } from './status.ts'

function system(name: string, ...ports: number[]): System {
  const files = { LOG_FILE: `data/${name}.jsonl` }
  const services = ports.map((port) => ({ name: `${name}-${port}`, port, database: name, files }))
  const databases = [{ name, folder: name }]
  return { ...messagesSystem, name, databases, services, relays: [], tryIt: [`curl {${name}-${ports[0]}}`] }
}

const portsOf = (plan: ReturnType<typeof planPorts>) =>
  plan.services.map((service) => [service.name, service.port, service.movedFrom])

test('a system by itself has its own ports', () => {
  assert.deepEqual(portsOf(planPorts([system('shop', 5001, 5002)], 0)), [
    ['shop-5001', 5001, undefined],
    ['shop-5002', 5002, undefined],
  ])
})

test('where two systems claim a port, the later one moves up by 10 until it finds a free one', () => {
  const plan = planPorts([system('a', 5001), system('b', 5001, 5002), system('c', 5001, 5011)], 0)
  assert.deepEqual(portsOf(plan), [
    ['a-5001', 5001, undefined],
    ['b-5001', 5011, 5001],
    ['b-5002', 5002, undefined],
    ['c-5001', 5021, 5001],
    ['c-5011', 5031, 5011],
  ])
})

test('the offset is added to every port', () => {
  const plan = planPorts([system('a', 5001)], 100)
  assert.deepEqual([plan.services[0]?.port, plan.postgres, plan.kafka], [5101, 15532, 19192])
})

test('the systems that there are have different service names, and ports of their own', () => {
  const plan = planPorts(allSystems, 0)
  assert.equal(new Set(plan.services.map((service) => service.name)).size, plan.services.length)
  assert.equal(new Set(plan.services.map((service) => service.port)).size, plan.services.length)
})

test('taken ports are named with who wants them and the way out', () => {
  assert.equal(
    takenPortsMessage([{ port: 3000, name: 'messages' }]),
    'A port is taken by another process: 3000 (messages). Stop it, or move every port with: npm start -- --port-offset 100',
  )
  const both = takenPortsMessage([
    { port: 3000, name: 'messages' },
    { port: 19092, name: 'Kafka' },
  ])
  assert.match(both, /3000 \(messages\), 19092 \(Kafka\).*--port-offset/)
})

test('the printed table says where a moved service is, and which port it could not have', () => {
  const chosen = [system('a', 5001), system('b', 5001)]
  const text = renderStatus({
    systems: chosen,
    plan: planPorts(chosen, 0),
    postgres: { locationOf: (name) => `postgres://h/${name}` },
    kafka: { location: 'k:9092' },
    directory: '/data',
    logDirectory: '/logs',
  })
  assert.match(text, /b-5001 +http:\/\/localhost:5011 +\(moved: 5001 is claimed by another system\)/)
  assert.match(text, /curl http:\/\/localhost:5001\n +curl http:\/\/localhost:5011/)
  assert.match(text, /postgres:\/\/h\/b\n/)
  assert.match(text, /b-5001 writes +\/data\/data\/b\.jsonl\n/)
})

test('columns line up', () => {
  assert.equal(
    renderTable([
      ['a', 'bb'],
      ['ccc', 'd', 'e'],
    ]),
    '  a    bb\n  ccc  d   e',
  )
})

test('a port that a service would rather have is taken where it can be had', async () => {
  const gateway = { ...system('shop', 8000), services: [{ name: 'gateway', port: 8000, preferredPort: 80 }] }
  const plan = planPorts([gateway], 0)
  const asked: number[] = []
  const portWhere = async (isFree: boolean) => {
    const { services } = await withPreferredPorts(plan, async (port) => {
      asked.push(port)
      return isFree
    })
    return services[0]?.port
  }
  assert.deepEqual([await portWhere(true), await portWhere(false), asked], [80, 8000, [80, 80]])
})
