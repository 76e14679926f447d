import type { EventRef, OutboxRow } from './history.ts'

/** The rows of an outbox by rank, that is, by their order of ids: 120 to 160 bytes per row. */
export interface EventIndex {
  /** @returns false if an event with the same event id exists already. Rows have to come in the order of ids. */
  add(row: OutboxRow): boolean
  readonly size: number
  /** @returns undefined if the outbox does not have it. */
  rankOf(event: EventRef): number | undefined
  /** A small number that stands for the row's key. */
  keyOf(rank: number): number
  describe(rank: number): { event: string; key: string }
}

export function createEventIndex(): EventIndex {
  const ranks = new Map<string, number>()
  const ids: number[] = []
  const eventIds: string[] = []
  const keyNumbers: number[] = []
  const numberOfKey = new Map<string, number>()
  const keys: string[] = []

  function keyNumber(key: string): number {
    const known = numberOfKey.get(key)
    if (known !== undefined) return known
    numberOfKey.set(key, keys.length)
    return keys.push(key) - 1
  }

  function add({ id, eventId, key }: OutboxRow): boolean {
    if (id <= (ids.at(-1) ?? 0)) throw new RangeError(`Outbox row ${id} does not come in the order of ids.`)
    if (ranks.has(eventId)) return false
    ranks.set(eventId, ids.length)
    ids.push(id)
    eventIds.push(eventId)
    keyNumbers.push(keyNumber(key))
    return true
  }

  return {
    add,
    get size() {
      return ids.length
    },
    rankOf: (event) => (typeof event === 'string' ? ranks.get(event) : search(ids, event)),
    keyOf: (rank) => keyNumbers[rank] ?? -1,
    describe: (rank) => ({
      event: `${eventIds[rank]} (${ids[rank]})`,
      key: keys[keyNumbers[rank] ?? -1] ?? '',
    }),
  }
}

/** Binary search in ascending numbers. */
function search(ids: readonly number[], id: number): number | undefined {
  let low = 0
  let high = ids.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = ids[middle] ?? 0
    if (found === id) return middle
    if (found < id) low = middle + 1
    else high = middle - 1
  }
  return undefined
}
