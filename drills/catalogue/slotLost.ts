import { resetParameters, setParameters } from '../../k8s/cluster/postgresParameters.ts'
import { replicasOf, scale } from '../../k8s/cluster/scale.ts'
import { readSlot, waitForStream, writeWal } from '../../k8s/cluster/slots.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import { commissionsSystem } from '../../systems/commissions.ts'
import { relayOf } from '../../systems/parts.ts'
import type { Drill } from '../drill.ts'
import { needsStream } from './needs.ts'

const component = relayOf(commissionsSystem).name
const lostBudgetMs = 60_000
/** What Postgres keeps in any case (wal_keep_size) goes before what slots may hold back. */
const tight = { max_slot_wal_keep_size: '64MB', wal_keep_size: '0' }

export const slotLost: Drill = {
  name: 'slotLost',
  title: 'WAL limit reached: slot lost',
  hypothesis:
    'Postgres gives up the slot of a relay that is away for too long, rather than fill the disk. The relay that comes back reads what it missed from the table, drops the slot and makes a new one.',
  fault:
    'max_slot_wal_keep_size set to 64 MB, the relay scaled to 0, 192 MB of WAL written, a checkpoint; once the slot is lost, the relay scaled back',
  budget: { firstDeliveryMs: 20_000, firstEffectMs: 25_000, caughtUpMs: 30_000 },
  system: 'commissions',
  invariants: ['everyRequestAnswered'],
  scales: component,
  missing: needsStream,
  inject: async ({ kube, release, print }) => {
    const lost = await waitForStream(kube, release)
    const replicas = await replicasOf(kube, release, component)
    await setParameters(kube, release, tight)
    const beganAt = Date.now()
    await scale(kube, release, component, 0)
    await waitFor('nobody to read from the slot', lostBudgetMs, async () => {
      const slot = await readSlot(kube, release)
      return slot && !slot.active
    })
    await writeWal(kube, release)
    await waitFor(`${lost.name} to be lost`, lostBudgetMs, async () => {
      const slot = await readSlot(kube, release)
      return slot?.walStatus === 'lost'
    })
    print(`Postgres has given up ${lost.name}`)
    const endedAt = Date.now()
    await scale(kube, release, component, replicas)
    const { name } = await waitForStream(kube, release)
    print(
      `a relay reads from a new ${name}, ${((Date.now() - endedAt) / 1_000).toFixed(1)} s after it was scaled back`,
    )
    return { beganAt, endedAt }
  },
  restore: ({ kube, release }) => resetParameters(kube, release),
}
