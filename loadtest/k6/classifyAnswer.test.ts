import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classifyAnswer } from './classifyAnswer.ts'

const answer = (status: number, body: string | null, error_code = 0) =>
  classifyAnswer('c', { status, body, error_code })
const recorded = (estado: string) => JSON.stringify({ success: true, evento_id: 5, estado, message: '…' })

test('an answer as the contract says acknowledges the event', () => {
  assert.deepEqual(answer(201, recorded('E')), {
    line: { outcome: 'ack', id: 5, content: 'c' },
    wrong: false,
    sent: true,
  })
  assert.equal(answer(202, recorded('P')).sent, false)
})

test('a success that does not name the event is wrong, and its outcome unknown', () => {
  for (const body of [null, '', '{}', '{"success":true,"evento_id":"5","estado":"E"}', recorded('Q')]) {
    const { line, wrong } = answer(201, body)
    assert.equal(line?.outcome, 'unknown', String(body))
    assert.equal(wrong, true)
  }
})

test('a server in trouble leaves the outcome unknown and is not wrong', () => {
  assert.deepEqual([answer(503, '').line?.outcome, answer(503, '').wrong], ['unknown', false])
})

test('a valid request must not be refused', () => {
  for (const status of [200, 400, 404, 415, 429])
    assert.deepEqual([answer(status, '{}').line?.outcome, answer(status, '{}').wrong], ['refused', true])
})

test('without an answer it depends on whether the request left', () => {
  assert.equal(answer(0, null, 1212).line?.outcome, 'refused') // connection refused
  assert.equal(answer(0, null, 1050).line?.outcome, 'unknown') // time-out
  assert.equal(answer(0, null, 1220).line?.outcome, 'unknown') // connection reset
})
