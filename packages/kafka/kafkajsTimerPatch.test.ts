import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdmin } from './admin.ts'
import { testTopic } from './testTopic.ts'

test('kafkajs schedules no timers with negative delays', async (t) => {
  const warnings: string[] = []
  process.on('warning', ({ name }) => warnings.push(name)) // each kind is reported once a process
  const { config, topic } = await testTopic()
  const admin = createAdmin(config)
  t.after(() => admin.close())
  await admin.topicOffsets([topic])
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(warnings, [])
})
