import { messagesSystem } from '../../systems/messages.ts'
import { type Drill, instant } from '../drill.ts'
import { killEvery } from '../faults/killEvery.ts'

export const apiKilled: Drill = {
  name: 'apiKilled',
  title: 'All API pods killed (SIGKILL)',
  hypothesis:
    'A request that the API did not answer was recorded whole or not at all, and what was recorded goes out. Requests fail until the API is back; of those that broke off nobody knows, and none is there twice.',
  fault: 'SIGKILL to the processes of every API pod',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 10_000, caughtUpMs: 15_000 },
  recoveryOf: 'posts',
  missing: () => undefined,
  inject: async (context) => instant(await killEvery(context, messagesSystem.entry.service)),
}
