import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipChartTests } from './helm.ts'
import { imageValues } from './install.ts'
import { CommandError, capture, succeeds } from './shell.ts'
import { requireTools } from './tools.ts'

test('an image is split into repository and tag', () => {
  const values = (image: string) =>
    imageValues(image).map((value) => value.replace('--set-string=image.', ''))
  assert.deepEqual(values('localhost/relevo:dev'), ['repository=localhost/relevo', 'tag=dev'])
  assert.deepEqual(values('host:5000/a/b:1.2'), ['repository=host:5000/a/b', 'tag=1.2'])
  assert.deepEqual(imageValues(undefined), [])
  assert.throws(() => imageValues('host:5000/relevo'), /repository:tag/)
})

test('a missing tool is told by name and version', async (t) => {
  const path = process.env.PATH
  process.env.PATH = '/nowhere'
  t.after(() => {
    process.env.PATH = path
  })
  await assert.rejects(requireTools('kind', 'helm'), /kind 0\.32 or later.*\n.*helm 3\.17 or later/)
})

test('without helm the tests of the chart fail with what to do, unless told to skip', async (t) => {
  const path = process.env.PATH
  process.env.PATH = '/nowhere'
  t.after(() => {
    process.env.PATH = path
  })
  await assert.rejects(skipChartTests({}), /helm\.sh.*RELEVO_SKIP_CHART_TESTS=1/)
  assert.equal(await skipChartTests({ RELEVO_SKIP_CHART_TESTS: '1' }), 'RELEVO_SKIP_CHART_TESTS=1')
})

test('a command that fails says why', async () => {
  const args = ['--eval', 'console.error("no such thing"); process.exit(3)']
  await assert.rejects(capture(process.execPath, args), (error: CommandError) => {
    assert.match(error.message, /no such thing/)
    assert.equal(error.exitCode, 3)
    return error instanceof CommandError
  })
  assert.equal(await succeeds(process.execPath, ['--eval', '']), true)
  assert.equal(
    await capture(process.execPath, ['--eval', 'process.stdin.pipe(process.stdout)'], { input: 'x' }),
    'x',
  )
})
