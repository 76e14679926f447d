import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startProcess, type TestProcess } from '@relevo/testing'
import { skipChartTests } from './helm.ts'
import { conflictFlags, describeProgress, imageValues } from './install.ts'
import { capture, ShellError, succeeds } from './shell.ts'
import { requireTools } from './tools.ts'

test('an image is split into repository and tag', () => {
  const values = (image: string) =>
    imageValues(image).map((value) => value.replace('--set-string=image.', ''))
  assert.deepEqual(values('localhost/relevo:dev'), ['repository=localhost/relevo', 'tag=dev'])
  assert.deepEqual(values('host:5000/a/b:1.2'), ['repository=host:5000/a/b', 'tag=1.2'])
  assert.deepEqual(imageValues(undefined), [])
  assert.throws(() => imageValues('host:5000/relevo'), /repository:tag/)
})

test('values win over what somebody has set by hand, where helm would see a conflict', () => {
  assert.deepEqual(conflictFlags('v4.3'), ['--force-conflicts'])
  assert.deepEqual(conflictFlags('v4.2.4+g1234567'), ['--force-conflicts'])
  assert.deepEqual(conflictFlags('v3.21.4+g1234567'), [])
})

test('progress says how much is there, and what it waits for', () => {
  const finding = (resource: string) => ({ resource, problem: '0 of 1 pods ready' })
  assert.equal(describeProgress(4, []), '4 of 4 resources are ready')
  assert.equal(
    describeProgress(9, ['a', 'b', 'c', 'd', 'e'].map(finding)),
    '4 of 9 resources are ready; waiting for a 0 of 1 pods ready; b 0 of 1 pods ready; c 0 of 1 pods ready; 2 more',
  )
})

/** Runs a script of this checkout with the tools that are in that folder. */
function runWith(t: TestContext, tools: string, program: string, args: readonly string[]): TestProcess {
  const env = { PATH: `${tools}:${process.env.PATH}`, KUBECONFIG: '/nowhere/config', HOME: tools }
  const started = startProcess(resolve(import.meta.dirname, '..', program), env, args)
  t.after(started.kill)
  return started
}

const noCluster: Array<[command: string, program: string, ...args: string[]]> = [
  ['k8s:status', 'k8s/main.ts', 'status'],
  ['k8s:install', 'k8s/main.ts', 'install'],
  ['k8s:operators', 'k8s/main.ts', 'operators'],
  ['drill', 'drills/main.ts', 'relayKilled'],
  ['load --kubernetes', 'loadtest/main.ts', 'steady', 'smoke', '--kubernetes'],
]

for (const [command, program, ...args] of noCluster) {
  test(`${command} without a cluster says so in one line`, async (t) => {
    const { ended, text } = runWith(t, await fakeTools(t), program, args)
    assert.equal(await ended, 2)
    assert.match(text(), /^No Kubernetes cluster answers \(.+\)\. Point KUBECONFIG at one.*kind:up$/)
  })
}

/** kubectl, helm and k6 as they are when no cluster answers: each knows its version and nothing else. */
async function fakeTools(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'relevo-tools-'))
  t.after(() => rm(directory, { recursive: true }))
  const script = `#!/bin/sh
[ "$1" = version ] && echo v9.0.0 && exit
echo 'The connection to the server localhost:8080 was refused' >&2
exit 1
`
  for (const name of ['kubectl', 'helm', 'k6'])
    await writeFile(join(directory, name), script, { mode: 0o755 })
  return directory
}

test('an install waits 10 minutes by default, which the real operators may need', async (t) => {
  const tools = await mkdtemp(join(tmpdir(), 'relevo-tools-'))
  t.after(() => rm(tools, { recursive: true }))
  const script = '#!/bin/sh\necho v9.0.0'
  for (const name of ['kubectl', 'helm']) await writeFile(join(tools, name), script, { mode: 0o755 })
  const { ended, text } = runWith(t, tools, 'k8s/main.ts', ['install'])
  assert.equal(await ended, 0)
  assert.match(text(), /helm upgrade --install relevo .*--wait --timeout=10m/)
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
  await assert.rejects(capture(process.execPath, args), (error: ShellError) => {
    assert.match(error.message, /no such thing/)
    assert.equal(error.exitCode, 3)
    return error instanceof ShellError
  })
  assert.equal(await succeeds(process.execPath, ['--eval', '']), true)
  assert.equal(
    await capture(process.execPath, ['--eval', 'process.stdin.pipe(process.stdout)'], { input: 'x' }),
    'x',
  )
})
