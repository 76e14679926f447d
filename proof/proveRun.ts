import type { KafkaConfig } from '@relevo/kafka'
import { type CheckLedgerOptions, checkLedger, type LedgerReport } from '@relevo/ledger'
import { type Databases, type DatabaseUrls, withDatabases } from './databases.ts'
import { type ContentFindings, type ContentRow, matchContents } from './matchContents.ts'
import type { SentLedger } from './readLedger.ts'
import { listContents, type ProofSystem, type SystemName, systems } from './systems.ts'
import { waitForQuiet } from './waitForQuiet.ts'

/** The events in the files of a consumer. */
export interface FileEffects {
  /** Their ids: of one file after the other, each from its beginning. */
  events: readonly string[]
  files: number
}

export interface ProofOptions extends DatabaseUrls {
  system: SystemName
  kafka: KafkaConfig
  /** Base URL of a relay, whose audit is part of the proof; without it the audit is left out. */
  relayUrl?: string | undefined
  ledger: SentLedger
  /** What the contents of this run begin with. */
  contentPrefix: string
  /** How long to wait for quiet, in milliseconds. */
  quietMs: number
  /** Reads the files where a system has its effects in such; called when it is quiet. */
  readFiles: () => Promise<FileEffects>
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

/**
 * Waits for quiet and checks a run of a system against what docs/guarantees.md promises: acknowledged ⊆ outbox = Kafka
 * (read whole) = effects, each once, in the order of commits by key; lag 0; audit clean. Errors: pg's, KafkaError,
 * and those of fetch for the audit.
 */
export function proveRun(options: ProofOptions): Promise<Proof> {
  return withDatabases(options, 1, (databases) => prove(options, databases))
}

async function prove(options: ProofOptions, databases: Databases): Promise<Proof> {
  const { databaseUrl, kafka, relayUrl, contentPrefix } = options
  const system: ProofSystem = systems[options.system]
  const { quiet, waitedMs } = await waitForQuiet({ system, databases, kafka, budgetMs: options.quietMs })
  const rows = await readContents(databases, system, contentPrefix)
  const { ledger, findings } = matchContents(options.ledger, rows)
  const report = await checkLedger({
    databaseUrl,
    kafka,
    topics: [system.topic],
    ledger,
    groupId: system.groupId,
    effects: await effectsOf(system, options),
    ...(relayUrl && { audit: () => askAudit(relayUrl) }),
  })
  const contentsOk = findings.mismatched.length === 0 && findings.recordedTwice.length === 0
  const ok = quiet && report.ok && contentsOk
  return { ok, quiet, quietAfterMs: waitedMs, refused: options.ledger.refused, report, contents: findings }
}

async function readContents(
  { outbox }: Databases,
  system: ProofSystem,
  contentPrefix: string,
): Promise<ContentRow[]> {
  const values = [contentPrefix, system.topic]
  const { rows } = await outbox.query<{ id: string; content: string }>(listContents(system), values)
  return rows.map(({ id, content }) => ({ id: Number(id), content }))
}

async function effectsOf(
  { listEffects }: ProofSystem,
  { effectsDatabaseUrl, readFiles }: ProofOptions,
): Promise<NonNullable<CheckLedgerOptions['effects']>> {
  if (listEffects) return { databaseUrl: effectsDatabaseUrl, query: listEffects, inOrder: true }
  const { events, files } = await readFiles()
  // Between files there is no order.
  return { list: events.map((event) => ({ event })), inOrder: files === 1 }
}

async function askAudit(relayUrl: string): Promise<{ difference: number }[]> {
  const response = await fetch(new URL('/audit', relayUrl), { signal: AbortSignal.timeout(30_000) })
  if (!response.ok) throw new Error(`The relay at ${relayUrl} answers ${response.status} to GET /audit.`)
  const { shards } = (await response.json()) as { shards: { difference: number }[] }
  return shards
}
