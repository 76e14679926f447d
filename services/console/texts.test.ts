import assert from 'node:assert/strict'
import { test } from 'node:test'
import { texts } from './web/texts.ts'

/** Every text by its path; of those that are functions, the path alone. */
function leavesOf(value: unknown, path = ''): [string, string | undefined][] {
  if (typeof value !== 'object' || value === null)
    return [[path, typeof value === 'string' ? value : undefined]]
  return Object.entries(value).flatMap(([name, part]) =>
    leavesOf(part, path === '' ? name : `${path}.${name}`),
  )
}

test('both languages say the same things', () => {
  const [spanish, english] = [texts.es, texts.en].map((each) =>
    leavesOf(each)
      .map(([path]) => path)
      .sort(),
  )
  assert.deepEqual(spanish, english)
})

/** What Kafka and the patterns have no Spanish name for, and what happens to be the same. */
const shared = new Set([
  'Auto',
  'Broker',
  'Brokers',
  'Offset',
  'Offsets',
  'Outbox',
  'Outboxes',
  'Rack',
  'Relay',
  'Sagas',
  'Shard',
  'Topic',
  'Topics',
])

test('nothing is left untranslated', () => {
  const english = new Map(leavesOf(texts.en))
  const same = leavesOf(texts.es).filter(([path, text]) => text !== undefined && text === english.get(path))
  assert.deepEqual(
    same.filter(([, text]) => !shared.has(text ?? '')),
    [],
  )
})
