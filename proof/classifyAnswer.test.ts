import assert from 'node:assert/strict'
import { test } from 'node:test'
import { approveCommission, calculateCommission } from '../systems/requests/commissions.ts'
import { postMessage } from '../systems/requests/messages.ts'
import { register } from '../systems/requests/users.ts'
import { type Answer, classifyAnswer, classifyFailure, parseBody } from './classifyAnswer.ts'

const commissionId = '019abcde-0000-7000-8000-000000000000'
const recorded = (estado: string) => ({ success: true, evento_id: 5, estado, message: '…' })
const post = (status: number, body?: Answer['body']) => classifyAnswer(postMessage, 'c', { status, body })
const outcomeOf = ({ line, wrong }: ReturnType<typeof post>) => [line.outcome, wrong]

test('an answer as the contract says acknowledges the event', () => {
  const line = { outcome: 'ack', id: 5, content: 'c' }
  assert.deepEqual(post(201, recorded('E')), { line, wrong: false, delivered: true })
  assert.equal(post(202, recorded('P')).delivered, false)
})

test('a success that does not name the event is wrong, and its outcome unknown', () => {
  const bodies = [undefined, {}, { success: true, evento_id: '5', estado: 'E' }, recorded('Q')]
  for (const body of bodies) assert.deepEqual(outcomeOf(post(201, body)), ['unknown', true])
})

test('a server in trouble leaves the outcome unknown and is not wrong', () => {
  assert.deepEqual(outcomeOf(post(503)), ['unknown', false])
})

test('a valid request must not be refused', () => {
  for (const status of [200, 400, 404, 415, 429])
    assert.deepEqual(outcomeOf(post(status, {})), ['refused', true])
})

test('a step of a commission is acknowledged by an answer that names the commission', () => {
  const step = (status: number, body?: Answer['body']) =>
    classifyAnswer(calculateCommission, 'c:calculated', { status, body })
  const line = { outcome: 'ack', content: 'c:calculated' }
  assert.deepEqual(step(201, { commissionId }), { line, wrong: false, delivered: false })
  assert.deepEqual(outcomeOf(step(200, { commissionId })), ['refused', true])
  for (const body of [undefined, {}, { commissionId: 7 }, { commissionId: 'x' }])
    assert.deepEqual(outcomeOf(step(201, body)), ['unknown', true])
  assert.deepEqual(approveCommission.body('c', { commissionId }), { commissionId })
})

test('the content of an event is what the answer says, where the service chooses it', () => {
  const id = '019abcde-0000-7000-8000-000000000000'
  const { line } = classifyAnswer(register, 'c', { status: 201, body: { id } })
  assert.deepEqual(line, { outcome: 'ack', content: id })
  assert.equal(classifyAnswer(register, 'c', { status: 201, body: { id: 'c' } }).line.outcome, 'unknown')
})

test('of a request that may have arrived nobody knows; one that never left was refused', () => {
  assert.equal(classifyFailure('c', true, 'ECONNREFUSED').line.outcome, 'refused')
  assert.equal(classifyFailure('c', false, 'ECONNRESET').line.outcome, 'unknown')
})

test('only an object is a body', () => {
  assert.deepEqual(parseBody('{"a":1}'), { a: 1 })
  for (const text of ['', 'null', '5', '{broken']) assert.equal(parseBody(text), undefined)
})
