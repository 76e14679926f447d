import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { childrenOf, waitUntil } from '@relevo/embedded'
import { startServiceProcess } from './serviceProcess.ts'
import { supervise } from './supervisor.ts'

function service(t: TestContext, source: string) {
  const directory = mkdtempSync(join(tmpdir(), 'relevo-supervisor-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'main.ts')
  writeFileSync(file, source)
  const printed: string[] = []
  const logFile = join(directory, 'service.log')
  const command = {
    name: 'it',
    file,
    variables: process.env,
    logFile,
    print: (line: string) => printed.push(line),
  }
  return { command, printed, logFile, log: () => readFileSync(logFile, 'utf8') }
}

test('a service that ends is started again, with its last lines shown, and stopped by SIGTERM', async (t) => {
  const { command, printed, log } = service(
    t,
    `import { existsSync, writeFileSync } from 'node:fs'
    const mark = import.meta.dirname + '/mark'
    console.log('{"level":"info","msg":"quiet"}')
    if (!existsSync(mark)) { writeFileSync(mark, ''); console.error('boom'); process.exit(3) }
    process.on('SIGTERM', () => { console.log('{"level":"info","msg":"ended well"}'); process.exit(0) })
    console.log('{"level":"warn","msg":"second life"}')
    setInterval(() => undefined, 1000)`,
  )
  const supervised = supervise(command, 10)
  t.after(() => supervised.stop())
  assert.equal(await waitUntil(() => printed.some((line) => line.includes('second life')), 20_000), true)
  assert.match(
    printed.join('\n'),
    /^\[it\] boom\nit ended by itself \(exit 3\).*\n {2}boom\n.*again in 0.01 s/,
  )
  await supervised.stop()
  assert.equal(await waitUntil(() => log().includes('ended well'), 5_000), true)
})

test('a service that keeps ending is given up with a report', async (t) => {
  const { command } = service(t, `console.error('no such setting'); process.exit(1)`)
  const supervised = supervise(command, 10)
  t.after(() => supervised.stop())
  const report = await supervised.gaveUp
  assert.match(report, /it ended by itself \(exit 1\)/)
  assert.match(report, /no such setting/)
  assert.match(report, /too often/)
})

test('a service with wrong settings is not started again', async (t) => {
  const { command, printed } = service(t, `console.error('PORT: not a number'); process.exit(78)`)
  const supervised = supervise(command, 10)
  t.after(() => supervised.stop())
  assert.match(await supervised.gaveUp, /it ended by itself \(exit 78\).*\n {2}PORT: not a number$/)
  assert.deepEqual(printed, ['[it] PORT: not a number'])
})

test('of a service that was killed the log is named, and its old lines are not repeated', async (t) => {
  const { command, printed } = service(
    t,
    `console.error('an old line'); process.kill(process.pid, 'SIGKILL')`,
  )
  const supervised = supervise(command, 10)
  t.after(() => supervised.stop())
  await supervised.gaveUp
  const reports = printed.filter((line) => line.includes('ended by itself'))
  assert.equal(reports.length, 3)
  for (const report of reports) assert.doesNotMatch(report, /an old line/)
})

test('no process is left where its log cannot be written', async (t) => {
  const { command, logFile } = service(t, 'setTimeout(() => undefined, 20_000)')
  const unwritable = join(logFile, '../missing/service.log')
  const before = childrenOf(process.pid)
  assert.throws(() => startServiceProcess({ ...command, logFile: unwritable }), { code: 'ENOENT' })
  assert.deepEqual(childrenOf(process.pid), before)
})
