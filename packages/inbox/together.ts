/** A client of node-postgres, an inbox's transaction, or what wraps one. */
export interface MaybePipelined {
  /** Are statements sent before the ones before them are answered? node-postgres' own option and member. */
  readonly pipeline?: boolean | undefined
}

/** On one connection. Postgres runs one statement at a time: more would only wait in its buffer. */
const mostAtOnce = 16

/**
 * Does pieces of work on one connection that need nothing of each other, and returns what they return, in their order. On a pipelined
 * connection their statements go at once, which saves the waits for the answers; on others they are done one after the
 * other. It rejects with the error that came first, once whatever was begun has ended, so that the transaction can too.
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
