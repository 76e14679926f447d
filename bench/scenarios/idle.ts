import { setTimeout as delay } from 'node:timers/promises'
import { cpuSeconds } from '../../scripts/cpuSeconds.ts'
import type { Values } from '../measurement.ts'
import { untilRelayWorks } from '../progress.ts'
import { startRelay } from '../relayProcess.ts'
import type { Run, Scenario } from '../scenario.ts'
import { readTransactions } from '../sql/progress.ts'
import type { BenchOutbox } from '../testBed.ts'
import { withOutbox } from '../withOutbox.ts'

const settleMs = 10_000
const idleMs = 30_000

export const idle: Scenario = {
  name: 'idle',
  title: 'Idle',
  description: `A relay without anything to publish, over ${idleMs / 1_000} s after ${settleMs / 1_000} s to settle. Each of
its queries is a transaction, as counted by Postgres. CPU in percent of one core.`,
  columns: [
    { key: 'queriesPerSecond', title: 'queries/s', digits: 1 },
    { key: 'relayCpu', title: 'CPU relay', digits: 2 },
    { key: 'postgresCpu', title: 'CPU Postgres', digits: 2 },
  ],
  rounds: () => 1,
  variants: [{ name: 'relay', budgetMs: 60_000, measure: beIdle }],
}

function beIdle({ bed, signal }: Run): Promise<Values> {
  return withOutbox(bed, async (outbox, cleanup) => {
    const relay = await startRelay(bed, outbox)
    cleanup(relay.stop)
    await untilRelayWorks(outbox, signal)
    await delay(settleMs, undefined, { signal })
    const look = async () => [await transactions(outbox), relay.cpuSeconds(), cpuSeconds(bed.postgresPid)]
    const [transactionsBefore = 0, relayBefore = 0, postgresBefore = 0] = await look()
    const startedAt = performance.now()
    await delay(idleMs, undefined, { signal })
    const [transactionsAfter = 0, relayAfter = 0, postgresAfter = 0] = await look()
    const seconds = (performance.now() - startedAt) / 1_000
    return {
      // Less the look before, which is in the count of the look after.
      queriesPerSecond: (transactionsAfter - transactionsBefore - 1) / seconds,
      relayCpu: ((relayAfter - relayBefore) * 100) / seconds,
      postgresCpu: ((postgresAfter - postgresBefore) * 100) / seconds,
    }
  })
}

async function transactions(outbox: BenchOutbox): Promise<number> {
  const { rows } = await outbox.pool.query(readTransactions)
  return Number(rows[0]?.transactions)
}
