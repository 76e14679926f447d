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
    portOffset: 0,
  })
  assert.deepEqual(parseLoadArguments(['soak']), {
    scenario: 'soak',
    profile: 'soak',
    kubernetes: false,
    portOffset: 0,
  })
  assert.deepEqual(parseLoadArguments(['mixed', 'stress', '--peak', '80', '--kubernetes', '-n', 'ns']), {
    scenario: 'mixed',
    profile: 'stress',
    kubernetes: true,
    portOffset: 0,
    peak: 80,
    namespace: 'ns',
  })
})

test('wrong arguments are said', () => {
  assert.throws(() => parseLoadArguments([]), { code: 'usage', message: /none given/ })
  assert.throws(() => parseLoadArguments(['stedy']), { code: 'usage', message: /stedy/ })
  assert.throws(() => parseLoadArguments(['steady', 'huge']), { code: 'usage', message: /huge/ })
  assert.throws(() => parseLoadArguments(['steady', 'smoke', 'now']), { code: 'usage', message: /now/ })
  assert.throws(() => parseLoadArguments(['steady', '--peak', '-3']), { code: 'usage', message: /peak/ })
  assert.throws(() => parseLoadArguments(['steady', '--peak=0']), { code: 'usage', message: /from 1/ })
})

test('the ports of npm start may be moved, and a release has its own', () => {
  assert.equal(parseLoadArguments(['steady', '--port-offset', '100']).portOffset, 100)
  assert.throws(() => parseLoadArguments(['steady', '--kubernetes', '--port-offset', '100']), {
    code: 'usage',
  })
})

test('every scenario is a script', () => {
  for (const name of scenarioNames) assert.ok(existsSync(join(import.meta.dirname, 'k6', `${name}.ts`)), name)
})
