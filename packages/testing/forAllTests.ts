import { after, before, type TestContext } from 'node:test'

/**
 * Makes one of these before the tests of a file, for all of them, and ends it after the last; to be called outside of them. For what
 * takes long to start: the tests must then leave alone what is not theirs.
 */
export function forAllTests<T>(make: (t: TestContext) => Promise<T>): () => T {
  const endings: (() => unknown)[] = []
  // Whatever makes something for a test asks of it only to be told of its end.
  const file = { after: (end: () => unknown) => void endings.push(end) } as unknown as TestContext
  let made: { readonly value: T } | undefined
  before(async () => {
    made = { value: await make(file) }
  })
  after(async () => {
    for (const end of endings) await end()
  })
  return () => {
    if (!made) throw new Error('to be called in a test')
    return made.value
  }
}
