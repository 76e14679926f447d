/** A partition that the service consumes. */
export interface PartitionState {
  readonly topic: string
  readonly partition: number
  /** The latest time of its events; undefined before the first. */
  readonly eventTime: Date | undefined
  /** When a record of it was last taken, or first seen to wait. */
  readonly movedAt: Date
  /** Whether records of it wait to be taken. */
  readonly behind: boolean
}

export interface Watermark {
  /** Every event before it has been counted, as far as can be known; undefined while a partition is not read at all. */
  readonly at: Date | undefined
  /** Partitions that are behind and have not moved for so long that nobody waits for them. */
  readonly stuck: readonly PartitionState[]
}

/**
 * The least of the partitions that are not idle. A partition of which everything is taken is idle: whatever comes to it now
 * was sent after `now`. One that is behind holds the windows open, but not for ever when it does not move.
 */
export function leastWatermark(
  partitions: readonly PartitionState[],
  { now, holdMs, since }: { readonly now: Date; readonly holdMs: number; readonly since: Date },
): Watermark {
  const moved = ({ movedAt }: PartitionState) => Math.max(movedAt.getTime(), since.getTime())
  const behind = partitions.filter((each) => each.behind)
  const stuck = behind.filter((each) => moved(each) + holdMs <= now.getTime())
  const holding = behind.filter((each) => !stuck.includes(each))
  const times = holding.map(({ eventTime }) => eventTime?.getTime() ?? Number.NEGATIVE_INFINITY)
  const least = Math.min(now.getTime(), ...times)
  return { at: Number.isFinite(least) ? new Date(least) : undefined, stuck }
}
