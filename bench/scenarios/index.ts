import type { Scenario } from '../scenario.ts'
import { clients } from './clients.ts'
import { consoleScenario } from './console.ts'
import { drain } from './drain.ts'
import { enqueueCost } from './enqueueCost.ts'
import { events, eventsHeld } from './events.ts'
import { gateway } from './gateway.ts'
import { held } from './held.ts'
import { idle } from './idle.ts'
import { inbox } from './inbox.ts'
import { logins } from './logins.ts'
import { memory } from './memory.ts'
import { orders } from './orders.ts'
import { peersDrain } from './peersDrain.ts'
import { peersLoad } from './peersLoad.ts'
import { reserve } from './reserve.ts'
import { revocation } from './revocation.ts'
import { start } from './start.ts'
import { sustained } from './sustained.ts'
import { tracing } from './tracing.ts'

/** In the order in which they run. */
export const scenarios: readonly Scenario[] = [
  drain,
  sustained,
  enqueueCost,
  held,
  idle,
  memory,
  peersDrain,
  peersLoad,
  inbox,
  events,
  eventsHeld,
  reserve,
  orders,
  revocation,
  tracing,
  clients,
  gateway,
  logins,
  consoleScenario,
  start,
]
