/** A client of node-postgres, an inbox's transaction, or a wrapper. */
export interface MaybePipelined {
  /** Are statements sent before earlier ones are answered? node-postgres' own option and member. */
  readonly pipeline?: boolean | undefined
}

/** Limit per connection. Postgres runs one statement at a time: more would only wait in its buffer. */
const mostAtOnce = 16

/**
 * Runs independent pieces of work on one connection and returns their results, in order. On a pipelined
 * connection their statements go out at once, which saves the waits for answers; on others they run one after
 * another. Rejects with the first error once all started work has ended, so that the transaction can end, too.
 */
export async function together<const T extends readonly unknown[]>(
  client: MaybePipelined,
  works: { readonly [Place in keyof T]: () => Promise<T[Place]> },
  atOnce = mostAtOnce,
): Promise<T> {
  const results: unknown[] = []
  const failures: unknown[] = []
  let next = 0
  async function runLane(): Promise<void> {
    while (next < works.length && failures.length === 0) {
      const place = next++
      const work = works[place] as () => Promise<unknown>
      try {
        results[place] = await work()
      } catch (error) {
        failures.push(error)
      }
    }
  }
  const lanes = client.pipeline ? Math.min(atOnce, works.length) : 1
  await Promise.all(Array.from({ length: lanes }, runLane))
  if (failures.length > 0) throw failures[0]
  return results as unknown as T
}
