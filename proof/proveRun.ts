import type { System } from '../systems/system.ts'
import { closeDatabases, openDatabases } from './databases.ts'
import { combineProofs, type FlowProof, type Proof } from './proof.ts'
import { type FlowPlace, proveFlow, type SentRun } from './proveFlow.ts'
import { type Quiet, waitForQuiet } from './waitForQuiet.ts'

/** Waits for quiet and proves every flow of a system. Errors: those of `proveFlow`. */
export async function proveRun(
  system: System,
  places: readonly FlowPlace[],
  run: SentRun & { readonly quietMs: number },
): Promise<Proof> {
  const quiet = await quietOf(places, run.quietMs)
  const flows: FlowProof[] = []
  for (const place of places) flows.push(await proveFlow(system, place, run))
  return combineProofs(quiet, run.ledger.refused, flows)
}

async function quietOf(places: readonly FlowPlace[], budgetMs: number): Promise<Quiet> {
  const [first] = places
  if (!first) throw new Error('There is no flow to prove.')
  const flows = places.map((place) => ({ flow: place.flow, databases: openDatabases(place, 1) }))
  try {
    return await waitForQuiet({ flows, kafka: first.kafka, budgetMs })
  } finally {
    await Promise.all(flows.map(({ databases }) => closeDatabases(databases)))
  }
}
