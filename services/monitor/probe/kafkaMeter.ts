import { type Admin, KafkaError, type PartitionLag, type PartitionOffsets } from '@relevo/kafka'
import {
  addSample,
  addTotal,
  type EndSample,
  perSecond,
  type TotalSample,
  waitingSeconds,
} from '../domain/lag.ts'
import type { WatchedKafka } from '../domain/targets.ts'
import { within } from '../within.ts'

export interface TopicStat {
  readonly topic: string
  readonly partitions: number
  /** Records that are kept. */
  readonly messages: number
  readonly messagesPerSecond: number
  /** Records in its dead-letter topic. */
  readonly errors: number
}

export interface GroupStat {
  readonly group: string
  readonly service: string
  readonly topics: readonly string[]
  readonly lag: number
  readonly lagSeconds: number
}

export interface KafkaStats {
  readonly reachable: boolean
  readonly topics: readonly TopicStat[]
  readonly groups: readonly GroupStat[]
}

export const noStats: KafkaStats = { reachable: true, topics: [], groups: [] }

type KafkaQuestions = Pick<Admin, 'clusterId' | 'topicOffsets' | 'groupLags' | 'offsetsAt'>
type ByTopic = ReadonlyMap<string, readonly PartitionOffsets[]>

/** A topic that is not there is asked for again after this. */
const missingMs = 30_000
/** A process that has just begun learns by these times how old the records are. */
const seedSeconds = [86_400, 3_600, 600, 60, 10]

/** Measures topics and groups, and remembers what it takes to tell rates and ages. */
export class KafkaMeter {
  readonly #admin: KafkaQuestions
  readonly #watched: WatchedKafka
  readonly #timeoutMs: number
  readonly #missing = new Map<string, number>()
  readonly #ends = new Map<string, readonly EndSample[]>()
  readonly #totals = new Map<string, readonly TotalSample[]>()
  #last = noStats
  /** Kafka may take longer to fail than the figures are waited for. */
  #underWay: Promise<KafkaStats | undefined> | undefined

  /** @param timeoutMs how long the figures are waited for. */
  constructor(admin: KafkaQuestions, watched: WatchedKafka, timeoutMs: number) {
    this.#admin = admin
    this.#watched = watched
    this.#timeoutMs = timeoutMs
  }

  /** The figures; those of before, and not reachable, where Kafka does not tell within the time. */
  async measure(now: number): Promise<KafkaStats> {
    this.#underWay ??= this.#measure(now)
      .catch(() => undefined)
      .finally(() => {
        this.#underWay = undefined
      })
    const found = await within(this.#timeoutMs, this.#underWay)
    this.#last = found ?? { ...this.#last, reachable: false }
    return this.#last
  }

  async #measure(now: number): Promise<KafkaStats> {
    const { topics: watched } = this.#watched
    const names = Object.entries(watched).flatMap(([topic, dead]) =>
      dead === null ? [topic] : [topic, dead],
    )
    const offsets = names.length > 0 ? await this.#readOffsets([...new Set(names)], now) : await this.#ask()
    const byTopic: ByTopic = Map.groupBy(offsets, ({ topic }) => topic)
    await this.#seed(
      [...byTopic.keys()].filter((topic) => Object.hasOwn(watched, topic)),
      now,
    )
    for (const { topic, partition, end } of offsets) this.#note(topic, partition, { at: now, end })
    const groups = await this.#groupStats(byTopic, now)
    const topics = Object.entries(watched).flatMap(([topic, dead]) => {
      const own = byTopic.get(topic)
      return own ? [this.#topicStat(topic, own, { dead: byTopic.get(dead ?? '') ?? [], now })] : []
    })
    return { reachable: true, topics, groups }
  }

  /** Is Kafka there, when nothing of it is watched? */
  async #ask(): Promise<PartitionOffsets[]> {
    await this.#admin.clusterId()
    return []
  }

  /** The offsets of the topics that are there. */
  async #readOffsets(names: readonly string[], now: number): Promise<PartitionOffsets[]> {
    const wasMissing = (name: string) =>
      now - (this.#missing.get(name) ?? Number.NEGATIVE_INFINITY) <= missingMs
    let asked = names.filter((name) => !wasMissing(name))
    for (;;) {
      if (asked.length === 0) return this.#ask()
      try {
        return await this.#admin.topicOffsets(asked)
      } catch (error) {
        const topic = missingTopic(error)
        if (topic === undefined || !asked.includes(topic)) throw error
        this.#missing.set(topic, now)
        asked = asked.filter((name) => name !== topic)
      }
    }
  }

  /** When the records that are there came, roughly: else nobody would know it of what waits at the start. */
  async #seed(topics: readonly string[], now: number): Promise<void> {
    const fresh = topics.filter((topic) => !this.#ends.has(`${topic}:0`))
    if (fresh.length === 0) return
    for (const seconds of seedSeconds) {
      const at = now - seconds * 1_000
      for (const { topic, partition, offset: end } of await this.#admin.offsetsAt(fresh, at))
        this.#note(topic, partition, { at, end })
    }
  }

  #note(topic: string, partition: number, sample: EndSample): void {
    const key = `${topic}:${partition}`
    this.#ends.set(key, addSample(this.#ends.get(key) ?? [], sample))
  }

  #topicStat(
    topic: string,
    own: readonly PartitionOffsets[],
    { dead, now }: { readonly dead: readonly PartitionOffsets[]; readonly now: number },
  ): TopicStat {
    const total = own.reduce((sum, { end }) => sum + end, 0n)
    const samples = addTotal(this.#totals.get(topic) ?? [], { at: now, total })
    this.#totals.set(topic, samples)
    const messagesPerSecond = perSecond(samples)
    return { topic, partitions: own.length, messages: kept(own), messagesPerSecond, errors: kept(dead) }
  }

  /** Of the groups that have a topic which is there. */
  async #groupStats(byTopic: ByTopic, now: number): Promise<GroupStat[]> {
    const present = this.#watched.groups
      .map((group) => ({ ...group, topics: group.topics.filter((topic) => byTopic.has(topic)) }))
      .filter(({ topics }) => topics.length > 0)
    if (present.length === 0) return []
    const lags = await this.#admin.groupLags(
      present.map(({ group: groupId, topics }) => ({ groupId, topics })),
    )
    return present.map(({ group, service, topics }, n) => {
      const partitions = lags[n] ?? []
      const waiting = partitions.map((each) => this.#waitingOf(each, byTopic, now))
      const lag = partitions.reduce((sum, each) => sum + each.lag, 0)
      return { group, service, topics, lag, lagSeconds: Math.round(Math.max(0, ...waiting) * 10) / 10 }
    })
  }

  #waitingOf({ topic, partition, lag, committed }: PartitionLag, byTopic: ByTopic, now: number): number {
    if (lag === 0) return 0
    const start = byTopic.get(topic)?.find((each) => each.partition === partition)?.start ?? 0n
    const from = committed === undefined || committed < start ? start : committed
    return waitingSeconds(this.#ends.get(`${topic}:${partition}`) ?? [], from, now)
  }
}

function kept(offsets: readonly PartitionOffsets[]): number {
  return Number(offsets.reduce((sum, { start, end }) => sum + end - start, 0n))
}

function missingTopic(error: unknown): string | undefined {
  const isMissing = error instanceof KafkaError && ['unknownTopic', 'unauthorizedTopic'].includes(error.code)
  return isMissing ? error.topic : undefined
}
