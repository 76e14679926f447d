import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { sagaHarness } from './sagaHarness.ts'

const forEverMs = 3_600_000

test('without timers and parked events, each look is one statement', async (t) => {
  const { pool, sagas } = await sagaHarness(t)
  const statements: string[] = []
  const { query } = pool
  t.mock.method(pool, 'query', function (this: unknown, ...args: [string]) {
    statements.push(args[0])
    return Reflect.apply(query, this, args)
  })
  const looks = () => statements.filter((text) => text.includes('as next_ms'))
  const idle = sagas({ pollMs: forEverMs, metricsMs: forEverMs })
  async function look() {
    const before = looks().length
    idle.wake()
    await eventually(() => looks().length > before, 'a look')
  }

  idle.start()
  // The first round reads the metrics, too; it is over when the second has looked.
  await look()
  await look()
  statements.length = 0
  for (let i = 0; i < 5; i += 1) await look()
  assert.deepEqual(statements, looks())
})
