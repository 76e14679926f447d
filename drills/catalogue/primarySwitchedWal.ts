import { waitForStream } from '../../k8s/cluster/slots.ts'
import type { Drill } from '../drill.ts'
import { needsReplica, needsStream } from './needs.ts'
import { primarySwitched } from './primarySwitched.ts'

export const primarySwitchedWal: Drill = {
  ...primarySwitched,
  name: 'primarySwitchedWal',
  title: 'Planned switchover of Postgres, with the write-ahead log as source',
  hypothesis:
    'The old primary ends cleanly once the stream has everything; the relay goes on with the slot or the table of the new one.',
  system: 'commissions',
  missing: async (context) => needsReplica(context) ?? (await needsStream(context)),
  inject: async (context) => {
    const { kube, release } = context
    await waitForStream(kube, release)
    const times = await primarySwitched.inject(context)
    await waitForStream(kube, release)
    return times
  },
}
