import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { listDeadLetters } from '@relevo/inbox'
import { createAdmin, createProducer } from '@relevo/kafka'
import { enqueue } from '@relevo/outbox'
import { afterTest, eventually, httpClient } from '@relevo/testing'
import { sendProvisions } from '../../proof/inCluster/program/sendProvisions.ts'
import { databaseOf } from '../../systems/parts.ts'
import type { Body } from '../../systems/request.ts'
import type { System } from '../../systems/system.ts'
import type { SystemUnderTest } from '../support/systemUnderTest.ts'

/**
 * Gives each list of a system something to show: events with their effects, a dead letter, quarantined keys.
 * @returns the keys and ids of all that.
 */
export async function fillSystem(
  t: TestContext,
  system: System,
  running: SystemUnderTest,
): Promise<string[]> {
  const filled = [
    sendRequests(system, running),
    buryRecords(t, system, running),
    quarantineKeys(t, system, running),
  ]
  return (await Promise.all(filled)).flat()
}

async function sendRequests({ entry }: System, running: SystemUnderTest): Promise<string[]> {
  const content = `filled-${randomUUID()}`
  const provisions = entry.provisions ?? []
  await sendProvisions(
    provisions,
    Object.fromEntries(provisions.map(({ at }) => [at, running.serviceOf(at).url])),
  )
  const { post } = httpClient(running.serviceOf(entry.service).url)
  let earlier: Body = {}
  for (const { path, body } of entry.requests) earlier = (await post(path, body(content, earlier))).body
  for (const { at, path, shows } of entry.arrivals)
    await httpClient(running.serviceOf(at).url).until(path(content), (body) => shows(body, content))
  return [content, ...Object.values(earlier).filter((value) => typeof value === 'string')]
}

/** Records that are no events, with an id and without, end as dead letters of every consumer of their topic. */
async function buryRecords(t: TestContext, system: System, running: SystemUnderTest): Promise<string[]> {
  const producer = createProducer({ brokers: running.brokers, clientId: 'fill' })
  afterTest(t, () => producer.close())
  const eventId = randomUUID()
  const topics = [...new Set(system.flows.map(({ topic }) => topic.name))]
  const junk = (headers: Record<string, string>) =>
    topics.map((topic) => ({ topic, key: 'fill', value: 'not an event', headers }))
  await producer.send([...junk({}), ...junk({ ce_id: eventId })])
  const buried = system.flows.map(({ group, consumer }) => {
    const pool = running.poolOf(databaseOf(system, consumer))
    const own = new Set(system.flows.filter((flow) => flow.group === group).map(({ topic }) => topic.name))
    const look = async () => (await listDeadLetters(pool, { consumer: group })).letters.length >= 2 * own.size
    return eventually(look, `two dead letters of ${group} from each of its ${own.size} topics`, 60_000)
  })
  await Promise.all(buried)
  return [eventId]
}

/** Events that are larger than their topic admits. */
async function quarantineKeys(t: TestContext, system: System, running: SystemUnderTest): Promise<string[]> {
  const admin = createAdmin({ brokers: running.brokers, clientId: 'fill' })
  afterTest(t, () => admin.close())
  const topic = 'narrow'
  await admin.ensureTopics([{ topic, partitions: 1, config: { 'max.message.bytes': '1000' } }])
  const keys = Array.from({ length: 10 }, (_, n) => `key-${n}`)
  const eventOf = (key: string) => ({
    eventId: randomUUID(),
    topic,
    key,
    type: 'fill.tooLarge',
    payload: { text: 'x'.repeat(5_000) },
  })
  for (const { outboxes } of system.relays)
    for (const outbox of outboxes) await enqueue(running.poolOf(outbox), keys.map(eventOf))
  for (const { name, outboxes } of system.relays)
    for (const outbox of outboxes) {
      const path = outboxes.length > 1 ? `/quarantine?outbox=${outbox}` : '/quarantine'
      await httpClient(running.serviceOf(name).url).until(path, ({ count }) => count >= keys.length)
    }
  return keys
}
