import type { Scenario } from '../scenario.ts'
import { drain } from './drain.ts'
import { enqueueCost } from './enqueueCost.ts'
import { sustained } from './sustained.ts'

/** In the order in which they run. */
export const scenarios: readonly Scenario[] = [drain, sustained, enqueueCost]
