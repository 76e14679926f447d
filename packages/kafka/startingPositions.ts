import type { KafkaConfig } from './config.ts'
import { readCommitted } from './groups.ts'
import { readOffsets } from './offsets.ts'
import type { OwnedPartition } from './ownedPartition.ts'
import type { Session } from './session.ts'

/**
 * Sets the starting offsets of partitions: the group's committed ones, else their starts. Committed offsets carry the id of their
 * topic; those of a deleted topic do not apply to a new one of the same name. Errors: KafkaError.
 */
export async function setStartingPositions(
  session: Session,
  config: KafkaConfig,
  groupId: string,
  places: readonly OwnedPartition[],
): Promise<void> {
  const committed = await readCommitted(session, groupId)
  const atStart: OwnedPartition[] = []
  for (const place of places) {
    const { topic, partition, topicId } = place
    const found = committed.get(`${topic}:${partition}`)
    if (found && (found.topicId === '' || found.topicId === topicId)) place.position = found.offset
    else atStart.push(place)
    if (found && place.position === undefined) {
      const facts = { groupId, topic, partition, oldId: found.topicId }
      config.logger?.warn(facts, 'the topic was deleted and made anew: its records are read from the start')
    }
  }
  await moveToStart(session, atStart)
}

/** Moves partitions to their first records. Errors: KafkaError. */
export async function moveToStart(session: Session, places: readonly OwnedPartition[]): Promise<void> {
  if (places.length === 0) return
  const offsets = await readOffsets(session, [...new Set(places.map(({ topic }) => topic))])
  for (const place of places) {
    const found = offsets.find(
      ({ topic, partition }) => topic === place.topic && partition === place.partition,
    )
    place.position = found?.start ?? place.position
  }
}
