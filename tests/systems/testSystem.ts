// Each system as its description says: started once, used and proved, then asked for all that its services' documents have.
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { System } from '../../systems/system.ts'
import { findSchemathesis } from '../openapi/schemathesis.ts'
import { testOpenApi } from '../openapi/testOpenApi.ts'
import { systemUnderTest } from '../support/systemUnderTest.ts'
import { testProof } from './testProof.ts'

/** A system of many processes, on a machine that may be busy. */
const timeout = 840_000

/** The tests of one system: a file each, so that they run side by side. */
export async function testSystem(system: System): Promise<void> {
  const schemathesis = await findSchemathesis()
  const skip = typeof schemathesis === 'string' && schemathesis
  await test(system.name, { timeout }, async (t) => {
    const operatorToken = randomUUID()
    const running = await systemUnderTest(t, system, {
      OPERATOR_TOKEN: operatorToken,
      LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_ADDRESS: '1000000000',
      IN_FLIGHT_PER_ADDRESS: '1000',
    })
    await t.test('a run is proved, and an event that was never recorded is found', () =>
      testProof(system, running),
    )
    await t.test('each service answers as its OpenAPI document says', { skip, timeout }, async (t) => {
      if (typeof schemathesis !== 'string')
        await testOpenApi(t, system, { running, operatorToken, schemathesis })
    })
  })
}
