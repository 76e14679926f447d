import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { openapi } from './api.ts'

test('docs/openapi/notifications.json is current (npm run docs:generate)', async () => {
  const file = await readFile(new URL('../../docs/openapi/notifications.json', import.meta.url), 'utf8')
  assert.deepEqual(JSON.parse(file), JSON.parse(JSON.stringify(openapi)))
})
