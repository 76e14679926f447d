import type { Admin, PartitionOffset } from '@relevo/kafka'
import { ServiceError } from '@relevo/kit'
import type { ResetPreview } from '../shapes.ts'

export const resetPlaces = ['beginning', 'end', 'time'] as const

export interface Reset {
  readonly group: string
  readonly topic: string
  /** Where the group is to go on. */
  readonly to: (typeof resetPlaces)[number]
  readonly time?: string | undefined
}

type Questions = Pick<
  Admin,
  'committedOffsets' | 'topicOffsets' | 'offsetsAt' | 'describeGroup' | 'setGroupOffsets'
>

interface PlannedOffset extends PartitionOffset {
  readonly committed: bigint | undefined
}

/** What a reset would do: how much would be consumed again, and how much never. */
export async function previewReset(admin: Questions, reset: Reset): Promise<ResetPreview> {
  const [planned, { members }] = await Promise.all([
    planReset(admin, reset),
    admin.describeGroup(reset.group),
  ])
  const partitions = planned.map(({ partition, committed, offset }) => {
    const moved = committed === undefined ? 0 : Number(offset - committed)
    return {
      partition,
      committed: committed === undefined ? null : Number(committed),
      target: Number(offset),
      again: Math.max(0, -moved),
      skipped: Math.max(0, moved),
    }
  })
  const sum = (of: 'again' | 'skipped') => partitions.reduce((total, each) => total + each[of], 0)
  return { members: members.length, again: sum('again'), skipped: sum('skipped'), partitions }
}

/** Sets where a group without members goes on. @returns in how many partitions. */
export async function resetGroup(admin: Questions, reset: Reset): Promise<number> {
  const planned = await planReset(admin, reset)
  const offsets = planned.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
  await admin.setGroupOffsets(reset.group, offsets)
  return planned.length
}

async function planReset(admin: Questions, { group, topic, to, time }: Reset): Promise<PlannedOffset[]> {
  const committed = (await admin.committedOffsets(group)).filter((each) => each.topic === topic)
  if (committed.length === 0)
    throw new ServiceError('notFound', `The group ${group} has no offsets of the topic ${topic}.`)
  const of = ({ partition }: { readonly partition: number }) =>
    committed.find((each) => each.partition === partition)?.offset
  if (to === 'time') {
    if (time === undefined) throw new ServiceError('invalidRequest', 'Say to which time.')
    const found = await admin.offsetsAt([topic], Date.parse(time))
    return found.map((place) => ({ ...place, committed: of(place) }))
  }
  return (await admin.topicOffsets([topic])).map(({ partition, start, end }) => {
    return { topic, partition, offset: to === 'end' ? end : start, committed: of({ partition }) }
  })
}
