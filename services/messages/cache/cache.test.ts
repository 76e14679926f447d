import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { afterTest, eventually, startInProcess, tcpProxy } from '@relevo/testing'
import { service } from '../main.ts'
import { messagesHarness } from '../messagesHarness.ts'
import { cachedPods, type Pod, rawClient, testValkey } from './cacheHarness.ts'
import type { TimedAnswer } from './cacheHistory.ts'

type Cached = Awaited<ReturnType<typeof cachedPods>>

test('a page that one process has read is a hit for another, and what is recorded shows up at both', async (t) => {
  const { url } = await testValkey(t)
  const { pods, record, problemAt } = await cachedPods(t, url, url)
  await record('first')
  // On a busy machine an answer of the cache may come too late.
  await eventually(async () => {
    for (const pod of [...pods, ...pods]) assert.equal(await problemAt(pod), undefined)
    return (await Promise.all(pods.map((pod) => pod.reads('hit')))).every((hits) => hits > 0)
  }, 'hits at both')
  await record('second')
  for (const pod of pods) await pod.until('/eventos', ({ count }) => count === 2)
  for (const pod of pods) assert.equal(await problemAt(pod), undefined)
})

test('each limit and state is a page of its own; others than the newest are not cached', async (t) => {
  const { url } = await testValkey(t)
  const { pods, record, quarantine } = await cachedPods(t, url)
  const [pod] = pods
  for (const content of ['a', 'b', 'c']) await record(content)
  await quarantine()
  const contents = async (query: string) =>
    (await pod.ask(`/eventos${query}`)).body.eventos.map(({ content }: { content: string }) => content)
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await contents('?limit=1'), ['c'])
    assert.deepEqual(await contents('?limit=2'), ['c', 'b'])
    assert.deepEqual(await contents('?limit=2&estado=P'), ['b', 'a'])
    assert.deepEqual(await contents('?limit=2&estado=pendiente'), ['b', 'a'])
    assert.deepEqual(await contents('?estado=X'), ['c'])
  }
  const client = await rawClient(t, url)
  const keys = await eventually(async () => {
    await contents('?limit=1')
    const found = await client.keys('*')
    return found.length > 0 && found
  }, 'an entry')
  assert.ok(keys.length <= 4, keys.join())
  const found = async () =>
    (
      await Promise.all(['hit', 'miss', 'failed', 'skipped', 'shared'].map((result) => pod.reads(result)))
    ).join()
  const before = await found()
  assert.deepEqual(await contents('?cursor=3'), ['b', 'a'])
  assert.equal(await found(), before)
})

test('an event that the relay has sent shows as sent, whichever process is asked', async (t) => {
  const valkey = await testValkey(t)
  const { ask, post, startRelay, databaseUrl } = await messagesHarness(t, { REDIS_URL: valkey.url })
  const other = await startInProcess(t, service, { DATABASE_URL: databaseUrl, REDIS_URL: valkey.url })
  await post({ content: 'a' }, { prefer: 'respond-async' })
  const stateAt = async (pod: Pick<Pod, 'ask'>) => (await pod.ask('/eventos')).body.eventos[0]?.estado
  for (const pod of [{ ask }, other]) await eventually(async () => (await stateAt(pod)) === 'Pendiente')
  startRelay()
  for (const pod of [{ ask }, other]) await eventually(async () => (await stateAt(pod)) === 'Enviado')
})

test('what is no page of events is a miss, and is replaced', async (t) => {
  const { url } = await testValkey(t)
  const { pods, record, problemAt } = await cachedPods(t, url)
  const [pod] = pods
  const client = await rawClient(t, url)
  await record('a')
  const plant = {
    garbage: (key: string) => client.set(key, 'garbage'),
    empty: (key: string) => client.set(key, ''),
    'other JSON': (key: string) => client.set(key, '{"count":1}'),
    'a wrong event': (key: string) =>
      client.set(key, '{"count":1,"eventos":[{"id":"1","content":"a","estado":"Enviado","intentos":0}]}'),
    'another type': async (key: string) => {
      await client.del(key)
      await client.lPush(key, 'x')
    },
  }
  for (const [what, write] of Object.entries(plant)) {
    const damaged = async () => (await pod.reads('invalid')) + (await pod.reads('failed'))
    const before = await damaged()
    await eventually(async () => {
      assert.equal(await problemAt(pod), undefined, what)
      for (const key of await client.keys('*')) await write(key)
      assert.equal(await problemAt(pod), undefined, what)
      return (await damaged()) > before
    }, `${what} found`)
    await client.flushAll()
  }
})

test('a cache that was never there, or refuses the password, changes no answer and no readiness', async (t) => {
  const { port } = await testValkey(t, { requirepass: 'secret' })
  const { pods, record, problemAt } = await cachedPods(
    t,
    'redis://127.0.0.1:1',
    `redis://:wrong@127.0.0.1:${port}`,
    `redis://:secret@127.0.0.1:${port}/99`,
  )
  await record('a')
  for (const pod of pods) {
    await eventually(async () => {
      assert.equal(await problemAt(pod), undefined)
      return (await pod.breaker()) === 'open'
    }, 'the cache given up')
    assert.equal((await pod.ask('/ready')).status, 200)
    assert.equal(await pod.reads('hit'), 0)
  }
})

test('without REDIS_URL there is no cache', async (t) => {
  const { ask, registry } = await messagesHarness(t)
  assert.equal((await ask('/eventos')).status, 200)
  assert.equal(registry.getSingleMetric('relevo_cache_reads_total'), undefined)
})

type Fault = (
  t: TestContext,
) => Promise<{ url: string; begin(): Promise<void> | void; end(): Promise<void> | void }>

const faults: Record<string, Fault> = {
  killed: async (t) => {
    const { url, kill, startAgain } = await testValkey(t)
    return { url, begin: kill, end: startAgain }
  },
  paused: async (t) => {
    const { url, pause, resume } = await testValkey(t)
    return { url, begin: pause, end: resume }
  },
  'cut off': async (t) => {
    const { port } = await testValkey(t)
    const proxy = await tcpProxy(() => port)
    afterTest(t, () => proxy.close())
    return { url: `redis://127.0.0.1:${proxy.port}`, begin: proxy.hold, end: proxy.release }
  },
}

for (const [name, prepare] of Object.entries(faults)) {
  test(`while the cache is ${name} every request is answered, and by what Postgres says`, async (t) => {
    const { url, begin, end } = await prepare(t)
    const cached = await cachedPods(t, url, url)
    const load = startLoad(cached)
    await load.until(async (pod) => (await pod.reads('hit')) > 0, 'hits before')
    await begin()
    await load.until(async (pod) => (await pod.breaker()) === 'open', 'the breakers open')
    const hits = await Promise.all(cached.pods.map((pod) => pod.reads('hit')))
    await end()
    await load.until(async (pod) => (await pod.breaker()) === 'closed', 'the breakers closed')
    await load.until(async (pod, i) => (await pod.reads('hit')) > (hits[i] ?? 0), 'hits after')
    const { answers, changes, problems } = await load.stop()
    assert.deepEqual(problems, [])
    assert.ok(answers > 20 && changes > 3, `${answers} answers, ${changes} changes`)
  })
}

/** Reads at every pod and changes beside it, until it is stopped. */
function startLoad({ pods, history, record, quarantine, ask }: Cached) {
  const stopping = new AbortController()
  const answers: TimedAnswer[] = []
  let changes = 0
  const isOn = () => !stopping.signal.aborted
  const readers = [...pods, ...pods].map(async (pod) => {
    while (isOn()) answers.push(await ask(pod))
  })
  const writer = (async () => {
    for (; isOn(); changes++) {
      await (changes % 3 === 2 ? quarantine() : record(`m${changes}`))
      await delay(20)
    }
  })()
  return {
    async until(holds: (pod: Pod, index: number) => Promise<boolean>, what: string) {
      const found = eventually(async () => (await Promise.all(pods.map(holds))).every(Boolean), what, 60_000)
      await Promise.race([found, Promise.all([...readers, writer])])
      await found
    },
    /** Judges the answers. */
    async stop() {
      stopping.abort()
      await Promise.all([...readers, writer])
      const problems = answers.map((answer) => history.problemOf(answer)).filter(Boolean)
      return { answers: answers.length, changes, problems }
    },
  }
}
