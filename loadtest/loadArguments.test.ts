import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseLoadArguments, scenarioNames } from './loadArguments.ts'

test('a scenario without a profile is a smoke test; a soak is a soak', () => {
  assert.deepEqual(parseLoadArguments(['steady']), {
    scenario: 'steady',
    profile: 'smoke',
    kubernetes: false,
  })
  assert.deepEqual(parseLoadArguments(['soak']), { scenario: 'soak', profile: 'soak', kubernetes: false })
  assert.deepEqual(parseLoadArguments(['mixed', 'stress', '--peak', '80', '--kubernetes', '-n', 'ns']), {
    scenario: 'mixed',
    profile: 'stress',
    kubernetes: true,
    peak: 80,
    namespace: 'ns',
  })
})

test('wrong arguments are said', () => {
  assert.match(String(parseLoadArguments([])), /none given/)
  assert.match(String(parseLoadArguments(['stedy'])), /stedy/)
  assert.match(String(parseLoadArguments(['steady', 'huge'])), /huge/)
  assert.match(String(parseLoadArguments(['steady', 'smoke', 'now'])), /now/)
  assert.match(String(parseLoadArguments(['steady', '--peak', '-3'])), /peak/)
  assert.match(String(parseLoadArguments(['steady', '--peak=0'])), /above 0/)
})

test('every scenario is a script', () => {
  for (const name of scenarioNames) assert.ok(existsSync(join(import.meta.dirname, 'k6', `${name}.ts`)), name)
})
