import { setTimeout as delay } from 'node:timers/promises'
import { check, codeOfBroker } from './brokerCodes.ts'
import { fetchMetadata, type MetadataAnswer } from './clusterMetadata.ts'
import { answerTo } from './connections.ts'
import { KafkaError } from './kafkaError.ts'
import { type Connection, createTopicsV7, deleteTopicsV6, describeConfigsV4 } from './platformatic.ts'
import type { Session } from './session.ts'

export interface TopicSpec {
  readonly topic: string
  readonly partitions: number
  /** Default: the broker's. */
  readonly replicationFactor?: number
  readonly config?: Readonly<Record<string, string>>
}

export interface TopicDescription {
  readonly topic: string
  readonly partitions: number
  readonly replicationFactor: number
  /** All settings, including the broker's defaults. */
  readonly config: Readonly<Record<string, string>>
}

const alreadyExists = 36
const unknownTopic = 3
const topicResource = 2
const pollMs = 50
/** A controller on a busy machine takes seconds to inform every broker. */
const agreementMs = 30_000
const requestMs = 15_000

/** Creates missing topics, and resolves when every broker knows all of them. Errors: KafkaError. */
export async function createMissing(session: Session, topics: readonly TopicSpec[]): Promise<void> {
  const names = topics.map(({ topic }) => topic)
  const answer = await session.cluster.refresh(names)
  const missing = new Set(
    answer.topics.filter(({ errorCode }) => errorCode === unknownTopic).map(({ name }) => name),
  )
  const specs = topics.filter(({ topic }) => missing.has(topic)).map(createRequest)
  if (specs.length > 0) {
    const created = createTopicsV7.api.async(await controllerOf(session, answer), specs, requestMs, false)
    for (const { name, errorCode, errorMessage } of (await answerTo(created, 'Topics cannot be created'))
      .topics) {
      if (errorCode !== alreadyExists)
        check(errorCode, `Topic ${name} cannot be created (${errorMessage})`, name)
    }
  }
  await untilEveryBroker(session, names, isLed)
}

function createRequest({ topic, partitions, replicationFactor = -1, config = {} }: TopicSpec) {
  const configs = Object.entries(config).map(([name, value]) => ({ name, value }))
  return { name: topic, numPartitions: partitions, replicationFactor, assignments: [], configs }
}

/** Deletes topics, and resolves when no broker knows them anymore. Errors: KafkaError. */
export async function deleteTopics(session: Session, topics: readonly string[]): Promise<void> {
  const connection = await controllerOf(session, await session.cluster.refresh([]))
  const asked = topics.map((name) => ({ name, topicId: null }))
  const work = deleteTopicsV6.api.async(connection, asked, requestMs)
  for (const { name, errorCode } of (await answerTo(work, 'Topics cannot be deleted')).responses) {
    check(errorCode, `Topic ${name} cannot be deleted`, name ?? undefined)
  }
  await untilEveryBroker(session, topics, ({ errorCode }) => errorCode === unknownTopic)
}

/** Every topic except Kafka's own, by name. Errors: KafkaError. */
export async function describeTopics(session: Session): Promise<TopicDescription[]> {
  const answer = await session.cluster.refresh(null)
  const topics = answer.topics.filter(({ errorCode, isInternal }) => errorCode === 0 && !isInternal)
  const resources = topics.map(({ name }) => {
    return { resourceType: topicResource, resourceName: name ?? '', configurationKeys: null } as const
  })
  const message = 'The settings of topics cannot be read'
  const work = describeConfigsV4.api.async(await session.cluster.anyConnection(), resources, false, false)
  const configs = new Map<string, Record<string, string>>()
  for (const { resourceName, errorCode, configs: entries } of (await answerTo(work, message)).results) {
    check(errorCode, message, resourceName)
    configs.set(resourceName, Object.fromEntries(entries.map(({ name, value }) => [name, value ?? ''])))
  }
  const described = topics.map(({ name, partitions }) => ({
    topic: name ?? '',
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicaNodes.length ?? 0,
    config: configs.get(name ?? '') ?? {},
  }))
  return described.sort((a, b) => a.topic.localeCompare(b.topic))
}

type TopicAnswer = MetadataAnswer['topics'][number]

function isLed({ errorCode, name, partitions }: TopicAnswer): boolean {
  // Permanent errors, such as an invalid name, are reported at once.
  const { retryable, code } = new KafkaError(codeOfBroker(errorCode), '')
  if (errorCode !== 0 && !retryable && code !== 'unknownTopic') {
    check(errorCode, `Topic ${name} cannot be used`, name ?? undefined)
  }
  return errorCode === 0 && partitions.every(({ leaderId }) => leaderId >= 0)
}

/** Waits until each reachable broker confirms each topic: brokers learn of changes one after another. */
async function untilEveryBroker(
  session: Session,
  names: readonly string[],
  agrees: (topic: TopicAnswer) => boolean,
): Promise<void> {
  for (const deadline = performance.now() + agreementMs; ; ) {
    const { brokers } = await session.cluster.refresh([])
    const answers = await Promise.all(brokers.map((broker) => askOne(session, broker, names)))
    const open = answers.flatMap((answer) => answer?.topics.filter((topic) => !agrees(topic)) ?? [])
    const [topic] = open.flatMap(({ name }) => name ?? [])
    if (topic === undefined) return
    if (performance.now() > deadline) {
      const message = `Not every broker has taken over the change of topic ${topic} within ${agreementMs} ms`
      throw new KafkaError('leaderUnavailable', message, { topic })
    }
    await delay(pollMs)
  }
}

async function askOne(
  { connections }: Session,
  broker: { readonly host: string; readonly port: number },
  names: readonly string[],
): Promise<MetadataAnswer | undefined> {
  try {
    return await fetchMetadata(await connections.to(broker), names)
  } catch {
    return undefined // nobody can be served by it either
  }
}

/** The broker to send changes to. With KRaft any broker forwards them, and Kafka names one. */
function controllerOf({ connections, cluster }: Session, answer: MetadataAnswer): Promise<Connection> {
  const broker = answer.brokers.find(({ nodeId }) => nodeId === answer.controllerId)
  return broker ? connections.to(broker) : cluster.anyConnection()
}
