import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createClient } from '@redis/client'
import {
  type EmbeddedValkey,
  type StartValkeyOptions,
  startValkey,
  temporaryDirectory,
} from '@relevo/embedded'
import { afterTest, type ServiceInProcess, startInProcess, testDatabase } from '@relevo/testing'
import type { Registry } from 'prom-client'
import { database } from '../database.ts'
import { findEvents } from '../lists.ts'
import { service } from '../main.ts'
import { History, type TimedAnswer } from './cacheHistory.ts'

/** A Valkey for one test, which may be killed, stopped and started again on its port. */
export async function testValkey(t: TestContext, settings: StartValkeyOptions['settings'] = {}) {
  const directory = temporaryDirectory()
  const start = (port?: number) =>
    startValkey({ directory: join(directory, 'valkey'), settings, ...(port !== undefined && { port }) })
  let server: EmbeddedValkey = await start()
  afterTest(t, async () => {
    await server.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const { url, port } = server
  return {
    url,
    port,
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    async startAgain() {
      server = await start(port)
    },
  }
}

/** A client of the test's own. */
export async function rawClient(t: TestContext, url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: 100 } })
  client.on('error', () => {})
  await client.connect()
  afterTest(t, () => client.destroy())
  return client
}

export interface Pod extends ServiceInProcess {
  /** How often requests have found this in the cache. */
  reads(result: string): Promise<number>
  breaker(): Promise<string>
}

/** A process of the messages API for each of these caches, on one database, and all that their first page has been. */
export async function cachedPods(t: TestContext, ...redisUrls: [string, ...string[]]) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const env = { DATABASE_URL: url, ACK_WAIT_MS: '0' }
  const start = async (REDIS_URL: string) => toPod(await startInProcess(t, service, { ...env, REDIS_URL }))
  const [first, ...others] = redisUrls
  const pods: [Pod, ...Pod[]] = [await start(first)]
  for (const other of others) pods.push(await start(other))
  const history = new History(async () => JSON.stringify(await findEvents(pool, { limit: 100 })))
  await history.change(async () => {})

  const record = (content: string) =>
    history.change(() =>
      pool.query("select outbox.enqueue_one(gen_random_uuid(), 'messages', 'k', null, 'y', null, $1)", [
        JSON.stringify({ content }),
      ]),
    )
  /** Has the newest event that is pending fail, as the relay does with one that the broker rejects. */
  const quarantine = () =>
    history.change(() =>
      pool.query(`insert into outbox.quarantined_event
        (id, xid, shard, event_id, topic, key, partition_key, type, headers, payload, created_at, attempts, error)
        select id, xid, shard, event_id, topic, key, null, type, headers, payload, created_at, 1, 'rejected'
        from outbox.event_status where state = 'P' order by id desc limit 1`),
    )

  /** Asks a pod for the first page. @throws Error for anything but an answer. */
  async function ask(pod: Pod): Promise<TimedAnswer> {
    const askedAt = performance.now()
    const { status, text } = await pod.ask('/eventos')
    if (status !== 200) throw new Error(`${status} ${text}`)
    return { page: text, askedAt, cameAt: performance.now() }
  }

  /** Asks while nothing changes. @returns why the answer breaks the promise, or undefined. */
  const problemAt = async (pod: Pod) => history.problemOf(await ask(pod))

  return { pods, history, record, quarantine, ask, problemAt }
}

function toPod(service: ServiceInProcess): Pod {
  const { registry } = service
  return {
    ...service,
    reads: async (result) => (await metricOf(registry, 'relevo_cache_reads_total', { result })) ?? 0,
    breaker: async () => {
      for (const state of ['closed', 'open', 'halfOpen'])
        if ((await metricOf(registry, 'relevo_cache_breaker_state', { state })) === 1) return state
      return 'none'
    },
  }
}

async function metricOf(registry: Registry, name: string, wanted: Record<string, string>) {
  const metric = await registry.getSingleMetric(name)?.get()
  const found = metric?.values.find(({ labels }) =>
    Object.entries(wanted).every(([key, value]) => (labels as Record<string, unknown>)[key] === value),
  )
  return found?.value
}
