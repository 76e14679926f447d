import type { SqlClient } from '@relevo/kit'
import { type BookEntry, enterCharges } from './bookEntry.ts'

interface Waiting {
  readonly entry: BookEntry
  readonly entered: PromiseWithResolvers<BookEntry>
}

/** Enters a charge, or finds the one that has the key: those of one turn of the event loop in one statement. */
export function createChargeEntry(client: SqlClient): (key: string, entry: BookEntry) => Promise<BookEntry> {
  let waiting = new Map<string, Waiting>()

  async function flush(): Promise<void> {
    const charges = waiting
    waiting = new Map()
    try {
      const found = await enterCharges(client, new Map([...charges].map(([key, { entry }]) => [key, entry])))
      for (const [key, { entered }] of charges) entered.resolve(found.get(key) as BookEntry)
    } catch (error) {
      for (const { entered } of charges.values()) entered.reject(error)
    }
  }

  return async (key, entry) => {
    // A statement changes a row once: who comes second with a key is in the next one.
    for (let same = waiting.get(key); same; same = waiting.get(key))
      await same.entered.promise.catch(() => undefined)
    if (waiting.size === 0) setImmediate(() => void flush())
    const entered = Promise.withResolvers<BookEntry>()
    waiting.set(key, { entry, entered })
    return entered.promise
  }
}
