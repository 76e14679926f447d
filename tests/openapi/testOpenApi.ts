import type { TestContext } from 'node:test'
import { partsOf } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'
import type { SystemUnderTest } from '../support/systemUnderTest.ts'
import { fillSystem } from './fillSystem.ts'
import { fuzzService, loadSchemathesis, type Schemathesis } from './schemathesis.ts'
import { isLong, testBadInputs } from './testBadInputs.ts'

/** What the kit answers in every service that consumes, or has sagas, by the same code. */
const kitPaths = ['/dead-letters', '/sagas']
/** The system whose services are asked for every bound of the first; sagas are in one system alone. */
const coveredBy = { system: 'messages', path: '/dead-letters' }
/** Of a program that several systems run: the one in which it is asked for every bound. */
const programs: Readonly<Record<string, string>> = { relay: 'messages', notifications: 'shop' }
/** The same requests at each run; RELEVO_TEST_SEED makes others. */
const seed = Number(process.env.RELEVO_TEST_SEED ?? 1)

export interface OpenApiTarget {
  readonly running: SystemUnderTest
  /** That its services were started with. */
  readonly operatorToken: string
  readonly schemathesis: Schemathesis
}

/** Each service of a system answers as its OpenAPI document says, to good requests and bad ones. */
export async function testOpenApi(
  t: TestContext,
  system: System,
  { running, operatorToken, schemathesis }: OpenApiTarget,
): Promise<void> {
  const known = await fillSystem(t, system, running)
  console.log(`${system.name}: RELEVO_TEST_SEED=${seed}`)
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
