import { setTimeout as delay } from 'node:timers/promises'
import { endStreams, waitForStream } from '../../k8s/cluster/slots.ts'
import type { Drill } from '../drill.ts'
import { needsStream } from './needs.ts'

const times = 5
const pauseMs = 1_000

export const walsenderKilled: Drill = {
  name: 'walsenderKilled',
  title: 'Walsender killed, five times',
  hypothesis:
    'A stream that breaks off has published up to a known place: the relay reads on from the table there, and returns to the stream.',
  fault:
    'pg_terminate_backend of the walsender, five times, each after the relay has come back to the stream',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 12_000, caughtUpMs: 15_000 },
  system: 'commissions',
  invariants: ['everyRequestAnswered'],
  missing: needsStream,
  inject: async ({ kube, release }) => {
    const beganAt = Date.now()
    let endedAt = beganAt
    for (let n = 0; n < times; n++) {
      const slot = await waitForStream(kube, release)
      endedAt = Date.now()
      await endStreams(kube, release, slot)
      await delay(pauseMs)
    }
    await waitForStream(kube, release)
    return { beganAt, endedAt }
  },
}
