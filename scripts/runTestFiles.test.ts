import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { slowestFiles } from './runTestFiles.ts'
import { addCounts, closingLine, noTests } from './testCounts.ts'

// A test runner does nothing within a test, so it is run by a process of its own.
function runFiles(
  files: Record<string, string>,
  fileTimeoutMs = 60_000,
): { output: string; counts: unknown } {
  const root = mkdtempSync(join(tmpdir(), 'relevo-run-'))
  for (const [name, source] of Object.entries(files)) writeFileSync(join(root, name), source)
  const script = join(root, 'run.ts')
  writeFileSync(
    script,
    `
    const { runTestFiles } = await import(${JSON.stringify(import.meta.resolve('./runTestFiles.ts'))})
    const options = { root: ${JSON.stringify(root)}, files: ${JSON.stringify(Object.keys(files))}, lanes: [{ LANE: 'one' }, { LANE: 'two' }] }
    const { signal } = new AbortController()
    const runs = await runTestFiles({ ...options, testTimeoutMs: 5000, fileTimeoutMs: ${fileTimeoutMs}, signal })
    const { addCounts } = await import(${JSON.stringify(import.meta.resolve('./testCounts.ts'))})
    console.log('\\n' + JSON.stringify(addCounts(...runs.map(({ counts }) => counts))))`,
  )
  const variables = { ...process.env }
  delete variables.NODE_TEST_CONTEXT
  const { stdout } = spawnSync(process.execPath, [script], {
    env: variables,
    encoding: 'utf8',
  })
  rmSync(root, { recursive: true })
  const lines = stdout.trimEnd().split('\n')
  return { output: stdout, counts: JSON.parse(lines.at(-1) ?? '') }
}

test('passed, failed and skipped tests are counted over all files', () => {
  const { output, counts } = runFiles({
    'a.test.ts': `import { test } from 'node:test'
      test('good', () => {}); test('bad', () => { throw new Error('because') }); test('later', { skip: true }, () => {})`,
    'b.test.ts': `import { suite, test } from 'node:test'; suite('s', () => { test('one', () => {}) })`,
  })
  assert.deepEqual(counts, { passed: 2, failed: 1, skipped: 1 })
  assert.match(output, /✖ bad/)
  assert.match(output, /because/)
})

test('files that run at a time have variables of their own', () => {
  const files = Object.fromEntries(
    ['one', 'two'].map((lane) => [
      `${lane}.test.ts`,
      `import { test } from 'node:test'; test('lane ' + process.env.LANE, () => {})`,
    ]),
  )
  const { output } = runFiles(files)
  for (const lane of ['one', 'two']) assert.match(output, new RegExp(`✔ lane ${lane}`))
})

test('a file fails when it crashes, holds no test, or does not end', () => {
  assert.deepEqual(runFiles({ 'a.test.ts': 'process.exit(3)' }).counts, { passed: 0, failed: 1, skipped: 0 })
  assert.deepEqual(runFiles({ 'a.test.ts': 'const n: number = 1' }).counts, {
    passed: 0,
    failed: 1,
    skipped: 0,
  })
  const hangs = `import { test } from 'node:test'; test('good', () => {}); setInterval(() => {}, 1000)`
  assert.equal((runFiles({ 'a.test.ts': hangs }, 2_000).counts as { failed: number }).failed, 1)
})

test('the files that took longest are named, longest first', () => {
  const runs = [
    { file: 'a', seconds: 1.04, counts: noTests },
    { file: 'b', seconds: 62, counts: noTests },
    { file: 'c', seconds: 3, counts: noTests },
  ]
  assert.equal(slowestFiles(runs, 2), '  62.0 s  b\n   3.0 s  c')
})

test('the closing line mentions skipped tests only when there are any', () => {
  const one = { passed: 1, failed: 0, skipped: 0 }
  assert.equal(closingLine(addCounts(one, one)), '2 passed, 0 failed')
  assert.equal(
    closingLine(addCounts(one, { passed: 0, failed: 2, skipped: 3 })),
    '1 passed, 2 failed, 3 skipped',
  )
})
