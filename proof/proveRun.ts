import type { System } from '../systems/system.ts'
import type { BrokenLaw } from './checkLaws.ts'
import { closeDatabases, openDatabases, withDatabases } from './databases.ts'
import { findWitnesses, hearDatabase, judge, type Testimony } from './judgeDatabases.ts'
import { combineProofs, type FlowProof, type Proof } from './proof.ts'
import { type FlowPlace, proveFlow, type SentRun } from './proveFlow.ts'
import { type Quiet, waitForQuiet } from './waitForQuiet.ts'

/** Waits for quiet, proves every flow of a system and checks its laws. Errors: those of `proveFlow`. */
export async function proveRun(
  system: System,
  places: readonly FlowPlace[],
  run: SentRun & { readonly quietMs: number },
): Promise<Proof> {
  const quiet = await quietOf(system, places, run.quietMs)
  const flows: FlowProof[] = []
  for (const place of places) flows.push(await proveFlow(system, place, run))
  return combineProofs(quiet, run.ledger.refused, flows, await brokenLaws(system, places))
}

async function brokenLaws(system: System, places: readonly FlowPlace[]): Promise<BrokenLaw[]> {
  const heard: Record<string, Testimony> = {}
  for (const { database, place, as } of findWitnesses(system, places))
    heard[database] = await withDatabases(place, 1, (databases) =>
      hearDatabase(system, database, databases[as]),
    )
  return judge(system, heard)
}

async function quietOf(system: System, places: readonly FlowPlace[], budgetMs: number): Promise<Quiet> {
  const [first] = places
  if (!first) throw new Error('There is no flow to prove.')
  const flows = places.map((place) => ({ flow: place.flow, databases: openDatabases(place, 1) }))
  try {
    return await waitForQuiet({ system, flows, kafka: first.kafka, budgetMs })
  } finally {
    await Promise.all(flows.map(({ databases }) => closeDatabases(databases)))
  }
}
