import type { TestContext } from 'node:test'
import { afterTest, eventually } from '@relevo/testing'
import type { StoredEvent } from './event.ts'
import { eventStoreHarness } from './eventStoreHarness.ts'
import { Subscriber, type SubscriberOptions } from './subscriber.ts'
import type { Subscription } from './subscription.ts'

type Numbered = { readonly type: string; readonly data: { readonly n: number } }

/** For tests: a subscription that writes a row for each event, in the order of its effects. */
export async function subscriptionHarness(t: TestContext) {
  const store = await eventStoreHarness(t)
  const { pool } = store
  await pool.query('create table effect (id bigserial, stream text, n integer)')
  const errors: object[] = []
  const logger = { debug() {}, info() {}, warn() {}, error: (facts: object) => void errors.push(facts) }

  const subscription: Subscription = {
    name: 'effects',
    categories: ['s'],
    types: ['happened'],
    ignores: ['noise'],
    async apply(events, tx) {
      for (const event of events as readonly StoredEvent<Numbered>[])
        await tx.query('insert into effect (stream, n) values ($1, $2)', [event.stream, event.data.n])
    },
  }

  /** Starts a subscriber, which is stopped with the test. */
  function start(options: Partial<SubscriberOptions> = {}): Subscriber {
    const blockedRetry = { initialMs: 20, maxMs: 50 }
    const defaults = {
      pool,
      subscription,
      logger,
      maxPollMs: 50,
      blockedRetry,
      retry: { initialMs: 10, maxMs: 50 },
    }
    const subscriber = new Subscriber({ ...defaults, ...options })
    afterTest(t, () => subscriber.stop())
    subscriber.start()
    return subscriber
  }

  async function effects(stream: string): Promise<number[]> {
    const { rows } = await pool.query('select n from effect where stream = $1 order by id', [stream])
    return rows.map(({ n }) => n)
  }

  /** Waits until there are so many effects, and no more. */
  async function wants(count: number): Promise<void> {
    let found = 0
    await eventually(
      async () => {
        const { rows } = await pool.query('select count(*)::integer as count from effect')
        found = rows[0].count
        if (found > count) throw new Error(`${found} effects, not ${count}`)
        return found === count
      },
      `${count} effects`,
      60_000,
    )
  }

  return { ...store, subscription, start, effects, wants, errors }
}
