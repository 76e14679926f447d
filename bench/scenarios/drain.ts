import { drainBacklog, smallEvents } from '../drainBacklog.ts'
import { startLoad } from '../load/loadProcess.ts'
import type { Values } from '../measurement.ts'
import type { Run, Scenario } from '../scenario.ts'
import { withOutbox } from '../withOutbox.ts'

const backlog = smallEvents(200_000)

export const drain: Scenario = {
  name: 'drain',
  title: 'Draining a backlog',
  description: `${backlog.events.toLocaleString('en-US')} events of 300 bytes wait, recorded by transactions of 1 to 30
events, half of them with random keys. One relay publishes them; measured from its first to its last acknowledgement.
The ceiling reads and publishes the same way and keeps no record of it: one page is read while the other is sent.
CPU is in seconds per 100,000 events.`,
  columns: [
    { key: 'eventsPerSecond', title: 'events/s' },
    { key: 'ratio', title: 'of the ceiling', digits: 2 },
    { key: 'ownCpu', title: 'CPU relay', digits: 2 },
    { key: 'postgresCpu', title: 'CPU Postgres', digits: 2 },
    { key: 'kafkaCpu', title: 'CPU Kafka', digits: 2 },
    { key: 'peakMegabytes', title: 'peak RSS, MB' },
  ],
  ratios: [
    {
      key: 'ratio',
      of: 'eventsPerSecond',
      reference: (variant) => (variant === 'relay' ? 'ceiling' : undefined),
    },
  ],
  variants: [
    { name: 'relay', budgetMs: 60_000, measure: (run) => drainBacklog(run, backlog) },
    { name: 'ceiling', budgetMs: 60_000, measure: drainBare },
  ],
}

interface CeilingReport {
  first: number
  sent: number
  seconds: number
  cpuSeconds: number
}

function drainBare({ bed, signal }: Run): Promise<Values> {
  return withOutbox(bed, async (outbox, cleanup) => {
    await backlog.fill(outbox)
    const ceiling = startLoad<CeilingReport>('ceilingMain', [outbox.url, ...bed.brokers])
    cleanup(ceiling.end)
    const { first, sent, seconds, cpuSeconds } = await ceiling.receive(signal)
    if (sent !== backlog.events) throw new Error(`the ceiling published ${sent} of ${backlog.events} events`)
    return { eventsPerSecond: (sent - first) / seconds, ownCpu: (cpuSeconds * 100_000) / sent }
  })
}
