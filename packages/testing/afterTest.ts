import type { TestContext } from 'node:test'

const endings = new WeakMap<TestContext, (() => unknown)[]>()

/** Like `t.after`, but the last part to be registered ends first: what uses a database ends before the database. */
export function afterTest(t: TestContext, end: () => unknown): void {
  const parts = endings.get(t)
  if (parts) {
    parts.push(end)
    return
  }
  const first = [end]
  endings.set(t, first)
  t.after(async () => {
    for (let part = first.pop(); part; part = first.pop()) await part()
  })
}
