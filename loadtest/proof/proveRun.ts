import type { KafkaConfig } from '@relevo/kafka'
import { checkLedger, type LedgerReport } from '@relevo/ledger'
import pg from 'pg'
import { type ContentFindings, matchContents } from './matchContents.ts'
import type { SentLedger } from './readLedger.ts'
import { listContents, listEffects } from './sql.ts'
import { waitForQuiet } from './waitForQuiet.ts'

export interface ProofOptions {
  databaseUrl: string
  kafka: KafkaConfig
  /** Base URL of a relay, whose audit is part of the proof; without it the audit is left out. */
  relayUrl?: string | undefined
  ledger: SentLedger
  /** What the contents of this run begin with. */
  contentPrefix: string
  /** How long to wait for quiet, in milliseconds. */
  quietMs: number
}

/** What a run came to: the check of the whole outbox, and of this run's contents. */
export interface Proof {
  /** The ledger is in order, every content is where it was acknowledged to be, and it was quiet in time. */
  ok: boolean
  quiet: boolean
  quietAfterMs: number
  refused: number
  report: LedgerReport
  contents: ContentFindings
}

const topics = ['messages']
const groupId = 'message-processor-group'

/**
 * Waits for quiet and checks a run of the messages system against what docs/guarantees.md promises: acknowledged ⊆ outbox = Kafka
 * (read whole) = effects, each once, in the order of commits by key; lag 0; audit clean. Errors: pg's, KafkaError,
 * and those of fetch for the audit.
 */
export async function proveRun(options: ProofOptions): Promise<Proof> {
  const { databaseUrl, kafka, relayUrl, contentPrefix } = options
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  // Without a listener a connection that breaks while idle ends the process.
  pool.on('error', () => {})
  try {
    const { quiet, waitedMs } = await waitForQuiet({
      pool,
      kafka,
      topics,
      groupId,
      budgetMs: options.quietMs,
    })
    const { rows } = await pool.query<{ id: string; content: string }>(listContents, [contentPrefix])
    const contentRows = rows.map(({ id, content }) => ({ id: Number(id), content }))
    const { ledger, findings } = matchContents(options.ledger, contentRows)
    const report = await checkLedger({
      databaseUrl,
      kafka,
      topics,
      ledger,
      groupId,
      effects: { databaseUrl, query: listEffects, inOrder: true },
      ...(relayUrl && { audit: () => askAudit(relayUrl) }),
    })
    const contentsOk = findings.mismatched.length === 0 && findings.recordedTwice.length === 0
    const ok = quiet && report.ok && contentsOk
    return { ok, quiet, quietAfterMs: waitedMs, refused: options.ledger.refused, report, contents: findings }
  } finally {
    await pool.end()
  }
}

async function askAudit(relayUrl: string): Promise<{ difference: number }[]> {
  const response = await fetch(new URL('/audit', relayUrl), { signal: AbortSignal.timeout(30_000) })
  if (!response.ok) throw new Error(`The relay at ${relayUrl} answers ${response.status} to GET /audit.`)
  const { shards } = (await response.json()) as { shards: { difference: number }[] }
  return shards
}
