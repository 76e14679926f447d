// For tests: one trip among participants that keep to the contract, on a network that delays, reorders and repeats.
import assert from 'node:assert/strict'
import { decide, decideLocal, newSaga } from './decide/decide.ts'
import type { Decision } from './decide/decision.ts'
import type { SagaEvent, SagaState } from './state.ts'
import { tripSaga } from './tripHarness.ts'

interface Message {
  readonly type: string
  readonly step: string
  readonly attempt: number
}

interface Participant {
  state: 'free' | 'booked' | 'cancelled'
  /** How often something was booked, and how often that was cancelled. */
  booked: number
  cancelled: number
  /** The last attempt at a cancellation that was refused. */
  refused: number
}

interface Words {
  readonly book: string
  readonly booked: string
  readonly full: string
  readonly cancelled: string
  /** Of a participant that may refuse to cancel. */
  readonly kept?: string
}

const words: Readonly<Record<string, Words>> = {
  flight: {
    book: 'BOOK_FLIGHT',
    booked: 'FLIGHT_BOOKED',
    full: 'FLIGHT_FULL',
    cancelled: 'FLIGHT_CANCELLED',
    kept: 'FLIGHT_KEPT',
  },
  hotel: { book: 'BOOK_HOTEL', booked: 'HOTEL_BOOKED', full: 'HOTEL_FULL', cancelled: 'HOTEL_CANCELLED' },
  car: { book: 'RENT_CAR', booked: 'CAR_RENTED', full: 'CAR_RENTED', cancelled: 'NEVER' },
}

export class TripWorld {
  state: SagaState
  readonly ends: string[] = []
  readonly #participants: Record<string, Participant> = {}
  #commands: Message[] = []
  #replies: Message[] = []
  readonly #lateOnce = new Set<string>()

  constructor(wantsCar: boolean) {
    this.state = newSaga(tripSaga, '0190b000-0000-7000-8000-000000000001', 'k')
    this.#on({ kind: 'started', input: { traveller: 'ada', wantsCar } })
  }

  participant(step: string): Participant {
    this.#participants[step] ??= { state: 'free', booked: 0, cancelled: 0, refused: 0 }
    return this.#participants[step]
  }

  /** One thing that happens, by three values of a generator. */
  happen(what: number, place: number, isUnwilling: boolean): void {
    if (what < 4) this.#serve(pick(this.#commands, place), isUnwilling)
    else if (what < 8) {
      const reply = pick(this.#replies, place)
      this.#deliver(reply)
      if (reply && what === 7) this.#replies.push(reply) // and once more, later
    } else if (what < 10) this.#timeOut(what === 9)
    else if (what === 10) this.#on({ kind: 'cancel', reason: { code: 'CUSTOMER_REQUEST' } })
    else this.#on({ kind: 'operator', command: isUnwilling ? 'compensate' : 'retry', note: 'test' })
  }

  /** Everything under way arrives, and timers fire, until nothing happens any more. */
  quiet(): void {
    for (let round = 0; round < 50; round++) {
      while (this.#commands.length + this.#replies.length > 0) {
        const [commands, replies] = [this.#commands, this.#replies]
        this.#commands = []
        this.#replies = []
        for (const command of commands) this.#serve(command, false)
        for (const reply of replies) this.#deliver(reply)
      }
      if (this.state.outstanding === null) return
      this.#timeOut()
    }
  }

  #on(event: SagaEvent): void {
    this.#take(decide(tripSaga, this.state, event))
  }

  #take(decision: Decision): void {
    this.state = decision.state
    for (const { type, payload } of decision.commands)
      if (type !== 'SEND_MAIL')
        this.#commands.push({ type, step: String(payload.step), attempt: Number(payload.attempt) })
    for (const effect of decision.effects) {
      if (effect.kind === 'hook') this.ends.push(effect.hook)
      else {
        this.#take(decideLocal(tripSaga, this.state, effect, undefined))
        return
      }
    }
    this.#checkDeadline(decision)
  }

  #checkDeadline({ timer, history }: Decision): void {
    const { status, outstanding } = this.state
    const isUnderWay = status === 'running' || status === 'compensating'
    assert.equal(isUnderWay, outstanding !== null, 'ended, or waits for something')
    if (history.length > 0 && isUnderWay) assert.notEqual(timer, null, 'and not for ever')
  }

  /**
   * By contract: idempotent by saga and step, a tombstone for what was cancelled before it was booked, and no cancellation by
   * an attempt that was told that there is none, nor by one before it.
   */
  #serve(command: Message | undefined, isUnwilling: boolean): void {
    if (command === undefined) return
    const { type, step, attempt } = command
    const word = words[step] ?? assert.fail(step)
    const it = this.participant(step)
    const reply =
      type === word.book ? book(it, word, isUnwilling) : cancel(it, word, { attempt, isUnwilling })
    this.#replies.push({ type: reply, step, attempt })
  }

  /** As the edge does it: what was late before is not treated again. */
  #deliver(reply: Message | undefined): void {
    if (reply === undefined) return
    const { type, step, attempt } = reply
    const { outstanding } = this.state
    const isAwaited = outstanding?.step === step && outstanding.attempt === attempt && !outstanding.answered
    const place = `${step} ${attempt} ${type}`
    if (!isAwaited && this.#lateOnce.has(place)) return
    const decision = decide(tripSaga, this.state, { kind: 'reply', ...reply, data: { booking: 'b' } })
    if (decision.late) this.#lateOnce.add(place)
    this.#take(decision)
  }

  #timeOut(withheld = false): void {
    const { outstanding } = this.state
    if (outstanding === null) return
    const { step, attempt } = outstanding
    this.#on({ kind: 'timedOut', step, attempt, withheld })
  }
}

function book(it: Participant, { booked, full }: Words, isFull: boolean): string {
  if (it.state === 'cancelled') return 'CANCELLED'
  if (it.state === 'booked') return booked
  if (isFull && full !== booked) return full
  it.state = 'booked'
  it.booked += 1
  return booked
}

function cancel(
  it: Participant,
  { cancelled, kept }: Words,
  { attempt, isUnwilling }: { readonly attempt: number; readonly isUnwilling: boolean },
): string {
  if (kept && it.state === 'booked' && (isUnwilling || attempt <= it.refused)) {
    it.refused = Math.max(it.refused, attempt)
    return kept
  }
  if (it.state === 'booked') it.cancelled += 1
  it.state = 'cancelled'
  return cancelled
}

function pick(from: Message[], place: number): Message | undefined {
  return from.splice(place % Math.max(from.length, 1), 1)[0]
}
