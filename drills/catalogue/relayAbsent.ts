import { messagesSystem } from '../../systems/messages.ts'
import { relayOf } from '../../systems/parts.ts'
import type { Drill } from '../drill.ts'
import { stayAway } from '../faults/stayAway.ts'

const absentMs = 60_000

const component = relayOf(messagesSystem).name

export const relayAbsent: Drill = {
  name: 'relayAbsent',
  title: 'Relay scaled to 0 for 60 s',
  hypothesis:
    'Without any relay the API goes on recording (estado P); the first relay that comes drains the backlog.',
  fault: 'kubectl scale relay to 0, after 60 s back',
  budget: { firstDeliveryMs: 20_000, firstEffectMs: 25_000, caughtUpMs: 30_000 },
  invariants: ['everyRequestAnswered'],
  scales: component,
  missing: () => undefined,
  inject: (context) => stayAway(context, component, absentMs),
}
