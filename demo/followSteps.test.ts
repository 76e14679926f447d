import assert from 'node:assert/strict'
import { test } from 'node:test'
import { followSteps, type Step } from './followSteps.ts'

const step = (text: string, ...looks: (string | undefined)[]): Step => ({
  text,
  look: async () => looks.shift(),
})

test('each step is waited for and shown with its facts, in one column', async () => {
  const lines: string[] = []
  const steps = [step('one', undefined, 'seen'), step('second', '')]
  assert.equal(await followSteps(steps, (line) => lines.push(line)), true)
  assert.deepEqual(lines, ['   1. ✅ one     seen', '   2. ✅ second'])
})

test('a step that does not come is said, and what follows it is not waited for', async () => {
  const lines: string[] = []
  const steps = [step('never'), { text: 'after', look: async () => assert.fail() }]
  assert.equal(await followSteps(steps, (line) => lines.push(line), 10), false)
  assert.deepEqual(lines, ['   1. ❌ never  no ocurrió en 0.01 s'])
})
