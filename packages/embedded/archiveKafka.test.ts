import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { archiveKafka } from './archiveKafka.ts'
import { startKafka } from './startKafka.ts'
import { temporaryDirectory } from './temporaryDirectory.ts'

const skip = process.platform === 'linux' ? false : 'what a process has mapped is seen on Linux'

test('a broker takes its classes out of the archive', { skip }, async (t) => {
  await archiveKafka()
  const directory = temporaryDirectory()
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  const kafka = await startKafka({ directory })
  t.after(() => kafka.kill())
  const mapped = readFileSync(`/proc/${kafka.pid}/maps`, 'utf8').split('\n')
  assert.ok(mapped.some((line) => /\/classes-\w{12}\.jsa/.test(line)))
})
