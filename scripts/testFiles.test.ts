import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { findTestFiles, longest } from './testFiles.ts'

test('test files are found everywhere but in dependencies, filtered by parts of their paths, the longest first, then those of systems', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'relevo-files-'))
  t.after(() => rmSync(root, { recursive: true }))
  const files = [
    'packages/outbox/enqueue.test.ts',
    'packages/outbox/enqueue.ts',
    'packages/inbox/node_modules/x/y.test.ts',
    'services/messages/deep/er/routes.test.ts',
    'tests/short.test.ts',
    'elsewhere/z.test.ts',
    'bench/bench.test.ts',
    'k8s/a.test.ts',
    'k8s/chartRules.test.ts',
  ]
  for (const file of files) {
    mkdirSync(join(root, dirname(file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  const [packages = '', , , services = '', tests = ''] = files
  assert.deepEqual(findTestFiles(root, []), [
    ...['k8s/chartRules.test.ts', tests, services, packages],
    ...['bench/bench.test.ts', 'k8s/a.test.ts'],
  ])
  assert.deepEqual(findTestFiles(root, ['./packages/outbox', 'short']), [tests, packages])
  assert.deepEqual(findTestFiles(root, ['nothing']), [])
})

test('the files that are known to take longest are there', () => {
  const found = findTestFiles(join(import.meta.dirname, '..'), [])
  assert.deepEqual(
    longest.filter((file) => !found.includes(file)),
    [],
  )
})
