import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

/** Processes that begin to lock a directory at the same moment, named as `npm start` is. */
async function race(t: TestContext, staleNote: string | undefined): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'relevo-lock-'))
  t.after(() => rmSync(directory, { recursive: true }))
  if (staleNote !== undefined) writeFileSync(join(directory, 'start.pid'), staleNote)
  const script = join(directory, 'start.ts')
  writeFileSync(
    script,
    `const { lockDirectory } = await import(${JSON.stringify(import.meta.resolve('./dataDirectory.ts'))})
    console.log('ready')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    try { lockDirectory(${JSON.stringify(directory)}); console.log('locked') }
    catch (error) { console.log(error.message) }
    await new Promise((resolve) => process.stdin.once('end', resolve).resume())`,
  )
  const children = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    return child
  })
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')))
  const answers = children.map(({ stdout }) => once(stdout, 'data').then(([chunk]) => String(chunk).trim()))
  for (const { stdin } of children) stdin.write('go')
  const said = await Promise.all(answers)
  assert.ok(Number(readFileSync(join(directory, 'start.pid'), 'utf8')) > 0)
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('start.pid.')),
    [],
  )
  for (const { stdin } of children) stdin.end()
  return said
}

for (const [name, note] of [
  ['no earlier start', undefined],
  ['an earlier start that was killed', '999999999'],
  ['a note that was cut short', ''],
] as const)
  test(`of several starts at once one gets the directory: ${name}`, async (t) => {
    const said = await race(t, note)
    assert.equal(said.filter((line) => line === 'locked').length, 1, said.join('\n'))
    for (const line of said.filter((each) => each !== 'locked'))
      assert.match(line, /already runs here, as process/)
  })
