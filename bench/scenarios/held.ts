import { drainBacklog, smallEvents } from '../drainBacklog.ts'
import type { Held } from '../holdTransaction.ts'
import type { Values } from '../measurement.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'
import { sustainLoad } from '../sustainLoad.ts'

const backlog = smallEvents(100_000)
const seconds = 5
const maxLag = 1_000

const works = {
  drain: async (run: Run, held?: Held) => {
    const { eventsPerSecond = Number.NaN } = await drainBacklog(run, { ...backlog, ...(held && { held }) })
    return { rate: eventsPerSecond }
  },
  sustained: async (run: Run, held?: Held) => {
    const { transactionsPerSecond = Number.NaN } = await sustainLoad(run, {
      seconds,
      maxLag,
      ...(held && { held }),
    })
    return { rate: transactionsPerSecond }
  },
} satisfies Record<string, (run: Run, held?: Held) => Promise<Values>>

const heldNames: Record<Held, string> = {
  event: 'held open: a transaction that recorded an event',
  xid: 'held open: a transaction that has an xid',
}

export const held: Scenario = {
  name: 'held',
  title: 'With a transaction held open for the whole run',
  description: `The drain of ${backlog.events.toLocaleString('en-US')} events, and the sustained load as fast as it goes
for ${seconds} s, each without and with one transaction that begins before the first event is recorded and ends after the
last is acknowledged.`,
  columns: [
    { key: 'rate', title: 'events/s' },
    { key: 'ratio', title: 'of the rate without', digits: 2 },
  ],
  ratios: [{ key: 'ratio', of: 'rate', reference: without }],
  variants: [
    variant('drain'),
    variant('drain', 'event'),
    variant('drain', 'xid'),
    variant('sustained'),
    variant('sustained', 'event'),
    variant('sustained', 'xid'),
  ],
}

function variant(work: keyof typeof works, held?: Held): Variant {
  const name = held ? `${work}, ${heldNames[held]}` : work
  return { name, budgetMs: 60_000, measure: (run) => works[work](run, held) }
}

function without(name: string): string | undefined {
  const [work = ''] = name.split(', ')
  return work === name ? undefined : work
}
