import { drainBacklog, smallEvents, streamTransaction } from '../drainBacklog.ts'
import { fillWithLarge } from '../load/fillOutbox.ts'
import type { Scenario } from '../scenario.ts'

const largeBytes = 250_000
const large = 2_000

export const memory: Scenario = {
  name: 'memory',
  title: 'Memory of the relay',
  description: `The most memory that the relay's process had resident at once (VmHWM), from its start until it has
published a backlog, or, where it reads the write-ahead log, the events of one transaction.`,
  columns: [
    { key: 'peakMegabytes', title: 'peak RSS, MB' },
    { key: 'eventsPerSecond', title: 'events/s' },
  ],
  rounds: () => 1,
  variants: [
    {
      name: '1,000,000 events of 300 bytes',
      budgetMs: 240_000,
      measure: (run) => drainBacklog(run, smallEvents(1_000_000)),
    },
    {
      name: '1,000,000 events of 300 bytes in one transaction, WAL',
      budgetMs: 240_000,
      measure: (run) => streamTransaction(run, 1_000_000),
    },
    {
      name: '2,000 events of 250 kB',
      budgetMs: 120_000,
      measure: (run) =>
        drainBacklog(run, { events: large, fill: (outbox) => fillWithLarge(outbox, large, largeBytes) }),
    },
  ],
}
