import {
  type Admin,
  type DescribedGroup,
  KafkaError,
  type PartitionOffset,
  type PartitionOffsets,
} from '@relevo/kafka'
import { ServiceError } from '@relevo/kit'
import type { KafkaGroupState, KafkaState, KafkaTopicState } from '../shapes.ts'
import { TopicRates } from './topicRates.ts'

type Questions = Pick<
  Admin,
  'inspectCluster' | 'topicSettings' | 'topicOffsets' | 'listGroups' | 'describeGroup' | 'committedOffsets'
>

/** How long what was seen of the whole cluster holds: several people may look at once. */
const freshMs = 2_000

/** What is shown of Kafka, asked once for all who look. */
export class KafkaView {
  readonly #admin: Questions
  /** How long Kafka may take to answer. */
  readonly timeoutMs: number
  readonly #rates = new TopicRates()
  #seen: { readonly at: number; readonly state: Promise<KafkaState> } | undefined

  constructor(admin: Questions, timeoutMs: number) {
    this.#admin = admin
    this.timeoutMs = timeoutMs
  }

  /** @throws ServiceError `unavailable` when Kafka does not answer in time, `notFound`, `conflict`. */
  ask<T>(work: Promise<T>): Promise<T> {
    return answerOfKafka(work, this.timeoutMs)
  }

  cluster(): Promise<KafkaState> {
    const now = performance.now()
    if (this.#seen === undefined || now - this.#seen.at > freshMs) {
      const state = this.ask(this.#look())
      state.catch(() => {
        this.#seen = undefined
      })
      this.#seen = { at: now, state }
    }
    return this.#seen.state
  }

  async topic(topic: string): Promise<KafkaTopicState> {
    const [{ topics }, settings, offsets, groups] = await this.ask(
      Promise.all([
        this.#admin.inspectCluster(),
        this.#admin.topicSettings(topic),
        this.#admin.topicOffsets([topic]),
        this.#groups(),
      ]),
    )
    const own = topics.find((each) => each.topic === topic)
    if (own === undefined) throw new ServiceError('notFound', `There is no topic ${JSON.stringify(topic)}.`)
    return {
      topic,
      partitions: own.partitions.map(({ partition, leader, replicas, inSync, bytes }) => {
        const { start = 0n, end = 0n } = offsets.find((each) => each.partition === partition) ?? {}
        const at = { start: Number(start), end: Number(end) }
        return {
          partition,
          leader,
          replicas: [...replicas],
          in_sync: [...inSync],
          ...at,
          bytes: toNumber(bytes),
        }
      }),
      settings: settings.map(({ name, value, isOwn }) => ({ name, value: value ?? null, own: isOwn })),
      groups: groups
        .filter(({ committed }) => committed.some((each) => each.topic === topic))
        .map(({ groupId, state, committed }) => ({ group: groupId, state, lag: lagOf(committed, offsets) })),
    }
  }

  async group(groupId: string): Promise<KafkaGroupState> {
    const [described, committed] = await this.ask(
      Promise.all([this.#admin.describeGroup(groupId), this.#admin.committedOffsets(groupId)]),
    )
    if (described.members.length === 0 && committed.length === 0)
      throw new ServiceError('notFound', `There is no group ${JSON.stringify(groupId)}.`)
    return groupState(described, committed, await this.ask(this.#offsetsOf(committed)))
  }

  async #look(): Promise<KafkaState> {
    const [{ clusterId, brokers, topics }, groups] = await Promise.all([
      this.#admin.inspectCluster(),
      this.#groups(),
    ])
    const names = topics.map(({ topic }) => topic)
    const offsets = names.length > 0 ? await this.#admin.topicOffsets(names) : []
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic)
    const perSecond = this.#rates.measure(byTopic, Date.now())
    return {
      cluster_id: clusterId,
      brokers: brokers.map(({ id, host, port, rack, isController, bytes }) => ({
        ...{ id, host, port, rack: rack ?? null, controller: isController, bytes: toNumber(bytes) },
        leads: topics.flatMap((topic) => topic.partitions).filter(({ leader }) => leader === id).length,
      })),
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.length,
        replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        behind: partitions.filter(({ inSync, replicas }) => inSync.length < replicas.length).length,
        messages: sumOf((byTopic.get(topic) ?? []).map(({ start, end }) => end - start)),
        bytes: partitions.some(({ bytes }) => bytes === undefined)
          ? null
          : sumOf(partitions.map(({ bytes = 0n }) => bytes)),
        per_second: perSecond.get(topic) ?? null,
      })),
      groups: groups.map(({ groupId, state, type, committed }) => {
        return { group: groupId, state, type, lag: lagOf(committed, offsets) }
      }),
    }
  }

  async #groups() {
    const groups = await this.#admin.listGroups()
    return Promise.all(
      groups.map(async (group) => ({
        ...group,
        committed: await this.#admin.committedOffsets(group.groupId),
      })),
    )
  }

  async #offsetsOf(committed: readonly PartitionOffset[]): Promise<PartitionOffsets[]> {
    const topics = [...new Set(committed.map(({ topic }) => topic))]
    return topics.length > 0 ? this.#admin.topicOffsets(topics) : []
  }
}

function groupState(
  { groupId, state, type, members }: DescribedGroup,
  committed: readonly PartitionOffset[],
  offsets: readonly PartitionOffsets[],
): KafkaGroupState {
  return {
    group: groupId,
    state,
    type,
    members: members.map(({ memberId, clientId, host, partitions }) => ({
      ...{ member: memberId, client: clientId, host },
      partitions: partitions.map(({ topic, partition }) => `${topic}/${partition}`),
    })),
    offsets: offsets.map(({ topic, partition, start, end }) => {
      const own = committed.find((each) => each.topic === topic && each.partition === partition)
      const lag = own ? lagOf([own], [{ topic, partition, start, end }]) : Number(end - start)
      const at = { start: Number(start), end: Number(end) }
      return { topic, partition, committed: own ? Number(own.offset) : null, ...at, lag }
    }),
  }
}

/** Records that are there and behind what was committed. */
export function lagOf(committed: readonly PartitionOffset[], offsets: readonly PartitionOffsets[]): number {
  const lags = committed.map(({ topic, partition, offset }) => {
    const place = offsets.find((each) => each.topic === topic && each.partition === partition)
    if (place === undefined) return 0n
    const from = offset < place.start ? place.start : offset
    return from < place.end ? place.end - from : 0n
  })
  return sumOf(lags)
}

function sumOf(values: readonly bigint[]): number {
  return Number(values.reduce((sum, value) => sum + value, 0n))
}

function toNumber(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value)
}

/** Kafka's answer, or what a page can say instead. */
export async function answerOfKafka<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable(`no answer in ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    throw error instanceof KafkaError ? toServiceError(error) : error
  } finally {
    clearTimeout(timer)
  }
}

function toServiceError(error: KafkaError): ServiceError {
  const { code, message } = error
  if (code === 'unknownTopic' || code === 'invalidTopic')
    return new ServiceError('notFound', message, { cause: error })
  if (code === 'groupInUse')
    return new ServiceError('conflict', 'The group has members. Stop its consumers first.', { cause: error })
  return unavailable(message, error)
}

function unavailable(reason: string, cause?: unknown): ServiceError {
  return new ServiceError('unavailable', `Kafka cannot be asked just now: ${reason}`, { cause })
}
