import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'

const rounds = 40

/**
 * Processes, named as `npm start` is, that lock the same directories, each at the same moment.
 * @returns what each has said, by directory.
 */
async function race(t: TestContext, staleNote: string | undefined): Promise<string[][]> {
  const parent = mkdtempSync(join(tmpdir(), 'relevo-lock-'))
  t.after(() => rmSync(parent, { recursive: true }))
  const directories = Array.from({ length: rounds }, (_, n) => join(parent, String(n)))
  for (const directory of directories) {
    mkdirSync(directory)
    if (staleNote !== undefined) writeFileSync(join(directory, 'start.pid'), staleNote)
  }
  const script = join(parent, 'start.ts')
  writeFileSync(
    script,
    `const { lockDirectory } = await import(${JSON.stringify(import.meta.resolve('./dataDirectory.ts'))})
    console.log('ready')
    const begin = Number(await new Promise((resolve) => process.stdin.once('data', resolve)))
    const said = ${JSON.stringify(directories)}.map((directory, round) => {
      while (Date.now() < begin + round * 70);
      try { lockDirectory(directory); return 'locked' } catch (error) { return error.message }
    })
    console.log(JSON.stringify(said))
    await new Promise((resolve) => process.stdin.once('end', resolve).resume())`,
  )
  const children = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    return child
  })
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')))
  const answers = children.map(({ stdout }) => once(createInterface({ input: stdout }), 'line'))
  for (const { stdin } of children) stdin.write(String(Date.now() + 100))
  const said = (await Promise.all(answers)).map(([line]) => JSON.parse(String(line)) as string[])
  for (const directory of directories) {
    assert.ok(Number(readFileSync(join(directory, 'start.pid'), 'utf8')) > 0)
    assert.deepEqual(readdirSync(directory), ['start.pid'])
  }
  for (const { stdin } of children) stdin.end()
  return directories.map((_, round) => said.map((lines) => lines[round] ?? ''))
}

for (const [name, note] of [
  ['no earlier start', undefined],
  ['an earlier start that was killed', '999999999'],
  ['a note that was cut short', ''],
] as const)
  test(`of several starts at once one gets the directory: ${name}`, async (t) => {
    for (const said of await race(t, note)) {
      assert.equal(said.filter((line) => line === 'locked').length, 1, said.join('\n'))
      for (const line of said.filter((each) => each !== 'locked'))
        assert.match(line, /already runs here, as process/)
    }
  })
