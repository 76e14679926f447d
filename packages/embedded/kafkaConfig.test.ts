import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaSettings, renderProperties } from './kafkaConfig.ts'

const options = { port: 9092, controllerPort: 9093, dataDirectory: '/data' }

test('the node is broker and controller, and creates no topics by itself', () => {
  const settings = kafkaSettings(options)
  assert.equal(settings['process.roles'], 'broker,controller')
  assert.equal(settings.listeners, 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093')
  assert.equal(settings['controller.quorum.voters'], '1@127.0.0.1:9093')
  assert.equal(settings['auto.create.topics.enable'], 'false')
  assert.equal(settings['message.max.bytes'], '1048576')
  assert.equal(settings['log.dirs'], '/data')
})

test('the settings of the caller win over the defaults', () => {
  const settings = kafkaSettings({
    ...options,
    settings: { 'message.max.bytes': '10', 'log.retention.ms': '1' },
  })
  assert.equal(settings['message.max.bytes'], '10')
  assert.equal(settings['log.retention.ms'], '1')
})

test('a value keeps its back-slashes and line breaks in a properties file', () => {
  assert.equal(renderProperties({ a: 'b', 'c.d': 'x\\y\nz' }), 'a=b\nc.d=x\\\\y\\nz\n')
})
