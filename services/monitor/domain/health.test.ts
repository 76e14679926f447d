import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyWorld, isSteady } from './advance.ts'
import {
  type HealthState,
  hasChanged,
  judge,
  nextStanding,
  roundsNeeded,
  type Standing,
  type Verdict,
  worstOf,
} from './health.ts'
import { type Look, lookOfError, noWork, type OutboxWork, withoutBlindness } from './look.ts'

const limits = { lateSeconds: 15 }
const answered = (more: Partial<Extract<Look, { kind: 'answered' }>> = {}): Look => {
  return { kind: 'answered', responseMs: 1, problems: [], work: noWork, ...more }
}
const outbox = (more: Partial<OutboxWork>): OutboxWork => ({
  name: 'orders',
  oldestSeconds: 0,
  events: 0,
  loopAgeSeconds: 0,
  stalledShards: 0,
  quarantinedKeys: 0,
  heldTopics: 0,
  ...more,
})
const withOutbox = (more: Partial<OutboxWork>) => answered({ work: { ...noWork, outboxes: [outbox(more)] } })

test('health is judged by the work: what answers and is late is unhealthy', () => {
  const stateOf = (look: Look) => judge(look, [], undefined, limits)
  assert.equal(stateOf(answered()).state, 'healthy')
  assert.equal(stateOf(withOutbox({ oldestSeconds: 14 })).state, 'healthy')
  for (const [look, cause] of [
    [withOutbox({ oldestSeconds: 16 }), 'late-delivery'],
    [withOutbox({ loopAgeSeconds: 16 }), 'stalled'],
    [withOutbox({ stalledShards: 1 }), 'stalled'],
    [answered({ problems: ['database', 'schema'] }), 'database'],
    [answered({ problems: ['inventory database'] }), 'database'],
    [answered({ problems: ['kafka'] }), 'kafka'],
    [answered({ problems: ['consumer'] }), 'not-ready'],
  ] as const) {
    const { state, cause: found } = stateOf(look)
    assert.deepEqual([state, found], ['unhealthy', cause])
  }
  const hung = stateOf({ kind: 'failed', code: 'hung', detail: 'no answer' })
  assert.deepEqual([hung.state, hung.cause], ['unhealthy', 'hung'], 'its port answers')
  const behind = judge(answered(), [{ group: 'g', lagSeconds: 20 }], undefined, limits)
  assert.deepEqual([behind.state, behind.cause], ['unhealthy', 'late-effects'])
  assert.match(behind.reason, /g is 20 s behind/)
})

test('what is late stays so until it waits for half as long', () => {
  const late = judge(withOutbox({ oldestSeconds: 16 }), [], undefined, limits)
  assert.equal(judge(withOutbox({ oldestSeconds: 8 }), [], late, limits).state, 'unhealthy')
  assert.equal(judge(withOutbox({ oldestSeconds: 7 }), [], late, limits).state, 'healthy')
})

test('not to see is told apart from down', () => {
  for (const code of ['EAI_AGAIN', 'ENETUNREACH', 'EMFILE'])
    assert.equal(lookOfError(code, '').kind, 'unseen')
  for (const [code, cause] of [
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'unknown-host'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['ECONNRESET', 'broken'],
    [undefined, 'broken'],
  ] as const) {
    const verdict = judge(lookOfError(code, 'why'), [], undefined, limits)
    assert.deepEqual([verdict.state, verdict.cause], ['down', cause])
  }
})

test('a round in which everything is silent, or that was held up, says nothing of the services', () => {
  const timeout = lookOfError('ETIMEDOUT', 'no answer')
  const refused = lookOfError('ECONNREFUSED', 'nobody')
  const seen = (looks: readonly Look[], tookMs = 100) => {
    const round = { looks: new Map(looks.map((look, n) => [`s${n}`, look])), tookMs, boundMs: 1_000 }
    return [...withoutBlindness(round).values()].map(({ kind }) => kind)
  }
  assert.deepEqual(seen([timeout, timeout]), ['unseen', 'unseen'])
  assert.deepEqual(seen([timeout, answered()]), ['failed', 'answered'])
  assert.deepEqual(seen([timeout, refused]), ['failed', 'failed'], 'who refuses is there')
  assert.deepEqual(seen([timeout]), ['failed'])
  assert.deepEqual(seen([timeout, answered()], 2_500), ['unseen', 'answered'])
  const hung: Look = { kind: 'failed', code: 'hung', detail: 'no answer' }
  assert.deepEqual(seen([timeout, hung]), ['failed', 'failed'], 'who takes connections is there')
  assert.deepEqual(seen([timeout, hung, answered()], 2_500), ['unseen', 'unseen', 'answered'])
})

const verdict = (state: HealthState): Verdict => {
  const causes = { healthy: '', unhealthy: 'late-delivery', down: 'refused', unknown: 'unseen' } as const
  return { state, cause: causes[state], reason: state }
}

function stand(states: readonly HealthState[], everyMs = 2_000): Standing[] {
  const found: Standing[] = []
  for (const [n, state] of states.entries())
    found.push(nextStanding(found.at(-1), verdict(state), n * everyMs))
  return found
}

test('another state holds once it was found twice, since when it was found first', () => {
  const found = stand(['healthy', 'down', 'healthy', 'down', 'down', 'healthy', 'healthy'])
  assert.deepEqual(
    found.map(({ state }) => state),
    ['healthy', 'healthy', 'healthy', 'healthy', 'down', 'down', 'healthy'],
  )
  assert.equal(found[4]?.since, 6_000)
  assert.equal(found[6]?.since, 10_000)
})

test('the first look, and the first after nobody could look, holds at once; who does not answer yet gets time to start', () => {
  assert.equal(stand(['unhealthy'])[0]?.state, 'unhealthy')
  const starting = stand(['down', 'down', 'down', 'healthy'])
  assert.deepEqual(
    starting.map(({ state }) => state),
    ['unknown', 'unknown', 'unknown', 'healthy'],
  )
  const never = stand(Array.from({ length: 15 }, () => 'down' as const))
  assert.deepEqual([never[13]?.state, never[14]?.state, never[14]?.since], ['unknown', 'down', 0])
  assert.equal(stand(['unknown', 'down'])[1]?.state, 'down', 'who could not be seen')
  assert.equal(stand(['unknown', 'healthy'])[1]?.state, 'healthy')
})

test('who falls ill again and again has to be well for longer each time, so that the history of a day stays small', () => {
  assert.equal(roundsNeeded({ state: 'down', cause: 'refused' }, { state: 'healthy' }, 3), 2)
  assert.equal(roundsNeeded({ state: 'down', cause: 'refused' }, { state: 'healthy' }, 5), 8)
  assert.equal(roundsNeeded({ state: 'down', cause: 'refused' }, { state: 'healthy' }, 100), 150)
  // Two looks well, two looks down, for a day.
  let standing: Standing | undefined
  let stretches = 0
  for (let n = 0; n < 43_200; n++) {
    const next = nextStanding(standing, verdict(n % 4 < 2 ? 'healthy' : 'down'), n * 2_000)
    if (hasChanged(standing, next)) stretches++
    standing = next
  }
  assert.ok(stretches > 1 && stretches < 1_500, `${stretches} stretches`)
})

test('the worst state is that of the whole', () => {
  assert.equal(worstOf([]), 'healthy')
  assert.equal(worstOf(['healthy', 'unknown', 'unhealthy']), 'unhealthy')
  assert.equal(worstOf(['down', 'unhealthy']), 'down')
})

test('a world is steady while every service is well and no look says otherwise', () => {
  const well = nextStanding(undefined, { state: 'healthy', cause: '', reason: '' }, 0)
  const refused = { state: 'down', cause: 'refused', reason: '' } as const
  const doubted = nextStanding(well, refused, 1)
  const down = nextStanding(doubted, refused, 2)
  assert.deepEqual([doubted.state, down.state], ['healthy', 'down'])
  const isSteadyWith = (standing: Standing) =>
    isSteady({
      ...emptyWorld,
      standings: new Map([
        ['a', well],
        ['b', standing],
      ]),
    })
  assert.deepEqual([well, doubted, down].map(isSteadyWith), [true, false, false])
  assert.ok(isSteady(undefined))
})
