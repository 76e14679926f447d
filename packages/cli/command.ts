import type { Target } from './target.ts'

export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Asks the user at the terminal; undefined: there is none. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
}

/** What a command works on. Its databases are closed after it. */
export interface Session {
  readonly targets: readonly Target[]
  readonly output: Output
  readonly json: boolean
  readonly environment: Environment
  /** Aborts when the user or the system ends the command. */
  readonly signal: AbortSignal
}

export type Environment = Readonly<Record<string, string | undefined>>

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const

/** The command was called with words that cannot work; the message says what to do. */
export class UsageError extends Error {}

/** The databases that have an outbox. @throws UsageError when none has. */
export function outboxes({ targets }: Session): readonly Target[] {
  const found = targets.filter((target) => target.outbox)
  if (found.length === 0)
    throw new UsageError(`No outbox in ${namesOf(targets)}: migrate the database first.`)
  return found
}

/** The databases that have an inbox. @throws UsageError when none has. */
export function inboxes({ targets }: Session): readonly Target[] {
  const found = targets.filter((target) => target.inbox)
  if (found.length === 0)
    throw new UsageError(`No inbox in ${namesOf(targets)}: no consumer keeps dead letters there.`)
  return found
}

/** The databases that have sagas. @throws UsageError when none has. */
export function sagaDatabases({ targets }: Session): readonly Target[] {
  const found = targets.filter((target) => target.saga)
  if (found.length === 0)
    throw new UsageError(`No sagas in ${namesOf(targets)}: no service runs sagas there.`)
  return found
}

/** The one database with an outbox that a command changes. @throws UsageError when there are several. */
export function oneOutbox(session: Session): Target {
  const [first, ...more] = outboxes(session)
  if (first === undefined || more.length > 0)
    throw new UsageError(`Say which outbox by --database: ${namesOf(outboxes(session))}.`)
  return first
}

function namesOf(targets: readonly Target[]): string {
  return targets.map(({ name }) => name).join(', ')
}

/** Prints text with a headline for each database when there are several. */
export function headline({ targets, output }: Session, target: Target): void {
  if (targets.length > 1) output.out(`${target.name}:`)
}
