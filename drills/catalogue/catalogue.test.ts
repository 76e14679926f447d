import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { drills } from './index.ts'

test('every drill has a file of its name, and every such file is in the catalogue', () => {
  const helpers = ['index', 'needs', 'pick', 'onShop']
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => basename(file, '.ts'))
    .filter((name) => !helpers.includes(name))
  assert.deepEqual(drills.map(({ name }) => name).sort(), files.sort())
})

test('every drill says what it believes, what it does and what it allows', () => {
  const releases = [
    { name: 'r', namespace: 'n', workloads: {}, kafka: { name: 'k', nodes: 1 } },
    { name: 'r', namespace: 'n', workloads: {}, kafka: { name: 'k', nodes: 3 } },
  ]
  for (const { hypothesis, fault, budget } of drills) {
    for (const text of [hypothesis, fault]) assert.notEqual(text.trim(), '')
    for (const release of releases) {
      const { firstDeliveryMs, firstEffectMs, caughtUpMs } =
        typeof budget === 'function' ? budget(release) : budget
      assert.ok(firstDeliveryMs > 0 && firstEffectMs >= firstDeliveryMs && caughtUpMs >= firstEffectMs)
    }
  }
})
