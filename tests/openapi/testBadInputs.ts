import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '@relevo/testing'
import { checkLaws } from '../../proof/checkLaws.ts'
import { partsOf } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'
import type { SystemUnderTest } from '../support/systemUnderTest.ts'
import { type BadInputTarget, knownOperations, sendBadInputs } from './sendBadInputs.ts'
import { assertServesBesideSlowClients } from './slowClients.ts'

/** Of each system; RELEVO_BAD_INPUTS=10000 is the long form, which looks at the memory as well, and at nothing else. */
const count = Number(process.env.RELEVO_BAD_INPUTS ?? 600)
export const isLong = count >= 5_000
/** What a process may hold more after the second half of the inputs: less than 10 kB each. */
const mostGrowthBytes = 30_000_000

/**
 * Sends every process of a system, and the gateway for each service behind it, inputs that are mostly wrong, beside slow clients: no
 * answer is 5xx, nothing is written by half, and nobody waits for others.
 */
export async function testBadInputs(
  t: TestContext,
  system: System,
  running: SystemUnderTest,
  seed: number,
): Promise<void> {
  const targets = await targetsOf(system, running)
  for (const { name } of partsOf(system))
    await assertServesBesideSlowClients(name, running.serviceOf(name).url)
  const send = async (half: number) => {
    for (const target of targets) {
      const options = { count: Math.ceil(count / targets.length / 2), seed: seed * 2 + half }
      const { sent, answers } = await sendBadInputs(target, options)
      console.log(`  ${target.name}: ${sent} bad inputs, ${JSON.stringify(answers)}`)
    }
  }
  await send(0)
  const before = isLong ? await heldBytes(system, running) : {}
  await send(1)
  for (const [name, bytes] of Object.entries(before)) await assertHoldsNoMore(name, bytes, running)
  await assertLawful(system, running)
  for (const { name } of partsOf(system)) assert.ok(running.serviceOf(name).isRunning(), `${t.name}: ${name}`)
}

async function targetsOf(system: System, running: SystemUnderTest): Promise<BadInputTarget[]> {
  const targets: BadInputTarget[] = []
  for (const { name } of partsOf(system)) {
    const { url } = running.serviceOf(name)
    targets.push({ name, url, operations: await knownOperations(url) })
  }
  const gateway = system.services.find((service) => service.gateway)
  const routed = gateway ? system.services.flatMap(({ route = '/' }) => (route === '/' ? [] : route)) : []
  for (const route of routed) {
    const { url } = running.serviceOf(gateway?.name ?? '')
    targets.push({ name: `/api${route}`, url, operations: await knownOperations(url, `/api${route}`) })
  }
  return targets
}

async function heldBytes(system: System, running: SystemUnderTest): Promise<Record<string, number>> {
  const held = partsOf(system).map(async ({ name }) => [name, await heldBy(running.serviceOf(name).url)])
  return Object.fromEntries(await Promise.all(held))
}

async function heldBy(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const metricValue = (metric: string) => Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1])
  return metricValue('nodejs_heap_size_used_bytes') + metricValue('nodejs_external_memory_bytes')
}

/** What is only not collected yet is in time, for each look makes garbage as well; what is held stays. */
async function assertHoldsNoMore(name: string, before: number, running: SystemUnderTest): Promise<void> {
  let growth = 0
  const isWithin = async () => {
    growth = (await heldBy(running.serviceOf(name).url)) - before
    return growth < mostGrowthBytes
  }
  await eventually(isWithin, `${name} to hold no more than at half`, 60_000)
  console.log(`  ${name} holds ${Math.round(growth / 1e6)} MB more than at half`)
}

async function assertLawful({ databases, laws = [] }: System, running: SystemUnderTest): Promise<void> {
  const pools = Object.fromEntries(databases.map(({ name }) => [name, running.poolOf(name)]))
  let broken: unknown
  const areKept = async () => {
    const found = await checkLaws(laws, pools)
    broken = found
    return found.length === 0
  }
  await eventually(areKept, 'every law to hold again', 60_000).catch((cause) => {
    throw new Error(JSON.stringify(broken), { cause })
  })
}
