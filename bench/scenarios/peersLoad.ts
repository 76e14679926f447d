import type { Measurement, Values } from '../measurement.ts'
import type { Contestant } from '../peers/contestant.ts'
import { pacemakers, relays } from '../peers/index.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'
import { sustainLoad, writerConnections } from '../sustainLoad.ts'

const maxLag = 1_000
const seconds = 8
const warmUpSeconds = 6
const share = 0.7
const budgetMs = 120_000
const pacedSuffix = ', at the common rate'

export const peersLoad: Scenario = {
  name: 'peers-load',
  chapter: 'peers',
  title: 'Sustained load, beside others',
  description: `As in "Sustained load, end to end", but each with its own outbox table and at most ${maxLag.toLocaleString('en-US')} events that are
committed and not on the topic: for ${seconds} s after ${warmUpSeconds} s to warm up, as fast as it goes, with writers on ${writerConnections} connections. Then at one common rate:
${share * 100} % of what the slowest of ${[...pacemakers].join('; ')} sustained in the first round. Who sustained less than that rate has ${share * 100} % of his own.
Latency in ms from the answer to the commit until a consumer has the event; "lost" did not come
within 10 s after the last that did. CPU is in seconds per 100,000 events; that of Postgres is the writers' too.`,
  columns: [
    { key: 'transactionsPerSecond', title: 'transactions/s' },
    { key: 'kafkaP50', title: 'to Kafka p50', digits: 1 },
    { key: 'kafkaP95', title: 'p95', digits: 1 },
    { key: 'kafkaP99', title: 'p99', digits: 1 },
    { key: 'ownCpu', title: 'CPU own', digits: 2 },
    { key: 'postgresCpu', title: 'CPU Postgres', digits: 2 },
    { key: 'kafkaCpu', title: 'CPU Kafka', digits: 2 },
    { key: 'peakMegabytes', title: 'peak RSS, MB' },
    { key: 'lost', title: 'lost' },
    { key: 'twice', title: 'twice' },
  ],
  variants: [...relays.map(fast), ...relays.map(paced)],
}

function fast(contestant: Contestant): Variant {
  return { name: contestant.name, budgetMs, measure: (run) => carry(run, contestant) }
}

function paced(contestant: Contestant): Variant {
  return {
    name: contestant.name + pacedSuffix,
    budgetMs,
    measure: (run) => carry(run, contestant, commonRate(run.earlier, contestant.name)),
  }
}

async function carry(run: Run, contestant: Contestant, rate?: number): Promise<Values> {
  const pace = rate === undefined ? { maxLag } : { rate }
  const values = await sustainLoad(run, { seconds, warmUpSeconds, contestant, ...pace })
  // Percent of a core to seconds per 100,000 events.
  const per = 1_000 / (values.transactionsPerSecond ?? Number.NaN)
  const costs = { ownCpu: 'relayCpu', postgresCpu: 'postgresCpu', kafkaCpu: 'kafkaCpu' } as const
  const used = Object.entries(costs).map(([name, source]) => [name, (values[source] ?? Number.NaN) * per])
  return { ...values, ...Object.fromEntries(used) }
}

/**
 * The rate that all get, in transactions per second, by the first round: 70 % of the slowest pacemaker's, or less for
 * one who sustained less.
 * @throws Error when the first round has no result to take it from.
 */
export function commonRate(earlier: readonly Measurement[], name: string): number {
  const sustained = new Map(
    earlier
      .filter(({ round, values }) => round === 1 && values.transactionsPerSecond !== undefined)
      .map(({ variant, values }) => [variant, values.transactionsPerSecond as number]),
  )
  const own = sustained.get(name)
  const slowest = Math.min(...[...pacemakers].flatMap((pacemaker) => sustained.get(pacemaker) ?? []))
  if (own === undefined) throw new Error(`there is no result of "${name}" in the first round`)
  return share * Math.min(slowest, own)
}
