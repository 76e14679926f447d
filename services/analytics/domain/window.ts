const minuteMs = 60_000

/** The start of the window that contains the time. Windows are half-open and aligned to the epoch, whatever the time zone. */
export function windowStart(time: Date, minutes: number): Date {
  const length = minutes * minuteMs
  return new Date(Math.floor(time.getTime() / length) * length)
}

/** The end of the window that begins there: the start of the next. */
export function windowEnd(start: Date, minutes: number): Date {
  return new Date(start.getTime() + minutes * minuteMs)
}

export interface Clocks {
  /** When the event says that it was recorded. */
  readonly eventTime: Date
  /** When its record was sent. */
  readonly recordTime: Date
  /** Now, by the database. */
  readonly now: Date
}

/**
 * The time that an event counts at. An event cannot have been recorded after it was sent: one that claims so, by more than
 * the clocks may differ, counts when its record was sent. The record's time is the same at each reading, so that a rebuild
 * counts it in the same window.
 */
export function countedAt(
  { eventTime, recordTime, now }: Clocks,
  skewMs: number,
): { readonly at: Date; readonly clamped: boolean } {
  const sent = recordTime < now ? recordTime : now
  const clamped = eventTime.getTime() > sent.getTime() + skewMs
  return { at: clamped ? sent : eventTime, clamped }
}
