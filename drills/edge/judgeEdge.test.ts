import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EdgeAnswer, keyIdOf, summarizeEdge } from '../../proof/inCluster/program/edgeSummary.ts'
import { describeEdge, judgeEdge, judgeRevocations } from './judgeEdge.ts'
import { needsEdge } from './onEdge.ts'

const fault = { beganAt: 100_000, endedAt: 101_000 }
const answer = (at: number, status: number, reason?: string): EdgeAnswer => ({
  at,
  ms: 5,
  path: '/api/users/users/me',
  status,
  ...(reason !== undefined && { reason }),
})
const good = answer(100_500, 200)
const judge = (answers: readonly EdgeAnswer[], mayFail: Parameters<typeof judgeEdge>[1], dropped = 0) =>
  judgeEdge(summarizeEdge(answers, dropped, []), mayFail, fault)

test('requests that were all answered are as claimed, and none at all show nothing', () => {
  assert.deepEqual(judge([good], { at: 'nothing' }), [])
  assert.match(judge([], { at: 'nothing' })[0] ?? '', /nothing was shown/)
  assert.match(judge([good], { at: 'nothing' }, 2)[0] ?? '', /2 requests .* not sent/)
})

test('a cut connection may be allowed, and what was answered wrong is not one', () => {
  const cut = answer(100_100, 0, 'ECONNRESET')
  assert.deepEqual(judge([good, cut], { at: 'cut' }), [])
  assert.match(judge([good, cut], { at: 'nothing' })[0] ?? '', /1 requests .* failed: .*ECONNRESET/)
  for (const other of [answer(100_100, 503), answer(100_100, 0, 'ECONNREFUSED'), answer(100_100, 401)])
    assert.match(judge([good, cut, other], { at: 'cut' })[0] ?? '', /1 requests/)
})

test('an outage is from the fault on, and for so long', () => {
  const mayFail = { at: 'outage', ms: 5_000 } as const
  assert.deepEqual(
    judge([good, answer(105_900, 503), { ...answer(90_000, 0, 'ECONNRESET'), ms: 10_100 }], mayFail),
    [],
  )
  assert.match(judge([good, answer(106_100, 503)], mayFail)[0] ?? '', /long after the fault/)
  assert.match(judge([good, answer(80_000, 503)], mayFail)[0] ?? '', /before the fault/)
})

test('what came is told with the end of the outage', () => {
  const summary = summarizeEdge([good, answer(102_500, 0, 'EPIPE')], 0, [])
  assert.equal(
    describeEdge(summary, fault),
    '2 requests through the gateway, 1 answered (p50 5 ms, p99 5 ms), 1 failed, 1 of them cut, the last 2.5 s after the fault',
  )
})

test('disabled users may be let in for a second, and have to be refused then', () => {
  const one = { refusedAfterMs: 400, letInUntilMs: 900, wasLetIn: true }
  assert.deepEqual(judgeRevocations([one], 1_000), [])
  assert.match(judgeRevocations([], 1_000)[0] ?? '', /nothing was shown/)
  assert.match(judgeRevocations([{ ...one, letInUntilMs: 1_200 }], 1_000)[0] ?? '', /1200 ms/)
  assert.match(judgeRevocations([{ ...one, refusedAfterMs: null }], 1_000)[0] ?? '', /never refused/)
  assert.match(judgeRevocations([{ ...one, wasLetIn: false }], 1_000)[0] ?? '', /not let in before/)
})

test('the key of a token is read from its head, and anything else has none', () => {
  const token = `${Buffer.from('{"alg":"EdDSA","kid":"k-1"}').toString('base64url')}.x.y`
  assert.equal(keyIdOf(token), 'k-1')
  for (const other of ['', 'x', `${Buffer.from('null').toString('base64url')}.x`])
    assert.equal(keyIdOf(other), undefined)
})

test('a release without the gateway or the shop has no edge', () => {
  const workload = { kind: 'Deployment', name: 'x' } as const
  assert.match(
    needsEdge({ workloads: { users: workload } }) ?? '',
    /no gateway and no orders and no inventory/,
  )
  const all = { users: workload, gateway: workload, orders: workload, inventory: workload }
  assert.equal(needsEdge({ workloads: all }), undefined)
})
