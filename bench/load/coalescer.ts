/**
 * Hands items to `work`, one batch at a time: what comes while a batch is under way makes the next one. The returned
 * function resolves or rejects with the batch of its item.
 */
export function createCoalescer<T>(work: (items: T[]) => Promise<void>): (item: T) => Promise<void> {
  let waiting: { items: T[]; done: PromiseWithResolvers<void> } | undefined
  let busy = false

  async function run(): Promise<void> {
    busy = true
    for (let batch = waiting; batch !== undefined; batch = waiting) {
      waiting = undefined
      await work(batch.items).then(batch.done.resolve, batch.done.reject)
    }
    busy = false
  }

  return (item) => {
    waiting ??= { items: [], done: Promise.withResolvers() }
    const { items, done } = waiting
    items.push(item)
    if (!busy) void run()
    return done.promise
  }
}
