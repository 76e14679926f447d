import type { Measurement, Values } from '../measurement.ts'
import type { Run, Scenario } from '../scenario.ts'
import { median } from '../statistics.ts'
import { sustainLoad, writerConnections } from '../sustainLoad.ts'

const maxLag = 1_000
const seconds = 8
const share = 0.7
const fixedRate = 2_500
const closed = 'as fast as it goes'

export const sustained: Scenario = {
  name: 'sustained',
  title: 'Sustained load, end to end',
  description: `Writers on ${writerConnections} connections: begin, insert an order, enqueue an event of 300 bytes, commit, each
its own round trip or, pipelined, sent at once. One relay, one consumer. "${closed}": no pause between transactions, as long as at most
${maxLag.toLocaleString('en-US')} events are on their way, for ${seconds} s. The other rows follow a schedule: ${share * 100} % of the first, and ${fixedRate.toLocaleString('en-US')} transactions/s.
Latency in ms from the answer to the commit until a consumer has the event ("to Kafka") and until the relay has stored
that it is acknowledged ("to cursor", looked for every 5 ms in one of 25 events). CPU in percent of one core; "load" is the writers and the consumer.`,
  columns: [
    { key: 'transactionsPerSecond', title: 'transactions/s' },
    { key: 'kafkaP50', title: 'to Kafka p50', digits: 1 },
    { key: 'kafkaP95', title: 'p95', digits: 1 },
    { key: 'kafkaP99', title: 'p99', digits: 1 },
    { key: 'cursorP50', title: 'to cursor p50', digits: 1 },
    { key: 'cursorP99', title: 'p99', digits: 1 },
    { key: 'relayCpu', title: 'CPU relay' },
    { key: 'postgresCpu', title: 'CPU Postgres' },
    { key: 'kafkaCpu', title: 'CPU Kafka' },
    { key: 'loadCpu', title: 'CPU load' },
  ],
  variants: [
    { name: closed, budgetMs: 60_000, measure: (run) => sustainLoad(run, { seconds, maxLag }) },
    {
      name: `${closed}, pipelined`,
      budgetMs: 60_000,
      measure: (run) => sustainLoad(run, { seconds, maxLag, pipelined: true }),
    },
    { name: `${share * 100} % of the first`, budgetMs: 60_000, measure: atShare },
    {
      name: `${fixedRate.toLocaleString('en-US')}/s, pipelined`,
      budgetMs: 60_000,
      measure: (run) => sustainLoad(run, { seconds, rate: fixedRate, pipelined: true }),
    },
  ],
}

function atShare(run: Run): Promise<Values> {
  const rates = run.earlier.flatMap((measurement) => highest(measurement) ?? [])
  if (rates.length === 0) throw new Error(`there is no result of "${closed}" to take ${share * 100} % of`)
  return sustainLoad(run, { seconds, rate: median(rates) * share })
}

function highest({ variant, values }: Measurement): number | undefined {
  return variant === closed ? values.transactionsPerSecond : undefined
}
