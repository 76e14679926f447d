import { KafkaError } from '@relevo/kafka'
import type { Hold } from '../operate/topicHolds.ts'
import type { WaitingKeys } from '../operate/waitingKeys.ts'
import type { EventError, PublishResult } from './publishEvents.ts'

/** How long an acknowledgement counts as evidence that the cluster as a whole works, in milliseconds. */
const proofMs = 60_000

/**
 * Decides whether events of failing topics are set aside, or the whole lane waits. If every topic
 * fails, for example because most brokers are lost, setting aside would only copy the backlog; so it takes evidence that
 * other topics work: an acknowledgement since the failure began, or waiting events of other topics.
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
