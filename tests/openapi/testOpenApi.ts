import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { partsOf } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'
import { systemUnderTest } from '../support/systemUnderTest.ts'
import { fillSystem } from './fillSystem.ts'
import { findSchemathesis, fuzzService, loadSchemathesis, type Schemathesis } from './schemathesis.ts'
import { isLong, testBadInputs } from './testBadInputs.ts'

/** A system of many processes, on a machine that may be busy. */
const timeout = 840_000
/** What the kit answers in every service that consumes, or has sagas, by the same code. */
const kitPaths = ['/dead-letters', '/sagas']
/** The system whose services are asked for every bound of the first; sagas are in one system alone. */
const coveredBy = { system: 'messages', path: '/dead-letters' }
/** Of a program that several systems run: the one in which it is asked for every bound. */
const programs: Readonly<Record<string, string>> = { relay: 'messages', notifications: 'shop' }
/** The same requests at each run; RELEVO_TEST_SEED makes others. */
const seed = Number(process.env.RELEVO_TEST_SEED ?? 1)

/** The test of one system: a file each, so that they run side by side. */
export async function testOpenApi(system: System): Promise<void> {
  const schemathesis = await findSchemathesis()
  const title = `${system.name}: each service answers as its OpenAPI document says`
  if (typeof schemathesis === 'string') test(title, { skip: schemathesis })
  else test(title, { timeout }, (t) => fuzzSystem(t, system, schemathesis))
}

async function fuzzSystem(t: TestContext, system: System, schemathesis: Schemathesis): Promise<void> {
  const operatorToken = randomUUID()
  const running = await systemUnderTest(t, system, {
    OPERATOR_TOKEN: operatorToken,
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_ADDRESS: '1000000000',
    IN_FLIGHT_PER_ADDRESS: '1000',
  })
  const known = await fillSystem(t, system, running)
  console.log(`${t.name}: RELEVO_TEST_SEED=${seed}`)
  await testBadInputs(t, system, running, seed)
  if (isLong) return
  const run = loadSchemathesis(t, schemathesis)
  const covered = new Set(system.name === coveredBy.system ? [] : [coveredBy.path])
  for (const { name, folder } of partsOf(system)) {
    const { url, log } = running.serviceOf(name)
    const elsewhere = (programs[folder] ?? system.name) !== system.name
    const options = { url, seed, operatorToken, known, covered: elsewhere ? [''] : [...covered] }
    const report = await fuzzService(run, options).catch((error) => {
      throw new Error(`${name}: ${error.message}\nIts log:\n${log()}`)
    })
    for (const path of await pathsOf(url))
      for (const shared of kitPaths) if (path.startsWith(shared)) covered.add(shared)
    console.log(`  ${name}: ${/\d+ generated, \d+ passed/.exec(report)?.[0]}`)
  }
}

async function pathsOf(url: string): Promise<string[]> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object }
  return Object.keys(document.paths)
}
