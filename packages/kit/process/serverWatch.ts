import { setTimeout as delay } from 'node:timers/promises'
import type { Health, Hinders } from '../http/health.ts'
import { ServiceError } from '../serviceError.ts'
import type { Logger } from './logger.ts'

/** A server that a service cannot work without. */
export interface NeededServer {
  /** Names its readiness check. */
  readonly name: string
  /** For people, with its address: `Kafka at 127.0.0.1:9092`. */
  readonly label: string
  readonly hinders: Hinders
  /** The variables that say where it is, and those of the credentials. */
  readonly variables: { readonly address: string; readonly credentials: string }
  /** Rejects with the reason when the service cannot work with it now. */
  ask(): Promise<unknown>
  /** Whether the reason is that it refuses the credentials. */
  isRefused(error: unknown): boolean
}

interface Host {
  readonly logger: Logger
  readonly health: Health
  readonly signal: AbortSignal
  fail(error: unknown): void
}

/** Why a server cannot be used; `unreachable` too when it answers what makes no sense of it. */
export interface Trouble {
  readonly kind: 'unauthenticated' | 'unreachable'
  readonly reason: string
}

/** Below the bound of a readiness check. */
const probeMs = 1_500
const firstWordMs = 4_000
const trustMs = 500
const pauseMs = { well: 5_000, troubled: 1_000 }
/** A group is joined and left again while one broker of several refuses: a refusal is over when none follows it. */
const calmMs = 10_000

/**
 * Asks for the server until the service stops: it is part of the readiness, one line in the log tells that it is away and one that it
 * is back, and the service fails when its credentials were refused for `refusedMs`. Started again, it has those of then.
 */
export function watchServer(server: NeededServer, host: Host, refusedMs: number): void {
  const question = createQuestion(server)
  const check = async () => {
    const trouble = await question.ask(probeMs)
    return trouble && `${trouble.kind}: ${trouble.reason}`
  }
  host.health.addReadiness(server.name, check, server.hinders)
  void keepAsking(server, host, refusedMs, question)
}

interface Question {
  ask(ms: number): Promise<Trouble | undefined>
  /** Milliseconds since the last answer, if the server was well then and is not being asked. */
  wellForMs(): number | undefined
}

/** One question at a time, however many ask; its answer is trusted for a moment, and a trouble until the next answer is there. */
function createQuestion(server: NeededServer): Question {
  let trouble: Trouble | undefined
  let asked: { answer: Promise<Trouble | undefined>; endedAt: number } | undefined
  const ask = async (ms: number) => {
    if (asked === undefined || performance.now() - asked.endedAt > trustMs) {
      const current = { answer: answerOf(server), endedAt: Number.POSITIVE_INFINITY }
      void current.answer.then((answer) => {
        trouble = answer
        current.endedAt = performance.now()
      })
      asked = current
    }
    return within(ms, asked.answer, () => trouble)
  }
  const wellForMs = () => {
    if (trouble !== undefined || asked === undefined || !Number.isFinite(asked.endedAt)) return undefined
    return performance.now() - asked.endedAt
  }
  return { ask, wellForMs }
}

async function answerOf(server: NeededServer): Promise<Trouble | undefined> {
  try {
    await server.ask()
    return undefined
  } catch (error) {
    return { kind: server.isRefused(error) ? 'unauthenticated' : 'unreachable', reason: reasonOf(error) }
  }
}

async function within(
  ms: number,
  answer: Promise<Trouble | undefined>,
  before: () => Trouble | undefined,
): Promise<Trouble | undefined> {
  const bound = new AbortController()
  const late = async (): Promise<Trouble> => {
    await delay(ms, undefined, { signal: bound.signal })
    return before() ?? { kind: 'unreachable', reason: `no answer within ${ms} ms` }
  }
  const first = await Promise.race([answer, late().catch(() => undefined)])
  bound.abort()
  return first
}

async function keepAsking(
  server: NeededServer,
  { logger, signal, fail }: Host,
  refusedMs: number,
  { ask, wellForMs }: Question,
): Promise<void> {
  let told: Trouble['kind'] | undefined
  let refusal: Refusal | undefined
  while (!signal.aborted) {
    const trouble = await ask(firstWordMs)
    if (signal.aborted) return
    if (trouble?.kind !== told) tell(server, logger, trouble)
    told = trouble?.kind
    refusal = refusalAfter(trouble, refusal, performance.now())
    if (trouble && refusal && refusal.last - refusal.since >= refusedMs)
      return fail(refusedFor(server, refusedMs, trouble))
    const pause = Math.min(trouble ? pauseMs.troubled : pauseMs.well, Math.max(refusedMs / 4, 100))
    await rest(pause, trouble ? () => undefined : wellForMs, signal)
  }
}

/** The answer to a readiness check counts, too: where those come more often, nothing else is asked. */
async function rest(pause: number, wellForMs: Question['wellForMs'], signal: AbortSignal): Promise<void> {
  for (let leftMs = pause; leftMs > 0 && !signal.aborted; leftMs = pause - (wellForMs() ?? pause))
    await delay(leftMs, undefined, { signal }).catch(() => undefined)
}

/** When it was first and last refused, on the clock of `performance`. */
interface Refusal {
  readonly since: number
  readonly last: number
}

/** The refusal that goes on with this answer; undefined when there is none. */
export function refusalAfter(
  trouble: Trouble | undefined,
  before: Refusal | undefined,
  now: number,
): Refusal | undefined {
  if (trouble?.kind === 'unauthenticated') return { since: before?.since ?? now, last: now }
  return before && now - before.last > calmMs ? undefined : before
}

function tell(server: NeededServer, logger: Logger, trouble: Trouble | undefined): void {
  const { name, label, variables } = server
  if (trouble === undefined) {
    logger.info({ server: name }, `${label} answers again`)
  } else if (trouble.kind === 'unauthenticated') {
    const advice = `Correct ${variables.credentials}, or the account there; it is tried again until then`
    logger.warn(
      { server: name, ...trouble },
      `${label} refuses the credentials (${trouble.reason}). ${advice}`,
    )
  } else {
    const advice = `Start it, or correct ${variables.address}; it is tried again until then`
    logger.warn({ server: name, ...trouble }, `${label} cannot be reached (${trouble.reason}). ${advice}`)
  }
}

function refusedFor(
  { label, variables }: NeededServer,
  refusedMs: number,
  { reason }: Trouble,
): ServiceError {
  return new ServiceError(
    'credentialsRefused',
    `${label} has refused the credentials for ${refusedMs / 1_000} s (${reason}). ` +
      `Correct ${variables.credentials}, or the account there, and start the service again`,
  )
}

/** The innermost reason, which is the one that tells something: what the system or the server said. */
function reasonOf(error: unknown): string {
  let reason = String(error)
  for (let e: unknown = error; e instanceof Error; e = e.cause ?? firstOf(e)) reason = e.message || reason
  return reason
}

function firstOf(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : undefined
}
