import { KafkaError } from '@relevo/kafka'
import type { Hold } from '../operate/topicHolds.ts'
import type { WaitingKeys } from '../operate/waitingKeys.ts'
import type { EventError, PublishResult } from './publishEvents.ts'

/** How long an acknowledgement shows that the cluster as a whole is well, in milliseconds. */
const proofMs = 60_000

/**
 * Decides whether events are set aside for the trouble of their topics, or the whole lane waits. When every topic is in
 * trouble, as with most brokers lost, setting aside would copy the backlog and help nobody; so it takes a sign that
 * others go on: an acknowledgement since the trouble began, or events of other topics behind.
 */
export class HoldJudge {
  readonly #waiting: WaitingKeys
  readonly #mostUnproven: number
  #acknowledgedAt = Number.NEGATIVE_INFINITY
  /** Events set aside since. */
  #unproven = 0

  /** @param mostUnproven events set aside without an acknowledgement in between. */
  constructor(waiting: WaitingKeys, mostUnproven: number) {
    this.#waiting = waiting
    this.#mostUnproven = mostUnproven
  }

  /** Kafka has acknowledged an event. */
  acknowledge(): void {
    this.#acknowledgedAt = performance.now()
    this.#unproven = 0
  }

  /** @returns the trouble that the lane waits for, unless the events may be set aside. */
  async judge(
    { acknowledged, refused, behind }: PublishResult,
    othersWait: (topics: readonly string[]) => Promise<boolean> = async () => false,
  ): Promise<Error | undefined> {
    const fresh = refused.filter(({ error }) => error.scope !== 'record')
    const joining = behind.flatMap((event) => this.#waiting.holdOfKey(event) ?? [])
    const error = fresh[0]?.error ?? joining[0]?.error
    if (error === undefined) return undefined
    const events = fresh.length + behind.length
    if (!this.#waiting.hasRoom(events)) return troubleOf(error)
    const holds = [...fresh.map(({ event }) => this.#waiting.holdOf(event)), ...joining]
    if (acknowledged.length > 0 || this.#isProven(new Set(holds))) return undefined
    if (this.#unproven + events > this.#mostUnproven) return troubleOf(error)
    const topics = new Set(fresh.map(({ event }) => event.topic))
    for (const { topic } of this.#waiting.holds) topics.add(topic)
    if (!(await othersWait([...topics]))) return troubleOf(error)
    this.#unproven += events
    return undefined
  }

  /** Has anything been acknowledged since all of these were known, and of late? @param holds undefined is a new one. */
  #isProven(holds: ReadonlySet<Hold | undefined>): boolean {
    if (performance.now() > this.#acknowledgedAt + proofMs) return false
    return [...holds].every((hold) => hold !== undefined && hold.knownAt < this.#acknowledgedAt)
  }
}

function troubleOf({ code, message, topic, scope }: EventError): Error {
  if (code === 'unencodable') return new Error(message)
  return new KafkaError(code, message, { topic, scope })
}
