import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postMessage } from '../../systems/requests/messages.ts'
import { classify } from './classify.ts'

const answer = (status: number, body: string | null, error_code = 0) =>
  classify(postMessage, 'c', { status, body, error_code })

test('an answer of k6 is classified by its text', () => {
  const body = JSON.stringify({ success: true, evento_id: 5, estado: 'E' })
  const acknowledged = { line: { outcome: 'ack', id: 5, content: 'c' }, wrong: false, delivered: true }
  assert.deepEqual(answer(201, body), acknowledged)
  assert.deepEqual([answer(201, null).line.outcome, answer(201, null).wrong], ['unknown', true])
})

test('without an answer it depends on whether the request left', () => {
  assert.equal(answer(0, null, 1212).line.outcome, 'refused') // connection refused
  assert.equal(answer(0, null, 1050).line.outcome, 'unknown') // time-out
  assert.equal(answer(0, null, 1220).line.outcome, 'unknown') // connection reset
})
