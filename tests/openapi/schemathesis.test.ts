import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { allSystems } from '../../systems/index.ts'
import { findSchemathesis } from './schemathesis.ts'

test('says what schemathesis needs where it cannot be had, and skips only when told to', async () => {
  await assert.rejects(
    findSchemathesis({}, 'no-python3'),
    /python3 \(3\.11.*ENOENT[\s\S]*RELEVO_SKIP_API_FUZZ=1/,
  )
  assert.equal(await findSchemathesis({ RELEVO_SKIP_API_FUZZ: '1' }), 'RELEVO_SKIP_API_FUZZ=1')
})

test('every system has its test', () => {
  const missing = allSystems.filter(
    ({ name }) => !existsSync(join(import.meta.dirname, '../systems', `${name}.test.ts`)),
  )
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  )
})
