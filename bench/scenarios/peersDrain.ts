import { drainToTopic } from '../drainToTopic.ts'
import type { Contestant } from '../peers/contestant.ts'
import { ceiling, relays } from '../peers/index.ts'
import type { Scenario, Variant } from '../scenario.ts'

const budgetMs = 240_000
const heldSuffix = ', a transaction held open'
const contestants = [...relays, ceiling]
const backlogs = [...new Set(relays.map(({ backlog }) => backlog))].map((events) =>
  events.toLocaleString('en-US'),
)

export const peersDrain: Scenario = {
  name: 'peers-drain',
  chapter: 'peers',
  title: 'Draining a backlog, beside others',
  description: `Events of 300 bytes, recorded by transactions of 1 to 30 events while the contestant does not run (its replication
slot is there): ${backlogs.slice(0, -1).join(', ')} or ${backlogs.at(-1)} of them, so that each has some seconds to do. Measured from a third of them on
the topic to all, so that no start is in it and compilers have seen the code. "held open": a transaction that has an xid, from before the first event
to after the last. The ceiling reads our table and publishes by our producer, and keeps no record of it.
Relevo with the WAL source reads such a backlog from the table, too, and changes over to the stream when it is through.
CPU is in seconds per 100,000 events. WAL and table: bytes per event of recording and carrying it.
Every event was then looked for on the topic; a run that lost one has failed. "twice": records too many.`,
  columns: [
    { key: 'eventsPerSecond', title: 'events/s' },
    { key: 'ratio', title: 'of the ceiling', digits: 2 },
    { key: 'toUnheld', title: 'of not held', digits: 2 },
    { key: 'ownCpu', title: 'CPU own', digits: 2 },
    { key: 'postgresCpu', title: 'CPU Postgres', digits: 2 },
    { key: 'kafkaCpu', title: 'CPU Kafka', digits: 2 },
    { key: 'peakMegabytes', title: 'peak RSS, MB' },
    { key: 'walBytes', title: 'WAL' },
    { key: 'tableBytes', title: 'table' },
    { key: 'twice', title: 'twice' },
  ],
  ratios: [
    {
      key: 'ratio',
      of: 'eventsPerSecond',
      reference: (name) => (name === ceiling.name ? undefined : ceiling.name),
    },
    {
      key: 'toUnheld',
      of: 'eventsPerSecond',
      reference: (name) => (name.endsWith(heldSuffix) ? name.slice(0, -heldSuffix.length) : undefined),
    },
  ],
  variants: [
    ...contestants.map((contestant) => variant(contestant, false)),
    ...relays.map((contestant) => variant(contestant, true)),
  ],
}

function variant(contestant: Contestant, held: boolean): Variant {
  return {
    name: contestant.name + (held ? heldSuffix : ''),
    budgetMs,
    measure: (run) => drainToTopic(run, contestant, held),
  }
}
