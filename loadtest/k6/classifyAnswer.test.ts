import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classifyAnswer, classifyStep } from './classifyAnswer.ts'

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

test('a step of a commission is acknowledged by an answer that names the commission', () => {
  const step = (status: number, body: string) => classifyStep('c', { status, body, error_code: 0 }, 201)
  const commissionId = '019abcde-0000-7000-8000-000000000000'
  const acknowledged = { line: { outcome: 'ack', content: 'c' }, wrong: false, commissionId }
  assert.deepEqual(step(201, JSON.stringify({ commissionId })), acknowledged)
  assert.equal(step(200, JSON.stringify({ commissionId })).wrong, true)
  for (const body of ['', '{}', '{"commissionId":7}', '{"commissionId":"x"}'])
    assert.deepEqual([step(201, body).line?.outcome, step(201, body).wrong], ['unknown', true], body)
  assert.deepEqual([step(503, '').line?.outcome, step(503, '').wrong], ['unknown', false])
  assert.deepEqual([step(409, '{}').line?.outcome, step(409, '{}').wrong], ['refused', true])
})

test('without an answer it depends on whether the request left', () => {
  assert.equal(answer(0, null, 1212).line?.outcome, 'refused') // connection refused
  assert.equal(answer(0, null, 1050).line?.outcome, 'unknown') // time-out
  assert.equal(answer(0, null, 1220).line?.outcome, 'unknown') // connection reset
})
