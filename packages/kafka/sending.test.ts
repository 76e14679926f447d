import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignPartitions, failureOf, noteAnswer, type Sending } from './sending.ts'

const topic = { errorCode: 0, id: 'id', leaders: [1], fetchedAt: 0 }
const records = ['weak', 'strong', 'weak', 'big', 'big', 'slow'].map((name) => {
  return { topic: name, key: 'k', value: '{}', headers: {} }
})

/** What the broker answers, by topic, to all records of the topic at once. */
function answered(errorCodes: Readonly<Record<string, number>>): Sending {
  const topics = new Map(records.map((record) => [record.topic, topic]))
  const queues = assignPartitions(records, topics, 1_000)
  for (const queue of queues) {
    queue.inFlight = queue.indexes.length
    const faultyRecords = queue.topic === 'big' ? [0] : []
    noteAnswer(queue, { errorCode: errorCodes[queue.topic] ?? 0, errorMessage: null, faultyRecords })
  }
  return { count: records.length, records: () => records, queues, expired: false, deadline: 0 }
}

test('an answer fails just the records of what it names, each with its code and scope', () => {
  const error = failureOf(answered({ weak: 19, big: 87, slow: 7 }))
  assert.deepEqual([error?.code, error?.scope, error?.topic], ['invalidRecord', 'record', 'big'])
  assert.deepEqual(error?.failed, [0, 2, 3, 4, 5])
  assert.deepEqual(
    error?.errors.map(({ index, code, scope, brokerCode }) => [index, code, scope, brokerCode]),
    [
      [0, 'notEnoughReplicas', 'partition', 19],
      [2, 'notEnoughReplicas', 'partition', 19],
      [3, 'invalidRecord', 'record', 87],
      [5, 'timeout', 'partition', 7],
    ],
  )
})

test('the narrowest scope is that of the whole call', () => {
  assert.equal(failureOf(answered({ weak: 19 }))?.scope, 'partition')
  assert.equal(failureOf(answered({ weak: 19, slow: 29 }))?.scope, 'topic')
  assert.equal(failureOf(answered({})), undefined)
})
