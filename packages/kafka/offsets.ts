import { check } from './brokerCodes.ts'
import { answerTo } from './connections.ts'
import { listOffsetsV7 } from './platformatic.ts'
import type { Session } from './session.ts'

export interface PartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

export interface PartitionOffsets {
  readonly topic: string
  readonly partition: number
  /** Offset of the first record that is still there. */
  readonly start: bigint
  /** Offset behind the last record that a consumer gets: records of transactions that are not over are not counted. */
  readonly end: bigint
}

/** The offset, or the nearest one that the partition has or will have next. */
export function nearestOffset(offset: bigint, { start, end }: PartitionOffsets): bigint {
  if (offset < start) return start
  return offset > end ? end : offset
}

const earliest = -2n
const latest = -1n
const readCommitted = 1

/** Start and end of every partition, by topic and partition. Errors: KafkaError. */
export async function readOffsets(session: Session, topics: readonly string[]): Promise<PartitionOffsets[]> {
  const places = await findPlaces(session, topics)
  const starts = await listOffsets(session, places, earliest)
  const ends = await listOffsets(session, places, latest)
  const endOf = new Map(ends.map(({ topic, partition, offset }) => [`${topic}:${partition}`, offset]))
  return starts.map(({ topic, partition, offset: start }) => {
    return { topic, partition, start, end: endOf.get(`${topic}:${partition}`) ?? start }
  })
}

/** Offset of the first record of each partition from a time on; its end when there is none. Errors: KafkaError. */
export async function readOffsetsAt(
  session: Session,
  topics: readonly string[],
  timeMs: number,
): Promise<PartitionOffset[]> {
  const places = await findPlaces(session, topics)
  const found = await listOffsets(session, places, BigInt(Math.max(0, Math.floor(timeMs))))
  const ends = await listOffsets(session, places, latest)
  return found.map((place, i) => (place.offset < 0n ? (ends[i] as PartitionOffset) : place))
}

type Place = Pick<PartitionOffset, 'topic' | 'partition'>

/** The partitions of topics, as the brokers know them now. */
async function findPlaces({ cluster }: Session, names: readonly string[]): Promise<Place[]> {
  const topics = await cluster.topics(names, 0)
  return names.flatMap((topic) => {
    check(topics.get(topic)?.errorCode ?? 3, `Topic ${topic} cannot be read`, topic)
    return [...(topics.get(topic)?.leaders.keys() ?? [])].map((partition) => ({ topic, partition }))
  })
}

async function listOffsets(
  { cluster, connections }: Session,
  places: readonly Place[],
  timestamp: bigint,
): Promise<PartitionOffset[]> {
  const byLeader = Map.groupBy(places, ({ topic, partition }) => cluster.leader(topic, partition))
  const answers = await Promise.all(
    [...byLeader].map(async ([leader, here]) => {
      if (!leader) return check(5, `Topic ${here[0]?.topic} cannot be read`, here[0]?.topic) ?? []
      const asked = [...Map.groupBy(here, ({ topic }) => topic)].map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ partition: partitionIndex }) => {
          return { partitionIndex, currentLeaderEpoch: -1, timestamp }
        }),
      }))
      const connection = await connections.to(leader)
      const work = listOffsetsV7.api.async(connection, -1, readCommitted, asked)
      const { topics: answered } = await answerTo(work, 'The offsets cannot be read')
      return answered.flatMap(({ name: topic, partitions }) =>
        partitions.map(({ partitionIndex: partition, errorCode, offset }) => {
          check(errorCode, `The offsets of topic ${topic} cannot be read`, topic)
          return { topic, partition, offset }
        }),
      )
    }),
  )
  return answers.flat().sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
}
