import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './dataDirectory.ts'

function run(script: string, ...args: string[]) {
  const env = { ...process.env, KUBECONFIG: '/nowhere/kubeconfig', HOME: '/nowhere' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script), ...args], {
    encoding: 'utf8',
    env,
  })
  return { status, stdout, stderr }
}

const commands = [
  'bench/main.ts',
  'drills/main.ts',
  'k8s/main.ts',
  'loadtest/main.ts',
  'loadtest/verify/main.ts',
  'scripts/start.ts',
]

for (const command of commands)
  test(`${command}: --help is the usage, and a wrong option is said with it, without a stack`, () => {
    const help = run(command, '--help')
    assert.deepEqual([help.status, help.stderr], [0, ''])
    assert.match(help.stdout, /^npm (run|start)/)
    const wrong = run(command, '--nonsense')
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /--nonsense.*\n\nnpm (run|start)/s)
    assert.doesNotMatch(wrong.stderr, /\n {4}at /)
  })

test('what a command needs and is not there is one line, with what to do', () => {
  const cluster = run('drills/main.ts', 'relayKilled')
  assert.equal(cluster.status, 2)
  assert.match(cluster.stderr, /^[^\n]*KUBECONFIG[^\n]*npm run kind:up\n$/)
  const noRun = run('loadtest/verify/main.ts', '/nowhere/run')
  assert.deepEqual([noRun.status, noRun.stderr], [2, 'There is no directory /nowhere/run.\n'])
})
