import { check } from './brokerCodes.ts'
import { fetchMetadata } from './clusterMetadata.ts'
import { readCommitted } from './groups.ts'
import { readOffsets } from './offsets.ts'
import { patiently, type Session } from './session.ts'

/** The partitions of a member, by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>

/**
 * The topics, by Kafka's id of each (KIP-516), that the positions of a group's member belong to. Offsets say nothing of a topic that
 * was deleted and made anew under the same name: fetches go on behind as many of its records as the old one had.
 */
export interface Positions {
  /** A member joined, so that its positions are what the group has committed. */
  joined(assignment: Assignment): void
  /** The id to commit offsets with. Undefined when the topic is another by now: the position was moved to its start. */
  current(topic: string, partition: number): Promise<string | undefined>
}

/** @param seek moves the position of a partition. */
export function createPositions(
  session: Session,
  groupId: string,
  seek: (topic: string, partition: number, start: bigint, oldId: string) => void,
): Positions {
  let assigned: Assignment = {}
  let ids: Promise<Map<string, string>> | undefined

  function joined(assignment: Assignment): void {
    assigned = assignment
    ids = undefined
    known().catch(() => undefined) // asked again by `current`
  }

  function known(): Promise<Map<string, string>> {
    const reading = ids ?? readIds(session, groupId, assigned)
    ids = reading
    reading.catch(() => {
      if (ids === reading) ids = undefined
    })
    return reading
  }

  async function current(topic: string, partition: number): Promise<string | undefined> {
    const idOf = await known()
    const place = `${topic}:${partition}`
    const now = await topicId(session, topic, partition)
    const before = idOf.get(place) ?? now
    if (now === before) return now
    const starts = await readOffsets(session, [topic])
    const start = starts.find((offsets) => offsets.partition === partition)?.start ?? 0n
    idOf.set(place, now)
    seek(topic, partition, start, before)
    return undefined
  }

  return { joined, current }
}

/** Committed offsets carry the id of their topic; others are taken for those of the topic that is there. */
async function readIds(
  session: Session,
  groupId: string,
  assigned: Assignment,
): Promise<Map<string, string>> {
  return patiently(async () => {
    const committed = await readCommitted(session, groupId)
    const answer = await session.cluster.refresh(Object.keys(assigned))
    const ids = new Map<string, string>()
    for (const { name, errorCode, topicId: id } of answer.topics) {
      for (const partition of assigned[name ?? ''] ?? []) {
        const place = `${name}:${partition}`
        const committedFor = committed.get(place)?.topicId
        if (committedFor) ids.set(place, committedFor)
        else if (errorCode === 0) ids.set(place, id)
      }
    }
    return ids
  })
}

/** What the partition's leader says, which is the one that the records came from. */
function topicId(session: Session, topic: string, partition: number): Promise<string> {
  const message = `Topic ${topic} cannot be consumed`
  return patiently(async () => {
    const { cluster, connections } = session
    await cluster.topics([topic], 60_000)
    const leader = cluster.leader(topic, partition)
    if (!leader) cluster.forget(topic)
    const asked = leader && (await fetchMetadata(await connections.to(leader), [topic])).topics[0]
    check(asked?.errorCode ?? 5, message, topic)
    return asked?.topicId ?? ''
  })
}
