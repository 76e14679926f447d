import { cpuSeconds } from '../../scripts/cpuSeconds.ts'
import { startLoad } from '../load/loadProcess.ts'
import { peakResidentBytes } from '../processUsage.ts'
import type { Contestant } from './contestant.ts'

/** Reads and publishes a backlog by Relevo's own producer and keeps no record of how far it got. */
export const ceiling: Contestant = {
  name: 'ceiling',
  recording: 'outbox',
  idHeader: 'ce_id',
  backlog: 300_000,
  prepare: async () => {},
  start: async (bed, outbox) => {
    const { pid, end } = startLoad('ceilingMain', [outbox.url, ...bed.brokers])
    return {
      pid,
      cpuSeconds: () => cpuSeconds(pid),
      peakMegabytes: () => peakResidentBytes(pid) / 1e6,
      check: () => {},
      stop: end,
    }
  },
  untilReady: async () => {},
}
