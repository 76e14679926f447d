import type { TestContext } from 'node:test'
import { readTopic } from '@relevo/kafka'
import { Registry } from 'prom-client'
import type { Relay, RelayOptions } from '../relay.ts'
import { eventually, relayHarness } from '../relayHarness.ts'
import type { WalIntervals } from './walIntervals.ts'

/** So that no test waits for an interval. */
const quick: Partial<WalIntervals> = {
  idleProbeMs: 100,
  watchMs: 100,
  unreadSlotMs: 50,
  retry: { initialMs: 50, maxMs: 200 },
}

/** A relay that reads the write-ahead log, and its slot. */
export async function walHarness(t: TestContext) {
  const harness = await relayHarness(t)
  const { kafka, topic } = harness
  const slot = `test_${new URL(harness.databaseUrl).pathname.slice(1)}`.toLowerCase().replaceAll('-', '_')
  const registry = new Registry()

  /** What the tests of other files write is in the same log: by default a slot may keep any amount of it. */
  function startWalRelay(
    options: Partial<RelayOptions> = {},
    intervals: Partial<WalIntervals> = {},
    unreadBytes = Number.MAX_SAFE_INTEGER,
  ): Relay {
    const wal = { slot, unreadBytes, intervals: { ...quick, ...intervals } }
    return harness.startRelay({ wal, leaseMs: 1_000, ...options })
  }

  /** Payloads of the topic, which are numbers, by key. */
  async function payloads(): Promise<Map<string, number[]>> {
    const found = new Map<string, number[]>()
    for await (const { key, value } of readTopic(kafka, topic))
      found.set(key ?? '', [...(found.get(key ?? '') ?? []), Number(value)])
    return found
  }

  /** The sum of a metric of the relays that were given `registry`. */
  async function metric(name: string): Promise<number> {
    const found = await registry.getSingleMetric(name)?.get()
    return (found?.values ?? []).reduce((sum, { value }) => sum + value, 0)
  }

  return { ...harness, slot, registry, startWalRelay, payloads, metric }
}

export async function streams(relay: Relay): Promise<void> {
  await eventually(
    async () => relay.status().stream?.reading,
    `the stream (${JSON.stringify(relay.status())})`,
    60_000, // a slot can be made once every transaction of the server has ended, those of other files included
  )
}
