import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, testTopic } from '@relevo/testing'
import { runCommand } from '../runCommand.ts'

test('the last records of a topic are shown, and those that come', async (t) => {
  const { topic, kafka, producer } = await testTopic(t, 1)
  const environment = { KAFKA_BROKERS: kafka.brokers.join(',') }
  const lines: string[] = []
  const add = (text: string) => lines.push(text)
  const output = { out: add, err: add }
  const send = (...values: string[]) =>
    producer.send(
      values.map((value) => ({ topic, key: `key ${value}`, value, headers: { ce_type: 'happened' } })),
    )
  await send('a', 'b', 'c')
  assert.equal(await runCommand(['tail', topic, '-n', '2'], environment, output), 0)
  assert.deepEqual(
    lines.map((line) => line.replace(/^\S+ /, '')),
    ['0:1 happened key b b', '0:2 happened key c c'],
  )

  lines.length = 0
  const ending = new AbortController()
  const words = ['--json', 'tail', topic, '-f', '-n', '0', '--key', 'key e']
  const following = runCommand(words, environment, output, ending.signal)
  // Sent until one is seen, since only the command knows when it has found the end.
  await eventually(async () => {
    await send('d', 'e')
    return lines.length > 0
  }, 'a record that came later')
  ending.abort()
  assert.equal(await following, 0)
  assert.equal(JSON.parse(lines[0] ?? '').value, 'e')

  assert.equal(await runCommand(['tail', `${topic}-none`], environment, output), 2)
  assert.match(lines.at(-1) ?? '', /There is no topic/)
  assert.equal(await runCommand(['tail', topic, '-n', 'x'], environment, output), 2)
})
