import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { afterTest, eventually, tcpProxy } from '@relevo/testing'
import fc from 'fast-check'
import { cachedPods, rawClient, testValkey } from './cacheHarness.ts'
import { History, type TimedAnswer } from './cacheHistory.ts'

const steps = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('record', 'quarantine') },
  { weight: 8, arbitrary: fc.constantFrom('ask0', 'ask1', 'askBoth') },
  { weight: 2, arbitrary: fc.constantFrom('wait20', 'wait300', 'wait900') },
  { weight: 2, arbitrary: fc.constantFrom('pause', 'hold', 'cut', 'flush', 'restart', 'repair') },
)

/** Who asks a second after a change must not get the entry from before it, */
const lateAsker = ['ask0', 'wait20', 'ask0', 'record', 'wait900', 'wait300', 'ask0', 'ask1']
/** nor one that a server stores which was stopped meanwhile. */
const lateAfterPause = [
  'flush',
  'ask0',
  'pause',
  'record',
  'wait900',
  'wait300',
  'repair',
  'ask0',
  'ask1',
  'askBoth',
]

test('an answer is always what Postgres has said within the last second, whatever happens to the cache', async (t) => {
  const valkey = await testValkey(t)
  const proxy = await tcpProxy(() => valkey.port)
  afterTest(t, () => proxy.close())
  const url = `redis://127.0.0.1:${proxy.port}`
  const { pods, history, record, quarantine, ask } = await cachedPods(t, url, url)
  const client = await rawClient(t, valkey.url)
  const asked: Promise<TimedAnswer>[] = []
  const asking = (...indices: number[]) => {
    for (const index of indices) asked.push(ask(pods[index] ?? pods[0]))
  }
  const repair = () => {
    valkey.resume()
    proxy.release()
  }
  const actions: Record<string, () => unknown> = {
    record: () => record('m'),
    quarantine,
    ask0: () => asking(0),
    ask1: () => asking(1),
    askBoth: () => asking(0, 1, 0, 1),
    wait20: () => delay(20),
    wait300: () => delay(300),
    wait900: () => delay(900),
    pause: valkey.pause,
    hold: proxy.hold,
    cut: proxy.cut,
    flush: async () => {
      repair()
      await client.flushAll()
    },
    restart: async () => {
      repair()
      await valkey.kill()
      await valkey.startAgain()
    },
    repair,
  }
  const run = async (names: string[]) => {
    asked.length = 0
    for (const name of names) await actions[name]?.()
    const answers = await Promise.all(asked)
    assert.deepEqual(answers.map((answer) => history.problemOf(answer)).filter(Boolean), [])
    repair()
  }
  await fc.assert(fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 20 }), run), {
    numRuns: 6,
    endOnFailure: true,
    examples: [[lateAsker], [lateAfterPause]],
  })
  // The property would hold of a cache that nobody uses.
  await eventually(async () => {
    await Promise.all(pods.map(ask))
    return (await Promise.all(pods.map((pod) => pod.reads('hit')))).every((hits) => hits > 0)
  }, 'hits at both')
})

test('the judge of answers finds what is older than a second, and what was never said', async () => {
  let page = 'a'
  const history = new History(async () => page)
  await history.change(async () => {})
  const before = performance.now()
  await history.change(async () => {
    page = 'b'
  })
  const after = performance.now()
  const answer = (said: string, askedAt: number) =>
    history.problemOf({ page: said, askedAt, cameAt: askedAt + 1 })
  assert.equal(answer('a', after + 900), undefined)
  assert.equal(answer('b', after + 9_000), undefined)
  assert.match(answer('a', after + 1_001) ?? '', /asked for \d+ ms after Postgres had changed/)
  assert.match(answer('b', before - 10) ?? '', /Postgres had changed|before/)
  assert.match(answer('c', after) ?? '', /never said c/)
})
