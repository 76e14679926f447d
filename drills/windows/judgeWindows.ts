/** A rebuild, as the database of the analytics has it. */
export interface Rebuild {
  readonly id: string
  readonly requested_at: string
  readonly ended_at: string | null
  readonly error: string | null
  /** Events that had been counted otherwise. */
  readonly corrected: number
  readonly read: number
}

/** A report of a window that had been closed before. */
export interface Revision {
  readonly window_start: string
  readonly revision: number
}

/** The first report of a window; in milliseconds since 1970. */
export interface ClosedWindow {
  readonly ends_at: number
  readonly closed_at: number
  readonly events: number
}

/** 30 s of grace, and 5 s. */
const closesWithinMs = 35_000

/** What a rebuild under load should not have done, each as a sentence. */
export function judgeRebuild(rebuild: Rebuild, revisions: readonly Revision[]): string[] {
  const { error, corrected, read } = rebuild
  const [first] = revisions
  return [
    ...(error === null ? [] : [`the rebuild says: ${error}`]),
    ...(read > 0 ? [] : ['the rebuild read nothing, so nothing was shown']),
    ...(corrected === 0 ? [] : [`the rebuild counted ${corrected} events otherwise`]),
    ...(first
      ? [
          `${revisions.length} reports of closed windows were revised, the first that of ${first.window_start}`,
        ]
      : []),
  ]
}

/**
 * Whether each window closed in time, and whether there was one that ended under load and one that ended without.
 * @returns what does not hold, each as a sentence.
 */
export function judgeClosing(
  windows: readonly ClosedWindow[],
  { loadBeganAt, loadEndedAt }: { readonly loadBeganAt: number; readonly loadEndedAt: number },
): string[] {
  const late = windows.filter(({ ends_at, closed_at }) => closed_at - ends_at > closesWithinMs)
  const underLoad = windows.filter(
    ({ ends_at, events }) => ends_at > loadBeganAt && ends_at + closesWithinMs <= loadEndedAt && events > 0,
  )
  return [
    ...late.map(({ ends_at, closed_at }) => {
      const seconds = ((closed_at - ends_at) / 1_000).toFixed(1)
      return `the window that ended at ${new Date(ends_at).toISOString()} was closed after ${seconds} s`
    }),
    ...(underLoad.length > 0 ? [] : ['no window was closed under load']),
    ...(windows.some(({ ends_at }) => ends_at > loadEndedAt) ? [] : ['no window was closed without traffic']),
  ]
}
