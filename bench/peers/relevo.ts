import { untilRelayWorks } from '../progress.ts'
import { type RelaySource, startRelay } from '../relayProcess.ts'
import { type Contestant, untilSlotActive } from './contestant.ts'

const names: Record<RelaySource, string> = { table: 'Relevo, table', wal: 'Relevo, WAL' }

/** This project's relay, as it is deployed. */
export function relevo(source: RelaySource): Contestant {
  const contestant: Contestant = {
    name: names[source],
    recording: 'outbox',
    idHeader: 'ce_id',
    backlog: 300_000,
    prepare: async (bed, outbox, signal) => {
      if (source === 'table') return
      // It makes its slot itself, when it is started first.
      const relay = await contestant.start(bed, outbox)
      try {
        await contestant.untilReady(outbox, relay, signal)
      } finally {
        await relay.stop()
      }
    },
    start: (bed, outbox) => startRelay(bed, outbox, source),
    untilReady: async (outbox, relay, signal) => {
      await untilRelayWorks(outbox, signal)
      if (source === 'wal') await untilSlotActive(outbox, relay, signal)
    },
  }
  return contestant
}
