import { isDeepStrictEqual } from 'node:util'
import type { Answer, Command, Decision, Processed } from './command.ts'
import {
  addReserved,
  type Draft,
  keep,
  leaveTombstone,
  moveStock,
  productOf,
  type Stocked,
  startDraft,
} from './draft.ts'
import type { Movement } from './movement.ts'
import { availableOf, type Product } from './product.ts'
import type { Line, OrderItem, Refusal, Reservation, ReservationState, Shortage } from './reservation.ts'
import { exceedsLimit, isRefusal, resolveItems } from './resolveItems.ts'

/** What a batch of commands comes to. */
export interface Decided {
  /** One for each command, in their order. */
  readonly decisions: readonly Decision[]
  /** Those that differ from what they were, in the order of their numbers. */
  readonly products: readonly Product[]
  readonly reservations: readonly Reservation[]
  /** The reservations of every order of the batch. */
  readonly all: readonly Reservation[]
  readonly movements: readonly Movement[]
  /** The last command that has changed the numbers of a product. */
  readonly changedBy: ReadonlyMap<number, Command>
}

/**
 * Decides commands one after the other on the rows that are locked: each gets what those before it have left, so that
 * none is refused while there are units that nobody else has.
 */
export function decideBatch(stocked: Stocked, commands: readonly Command[]): Decided {
  const draft = startDraft(stocked)
  const decisions = commands.map((command): Decision => ({ command, ...decide(draft, command) }))
  const before = new Map(stocked.products.map((product) => [product.id, product]))
  const kept = new Map(stocked.reservations.map((reservation) => [reservation.orderId, reservation]))
  return {
    decisions,
    products: [...draft.products.values()]
      .filter((product) => isMoved(before.get(product.id), product))
      .sort((a, b) => a.id - b.id),
    reservations: [...draft.reservations.values()].filter((each) => kept.get(each.orderId) !== each),
    all: [...draft.reservations.values()],
    movements: draft.movements,
    changedBy: draft.changedBy,
  }
}

function isMoved(before: Product | undefined, { stock, reserved }: Product): boolean {
  return before?.stock !== stock || before.reserved !== reserved
}

type Outcome = Omit<Decision, 'command'>

function decide(draft: Draft, command: Command): Outcome {
  draft.command = command
  const known = draft.reservations.get(command.orderId)
  if (known && known.kind !== kindOf(command)) return { answer: rejection('OTHER_ORDER') }
  return decisions[command.type](draft, command, known)
}

type Decide = (draft: Draft, command: Command, known: Reservation | undefined) => Outcome

const decisions: Readonly<Record<Command['type'], Decide>> = {
  RESERVE: (draft, command, known) => (known ? repeat(known, command) : reserve(draft, command)),
  RECEIVE: (draft, command, known) => (known ? repeat(known, command) : receive(draft, command)),
  RELEASE: release,
  COMMIT: commit,
  RETURN: giveBack,
}

function kindOf({ type }: Command): Reservation['kind'] {
  return type === 'RECEIVE' || type === 'RETURN' ? 'buy' : 'sell'
}

function rejection(reason: Extract<Refusal, { type: 'REJECTED' }>['reason']): Refusal {
  return { type: 'REJECTED', reason }
}

function rejectedFor(reason: string): Processed {
  return { result: 'rejected', reason }
}

/** The answer to a RESERVE or RECEIVE that has been decided before. */
function repeat({ state, items, lines, refusal }: Reservation, command: Command): Outcome {
  if (state === 'released' || state === 'returned') return { answer: { type: 'CANCELLED' } }
  if (!isDeepStrictEqual(items, command.items)) return { answer: rejection('OTHER_ORDER') }
  if (state === 'refused' && refusal) return { answer: refusal }
  return { answer: state === 'received' ? { type: 'RECEIVED' } : { type: 'RESERVED', lines } }
}

function reserve(draft: Draft, command: Command): Outcome {
  const items = command.items ?? []
  const resolved = resolveItems(draft, items, true)
  if (isRefusal(resolved)) return refuse(draft, command, resolved)
  const { lines } = resolved
  const shortages = findShortages(draft, lines)
  if (shortages.length > 0) return refuse(draft, command, { type: 'INSUFFICIENT_STOCK', shortages })
  addReserved(draft, lines, 1)
  keep(draft, newReservation(command, { state: 'reserved', items, lines, refusal: null }))
  return { answer: { type: 'RESERVED', lines } }
}

function receive(draft: Draft, command: Command): Outcome {
  const items = command.items ?? []
  const resolved = resolveItems(draft, items, false)
  if (isRefusal(resolved)) return refuse(draft, command, resolved)
  const { lines } = resolved
  if (exceedsLimit(draft, lines)) return refuse(draft, command, rejection('STOCK_LIMIT'))
  const reservation = newReservation(command, { state: 'received', items, lines, refusal: null })
  moveStock(draft, reservation, 'purchase', 1)
  keep(draft, reservation)
  return { answer: { type: 'RECEIVED' }, processed: { result: 'processed' } }
}

function newReservation(
  command: Command,
  rest: Pick<Reservation, 'state' | 'lines' | 'refusal'> & { readonly items: readonly OrderItem[] },
): Reservation {
  return { orderId: command.orderId, kind: kindOf(command), ...rest }
}

function refuse(draft: Draft, command: Command, refusal: Refusal): Outcome {
  keep(draft, newReservation(command, { state: 'refused', items: command.items ?? [], lines: [], refusal }))
  const reason = refusal.type === 'REJECTED' ? refusal.reason : refusal.type
  return { answer: refusal, processed: rejectedFor(reason) }
}

function findShortages(draft: Draft, lines: readonly Line[]): Shortage[] {
  return lines.flatMap((line) => {
    const available = availableOf(productOf(draft, line))
    const { productId, quantity: requested } = line
    return available < requested ? [{ productId, requested, available }] : []
  })
}

function become(draft: Draft, known: Reservation, state: ReservationState): void {
  keep(draft, { ...known, state })
}

function release(draft: Draft, command: Command, known: Reservation | undefined): Outcome {
  const answer: Answer = { type: 'RELEASED' }
  const processed = rejectedFor(command.reason ?? 'CANCELLED')
  if (!known) {
    leaveTombstone(draft, command, 'sell')
    return { answer, processed }
  }
  if (known.state === 'reserved') {
    addReserved(draft, known.lines, -1)
    become(draft, known, 'released')
    return { answer, processed }
  }
  if (known.state === 'committed') {
    moveStock(draft, known, 'return', 1)
    become(draft, known, 'released')
  }
  return { answer }
}

function commit(draft: Draft, _command: Command, known: Reservation | undefined): Outcome {
  if (known?.state === 'released') return { answer: { type: 'CANCELLED' } }
  if (known?.state === 'committed') return { answer: { type: 'COMMITTED' } }
  if (known?.state !== 'reserved') return { answer: rejection('NOT_RESERVED') }
  addReserved(draft, known.lines, -1)
  moveStock(draft, known, 'sale', -1)
  become(draft, known, 'committed')
  return { answer: { type: 'COMMITTED' }, processed: { result: 'processed' } }
}

function giveBack(draft: Draft, command: Command, known: Reservation | undefined): Outcome {
  const answer: Answer = { type: 'RETURNED' }
  if (!known) {
    leaveTombstone(draft, command, 'buy')
    return { answer, processed: rejectedFor(command.reason ?? 'CANCELLED') }
  }
  if (known.state !== 'received') return { answer }
  if (wasRefused(known, command) && known.refusal) return { answer: known.refusal }
  const shortages = findShortages(draft, known.lines)
  if (shortages.length > 0) {
    const { sagaId, attempt } = command
    const refusal = { ...rejection('UNITS_RESERVED'), shortages, of: { sagaId, attempt } } as Refusal
    keep(draft, { ...known, refusal })
    return { answer: refusal }
  }
  moveStock(draft, known, 'return', -1)
  keep(draft, { ...known, state: 'returned', refusal: null })
  return { answer }
}

/** A RETURN that was refused must not be done by a copy that arrives later. */
function wasRefused({ refusal }: Reservation, { sagaId, attempt }: Command): boolean {
  if (refusal?.type !== 'REJECTED' || !refusal.of) return false
  return refusal.of.sagaId === sagaId && attempt <= refusal.of.attempt
}
