// What the drill valkeyKilled does on Kubernetes, on this machine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '@relevo/testing'
import { problemOfRecent, watchRecent } from '../../proof/inCluster/program/watchRecent.ts'
import { testValkey } from '../../services/messages/cache/cacheHarness.ts'
import { messagesHarness } from '../../services/messages/messagesHarness.ts'

test('while events are recorded and sent, and Valkey is killed and comes back, recent events are right', async (t) => {
  const valkey = await testValkey(t)
  const { url, post, ask, pool, startRelay } = await messagesHarness(t, { REDIS_URL: valkey.url })
  startRelay()
  const watching = new AbortController()
  const posting = (async () => {
    for (let n = 0; !watching.signal.aborted; n++) {
      assert.equal((await post({ content: `m${n}` }, { prefer: 'respond-async' })).status, 202)
      await delay(20)
    }
  })()
  const breakerIs = async (state: string) =>
    (await ask('/metrics')).text.includes(`relevo_cache_breaker_state{state="${state}"} 1`)
  const watched = watchRecent({ apiUrl: url, forMs: 15_000 }, pool)
  await eventually(
    async () => /reads_total\{result="hit"\} [1-9]/.test((await ask('/metrics')).text),
    'a hit',
  )
  await valkey.kill()
  await eventually(() => breakerIs('open'), 'the breaker open')
  await delay(500)
  await valkey.startAgain()
  await eventually(() => breakerIs('closed'), 'the breaker closed')
  const summary = await watched
  watching.abort()
  await posting
  assert.equal(problemOfRecent(summary), undefined)
  assert.ok(summary.answers > 20)
})
