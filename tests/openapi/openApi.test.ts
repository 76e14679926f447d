import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { allSystems } from '../../systems/index.ts'
import { partsOf } from '../../systems/parts.ts'
import { systemUnderTest } from '../support/systemUnderTest.ts'
import { fillSystem } from './fillSystem.ts'
import { findSchemathesis, fuzzService } from './schemathesis.ts'

const schemathesis = await findSchemathesis()
/** A system of many processes, on a machine that may be busy. */
const timeout = 500_000
/** What the kit answers in every service that consumes, or has sagas, by the same code. */
const kitPaths = ['/dead-letters', '/sagas']
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
    const covered = new Set<string>()
    for (const { name } of partsOf(system)) {
      const { url, log } = running.serviceOf(name)
      const options = { url, seed, operatorToken, known, covered: [...covered] }
      const report = await fuzzService(schemathesis, options).catch((error) => {
        throw new Error(`${name}: ${error.message}\nIts log:\n${log()}`)
      })
      for (const path of await pathsOf(url))
        for (const shared of kitPaths) if (path.startsWith(shared)) covered.add(shared)
      console.log(`  ${name}: ${/\d+ generated, \d+ passed/.exec(report)?.[0]}`)
    }
  })
}

async function pathsOf(url: string): Promise<string[]> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object }
  return Object.keys(document.paths)
}
