import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { allSystems } from '../../systems/index.ts'
import { partsOf } from '../../systems/parts.ts'
import { systemUnderTest } from '../support/systemUnderTest.ts'
import { fillSystem } from './fillSystem.ts'
import { findSchemathesis, fuzzService } from './schemathesis.ts'

const schemathesis = await findSchemathesis()
/** Two systems of many processes, on a machine that may be busy. */
const timeout = 280_000
/** The same requests at each run; RELEVO_TEST_SEED makes others. */
const seed = Number(process.env.RELEVO_TEST_SEED ?? 1)

test('says what schemathesis needs where it cannot be had, and skips only when told to', async () => {
  await assert.rejects(
    findSchemathesis({}, 'no-python3'),
    /python3 \(3\.11.*ENOENT[\s\S]*RELEVO_SKIP_API_FUZZ=1/,
  )
  assert.equal(await findSchemathesis({ RELEVO_SKIP_API_FUZZ: '1' }), 'RELEVO_SKIP_API_FUZZ=1')
})

for (const system of allSystems) {
  const skip = typeof schemathesis === 'string' && schemathesis
  test(`${system.name}: each service answers as its OpenAPI document says`, { skip, timeout }, async (t) => {
    if (typeof schemathesis === 'string') return
    const operatorToken = randomUUID()
    const running = await systemUnderTest(t, system, { OPERATOR_TOKEN: operatorToken, LOG_LEVEL: 'warn' })
    const known = await fillSystem(t, system, running)
    console.log(`${t.name}: RELEVO_TEST_SEED=${seed}`)
    for (const { name } of partsOf(system)) {
      const { url, log } = running.serviceOf(name)
      const report = await fuzzService(schemathesis, { url, seed, operatorToken, known }).catch((error) => {
        throw new Error(`${name}: ${error.message}\nIts log:\n${log()}`)
      })
      console.log(`  ${name}: ${/\d+ generated, \d+ passed/.exec(report)?.[0]}`)
    }
  })
}
