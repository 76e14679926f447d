import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dockerArguments } from './dockerKafka.ts'

test('the container is reached by loopback only, keeps its data in a volume, and has the settings as variables', () => {
  const args = dockerArguments('relevo-kafka', 19_092, { 'log.retention.ms': '1' })
  assert.deepEqual(args.slice(0, 4), ['run', '--detach', '--name', 'relevo-kafka'])
  assert.equal(args.at(-1), 'apache/kafka:4.3.1')
  assert.equal(args[args.indexOf('--publish') + 1], '127.0.0.1:19092:19092')
  assert.equal(args[args.indexOf('--volume') + 1], 'relevo-kafka:/var/lib/kafka/data')
  for (const variable of [
    'KAFKA_LISTENERS=PLAINTEXT://0.0.0.0:19092,CONTROLLER://127.0.0.1:9093',
    'KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://127.0.0.1:19092',
    'KAFKA_LOG_DIRS=/var/lib/kafka/data',
    'KAFKA_AUTO_CREATE_TOPICS_ENABLE=false',
    'KAFKA_LOG_RETENTION_MS=1',
  ]) {
    assert.equal(args[args.indexOf(variable) - 1], '--env', variable)
  }
})
