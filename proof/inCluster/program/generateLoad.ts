import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { type SystemName, systems } from '../../../systems/index.ts'
import type { Entry } from '../../../systems/system.ts'
import { keyedPrefix, postPrefix } from './contents.ts'
import { LedgerFile } from './ledgerFile.ts'
import { runOpenLoop } from './openLoop.ts'
import { sendProvisions } from './sendProvisions.ts'
import { sendRequests } from './sendRequests.ts'
import { writeKeyed } from './writeKeyed.ts'

export interface LoadSpec {
  system: SystemName
  /** Base URL of its API. */
  apiUrl: string
  /** Base URLs of the services of its entry's provisions, by name. */
  provisionUrls: Readonly<Record<string, string>>
  /** What every content begins with. */
  contentPrefix: string
  postsPerSecond: number
  /** Transactions in the outbox's database that record one to three events of a few keys. */
  keyedPerSecond: number
  /** It stops by itself after so long. */
  maxSeconds: number
  ledgerFile: string
  /** It stops when this file is there. */
  stopFile: string
}

/** What was sent, and what became of it. */
export interface LoadSummary {
  /** Milliseconds since 1970. */
  beganAt: number
  endedAt: number
  posts: OutcomeCounts
  keyed: OutcomeCounts
  /** When answers came that said that Kafka has the event (estado E), in milliseconds since 1970. */
  deliveredAt: number[]
}

export interface OutcomeCounts {
  ack: number
  unknown: number
  refused: number
  /** Not sent, because too many were under way. */
  dropped: number
  reasons: Record<string, number>
}

const keys = 8
const maxInFlight = 500

/** Uses the API and writes events of few keys on schedule until it is told to stop. The caller ends the pool. */
export async function generateLoad(spec: LoadSpec, pool: pg.Pool): Promise<LoadSummary> {
  const posts = new LedgerFile(spec.ledgerFile)
  const keyed = new LedgerFile(spec.ledgerFile)
  const stopping = new AbortController()
  const { signal } = stopping
  const { requests, draft, provisions = [] }: Entry = systems[spec.system].entry
  await sendProvisions(provisions, spec.provisionUrls)
  const beganAt = Date.now()
  const deliveredAt: number[] = []
  const posting = runOpenLoop({ perSecond: spec.postsPerSecond, maxInFlight, signal }, async (n) => {
    const { lines, delivered } = await sendRequests(
      spec.apiUrl,
      requests,
      `${postPrefix(spec.contentPrefix)}${n}`,
    )
    for (const line of lines) posts.add(line)
    if (delivered) deliveredAt.push(Date.now())
  })
  const writing = runOpenLoop({ perSecond: spec.keyedPerSecond, maxInFlight: 50, signal }, async (n) => {
    const draftPart = (part: number) => draft(`${keyedPrefix(spec.contentPrefix)}${n}-${part}`)
    const lines = await writeKeyed(pool, `drill-key-${n % keys}`, draftPart)
    for (const line of lines) keyed.add(line)
  })
  await waitForStop(spec)
  stopping.abort()
  const [posted, written] = await Promise.all([posting, writing])
  await Promise.all([posts.close(), keyed.close()])
  return {
    beganAt,
    endedAt: Date.now(),
    posts: { ...posts.counts, dropped: posted.dropped, reasons: posts.reasons },
    keyed: { ...keyed.counts, dropped: written.dropped, reasons: keyed.reasons },
    deliveredAt,
  }
}

async function waitForStop({ stopFile, maxSeconds }: LoadSpec): Promise<void> {
  const deadline = performance.now() + maxSeconds * 1_000
  while (!existsSync(stopFile) && performance.now() < deadline) await delay(100)
}
