import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { prints, readPage } from './commands.ts'
import { runPage } from './runPage.ts'

function page(...lines: string[]): string {
  return ['# A page', '<!-- run in a new folder -->', '', ...lines].join('\n')
}

/** @returns what runs it, in an empty folder of its own. */
function tryPage(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'relevo-page-'))
  const file = join(folder, 'page.md')
  writeFileSync(file, text)
  return runPage(file, { places: { 'a new folder': folder }, variables: {}, replaced: [['NAME', 'world']] })
}

test('commands are found with what they print and how they are run', () => {
  const text = page(
    '```sh',
    'one',
    '```',
    '',
    '```text',
    'first … last',
    '```',
    '```ts',
    'const none = 1',
    '```',
    '<!-- runs on -->',
    '```sh',
    'two',
    '```',
    '<!-- not run: it takes an hour -->',
    '',
    '```sh',
    'three',
    '```',
  )
  assert.deepEqual(readPage(text), {
    place: 'a new folder',
    steps: [
      { kind: 'sh', text: 'one', line: 4, expected: 'first … last', run: 'once' },
      { kind: 'sh', text: 'two', line: 15, run: 'runsOn' },
      { kind: 'sh', text: 'three', line: 20, run: 'once', notRun: 'it takes an hour' },
    ],
  })
  assert.throws(() => readPage(page('<!-- whatever -->', '```sh', 'one', '```')), /whatever.*not known/)
})

test('what is expected may have other lines between, in this order', () => {
  assert.ok(prints('a 1 b\nnoise\n  c\n', 'a … b\nc'))
  assert.ok(!prints('c\na 1 b', 'a … b\nc'))
  assert.ok(!prints('', 'a'))
})

test('folders and variables hold from command to command, changes are applied, and background commands end', async () => {
  const text = page(
    '```sh',
    'mkdir sub && cd sub',
    'export WHO=NAME',
    `printf 'a\\nb\\n' >file`,
    '```',
    '```diff',
    '--- file',
    '+++ file',
    '@@ -1,2 +1,2 @@',
    ' a',
    '-b',
    '+c',
    '```',
    '<!-- runs on -->',
    '```sh',
    'echo up; sleep 0.3; echo later >>file; sleep 600',
    '```',
    '```text',
    'up',
    '```',
    '<!-- until it prints this -->',
    '```sh',
    'cat file; echo "hello $WHO"',
    '```',
    '```text',
    'a',
    'c',
    'later',
    'hello world',
    '```',
  )
  assert.equal(await tryPage(text), 4)
})

test('a command that fails, or prints something else, is told with its line', async () => {
  await assert.rejects(tryPage(page('```sh', 'echo reason >&2; false', '```')), /page\.md:4: .*reason/s)
  await assert.rejects(
    tryPage(page('```sh', 'echo no', '```', '```text', 'yes', '```')),
    /should print\nyes\nand printed\nno/,
  )
  await assert.rejects(tryPage('```sh\ntrue\n```'), /which is unknown/)
})
