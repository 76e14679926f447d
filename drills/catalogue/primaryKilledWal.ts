import { waitForStream } from '../../k8s/cluster/slots.ts'
import type { Drill } from '../drill.ts'
import { needsStream } from './needs.ts'
import { primaryKilled } from './primaryKilled.ts'

export const primaryKilledWal: Drill = {
  ...primaryKilled,
  name: 'primaryKilledWal',
  title: 'Postgres primary killed, with the write-ahead log as source',
  hypothesis:
    'The slot is on the new primary as well, or a new one is made there; in any case the cursor, which is in the database, says where to go on. A replica has what the stream has shown, so nothing is in Kafka that the new primary does not know.',
  system: 'commissions',
  missing: needsStream,
  inject: async (context) => {
    const { kube, release } = context
    await waitForStream(kube, release)
    const times = await primaryKilled.inject(context)
    await waitForStream(kube, release)
    return times
  },
}
