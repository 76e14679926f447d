import type { AlertKind, Cause } from './causes.ts'

/** An alert that is open. Times are milliseconds since 1970. */
export interface OpenAlert {
  readonly cause: Cause
  readonly openedAt: number
  /** Since when its cause is not to be seen; undefined: it is. */
  readonly clearSince: number | undefined
}

/** What is known of alerts from one look to the next. */
export interface AlertBook {
  readonly open: ReadonlyMap<string, OpenAlert>
  /** Causes that have no alert yet, with when they were first seen. */
  readonly pending: ReadonlyMap<string, number>
  /** When causes that others may follow from were last seen. */
  readonly lastSeen: ReadonlyMap<string, number>
}

export const emptyBook: AlertBook = { open: new Map(), pending: new Map(), lastSeen: new Map() }

export interface AlertChanges {
  readonly book: AlertBook
  readonly opened: readonly OpenAlert[]
  readonly resolved: readonly OpenAlert[]
}

interface Patience {
  /**
   * How long a cause has to last before there is an alert, in pauses between two looks, and to be gone before
   * that is resolved.
   */
  readonly open: number
  readonly resolve: number
}

/**
 * Servers first: what follows from them must not be there before them. The standing of a service is steady by
 * itself.
 */
const patience: Readonly<Record<AlertKind, Patience>> = {
  postgres_down: { open: 1, resolve: 2 },
  kafka_down: { open: 1, resolve: 2 },
  service_down: { open: 0, resolve: 0 },
  late_delivery: { open: 4, resolve: 5 },
  processing_errors: { open: 6, resolve: 5 },
  dead_letters: { open: 0, resolve: 3 },
  failed_orders: { open: 0, resolve: 0 },
  low_stock: { open: 0, resolve: 15 },
}

/** For how long what follows from a cause is still put down to it when that is over. */
const lingering = 15

/** When it is, and the pause between two looks, in milliseconds. */
export interface LookTime {
  readonly now: number
  readonly everyMs: number
}
const rootKinds: ReadonlySet<AlertKind> = new Set(['postgres_down', 'kafka_down', 'service_down'])

/**
 * Opens and resolves alerts by what is wrong now. A cause has one alert, however often it comes and goes
 * within its patience. What follows from another cause gets no alert; one that it has stays as it is until
 * that cause is over.
 */
export function advanceAlerts(before: AlertBook, causes: readonly Cause[], time: LookTime): AlertChanges {
  const { now, everyMs } = time
  const lastSeen = seenRoots(before, causes, time)
  const isExplained = ({ follows }: Pick<Cause, 'follows'>) => follows.some((key) => lastSeen.has(key))
  const present = new Map(causes.map((cause) => [cause.key, cause]))
  const due = causes.filter((cause) => !before.open.has(cause.key) && !isExplained(cause))
  const pending = new Map(due.map(({ key }) => [key, before.pending.get(key) ?? now]))
  const opened = due
    .filter(({ key, kind }) => now - (pending.get(key) ?? now) >= patience[kind].open * everyMs)
    .map((cause): OpenAlert => ({ cause, openedAt: pending.get(cause.key) ?? now, clearSince: undefined }))
  const kept = [...before.open.values()].map((alert) => keep(alert, present, isExplained, now))
  const isOver = ({ cause, clearSince }: OpenAlert) =>
    clearSince !== undefined && now - clearSince >= patience[cause.kind].resolve * everyMs
  const resolved = kept.filter(isOver)
  const open = [...kept.filter((alert) => !isOver(alert)), ...opened]
  for (const { cause } of opened) pending.delete(cause.key)
  const book = { open: new Map(open.map((alert) => [alert.cause.key, alert])), pending, lastSeen }
  return { book, opened, resolved }
}

function seenRoots(
  { lastSeen }: AlertBook,
  causes: readonly Cause[],
  { now, everyMs }: LookTime,
): Map<string, number> {
  const lasting = [...lastSeen].filter(([, at]) => now - at < lingering * everyMs)
  const isRoot = ({ kind, key }: Cause) => rootKinds.has(kind) || key.startsWith('not_ready:')
  const seen = causes.filter(isRoot).map(({ key }) => [key, now] as const)
  return new Map([...lasting, ...seen])
}

/** While its cause is explained by another, nobody can tell whether it is over. */
function keep(
  alert: OpenAlert,
  present: ReadonlyMap<string, Cause>,
  isExplained: (cause: Cause) => boolean,
  now: number,
): OpenAlert {
  const cause = present.get(alert.cause.key)
  if (cause !== undefined) return { ...alert, cause, clearSince: undefined }
  if (isExplained(alert.cause)) return { ...alert, clearSince: undefined }
  return { ...alert, clearSince: alert.clearSince ?? now }
}
