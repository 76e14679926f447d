import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BoardState, OverviewState } from './shapes.ts'
import { judge } from './web/verdict.ts'

const at = '2026-01-15T10:30:00.000Z'

function boardWith(overview: Partial<OverviewState> | null, more: Partial<BoardState> = {}): BoardState {
  const whole: OverviewState = {
    looked_at: at,
    stale: false,
    services: [],
    outboxes: [],
    kafka_reachable: true,
    groups: [],
    published_per_second: 0,
    alerts: [],
    ...overview,
  }
  return { looked_at: at, overview: overview && whole, events: 0, groups: [], silent: [], ...more }
}

const service = { service: 'orders', reason: '', since: at, response_ms: 1, uptime_percent: 100 }
const group = { group: 'g', service: 'orders', lag: 5, lag_seconds: 0 }

test('everything is delivered when nothing waits for long, nothing is down and nothing needs a decision', () => {
  const calm = {
    services: [{ ...service, status: 'healthy' } as const],
    groups: [{ ...group, lag_seconds: 15 }],
  }
  assert.deepEqual(judge(boardWith(calm)), { verdict: 'good', troubles: [] })
})

test('what is late or needs a decision is a warning, and what is down is more than that', () => {
  const late = judge(boardWith({ groups: [{ ...group, lag_seconds: 16 }] }, { events: 3 }))
  assert.deepEqual(late, {
    verdict: 'warning',
    troubles: [
      { kind: 'unconsumed', seconds: 16 },
      { kind: 'undelivered', events: 3 },
    ],
  })
  assert.equal(judge(boardWith({ kafka_reachable: false })).verdict, 'critical')
  const silent = [{ service: 'orders', reason: 'orders does not answer' }]
  assert.deepEqual(judge(boardWith({ services: [{ ...service, status: 'down' }] }, { silent })), {
    verdict: 'critical',
    troubles: [{ kind: 'down', service: 'orders' }],
  })
})

test('without a monitor, or with one that has not looked, nobody knows', () => {
  assert.equal(judge(boardWith(null)).verdict, 'unknown')
  assert.equal(judge(boardWith({ stale: true })).verdict, 'unknown')
  assert.equal(judge(boardWith(null, { events: 1 })).verdict, 'warning')
})
