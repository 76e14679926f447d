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
    const options = { root: ${JSON.stringify(root)}, files: ${JSON.stringify(Object.keys(files))}, lanes: [{ variables: { LANE: 'one' } }, { variables: { LANE: 'two' } }] }
    const { signal } = new AbortController()
    const runs = await runTestFiles({ ...options, testTimeoutMs: 5000, fileTimeoutMs: ${fileTimeoutMs}, signal })
    const { addCounts } = await import(${JSON.stringify(import.meta.resolve('./testCounts.ts'))})
    console.log('cpu ' + JSON.stringify(runs.map(({ cpuSeconds }) => cpuSeconds)))
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

test('the CPU of a file is that of its process and of those that it started, also of one that it left', {
  skip: process.platform !== 'linux',
}, () => {
  const spin = 'const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);'
  const cpuOf = (source: string) => {
    const { output } = runFiles({ 'a.test.ts': `import { test } from 'node:test'; ${source}` })
    return JSON.parse(/^cpu \[(.*)\]$/m.exec(output)?.[1] ?? '')
  }
  const own = cpuOf(`test('spins', () => { ${spin} })`)
  assert.ok(own >= 0.3, `${own} s`)
  const imports = `import { spawn } from 'node:child_process'; import { once } from 'node:events'`
  const spawned = (
    more: string,
  ) => `const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${spin} console.log('done'); setInterval(() => {}, 1000)`)}])
    await once(child.stdout, 'data'); ${more}`
  const ended = cpuOf(
    `${imports}; test('spins', async () => { ${spawned(`child.kill(); await once(child, 'exit')`)} })`,
  )
  assert.ok(ended >= 0.3, `${ended} s`)
  const left = cpuOf(
    `${imports}; test('spins', async () => { ${spawned(`process.once('exit', () => child.kill()); child.unref(); child.stdout.destroy(); child.stderr.destroy(); child.stdin.destroy()`)} })`,
  )
  assert.ok(left >= 0.3, `${left} s`)
  assert.equal(cpuOf(`test('dies', () => process.kill(process.pid, 'SIGKILL'))`), null)
})

test('the files that took longest are named with their CPU, longest first', () => {
  const runs = [
    { file: 'a', seconds: 1.04, cpuSeconds: 0.5, counts: noTests },
    { file: 'b', seconds: 62, cpuSeconds: 100.25, counts: noTests },
    { file: 'c', seconds: 3, cpuSeconds: Number.NaN, counts: noTests },
  ]
  assert.equal(
    slowestFiles(runs, 2),
    ' time     CPU\n  62.0 s  100.3 s  b\n   3.0 s      ? s  c\n          100.8 s  all 3 files',
  )
})

test('the closing line mentions skipped tests only when there are any', () => {
  const one = { passed: 1, failed: 0, skipped: 0 }
  assert.equal(closingLine(addCounts(one, one)), '2 passed, 0 failed')
  assert.equal(
    closingLine(addCounts(one, { passed: 0, failed: 2, skipped: 3 })),
    '1 passed, 2 failed, 3 skipped',
  )
})
