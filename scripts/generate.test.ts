import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './dataDirectory.ts'
import { staleArtifacts } from './generate/artifacts.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')

test('everything that derives from systems/ is current (npm run generate)', () => {
  assert.deepEqual(
    staleArtifacts(read).map(({ file }) => file),
    [],
  )
})

test('a change of a system makes what derives from it stale', () => {
  const stale = staleArtifacts(read, [])
  assert.ok(stale.some(({ file }) => file === 'docs/asyncapi.yaml'))
})
