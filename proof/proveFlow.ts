import type { KafkaConfig } from '@relevo/kafka'
import { type CheckLedgerOptions, checkLedger } from '@relevo/ledger'
import { flowName } from '../systems/parts.ts'
import type { Flow, System } from '../systems/system.ts'
import { type DatabaseUrls, withDatabases } from './databases.ts'
import { listContents } from './flowSql.ts'
import { type ContentRow, matchContents } from './matchContents.ts'
import { operatorHeaders } from './operatorHeaders.ts'
import type { FlowProof } from './proof.ts'
import { noLedger, type SentLedger } from './readLedger.ts'

/** The events in the files of a consumer. */
export interface FileEffects {
  /** Their ids: of one file after the other, each from its beginning. */
  readonly events: readonly string[]
  readonly files: number
}

/** A flow, and where it can be read. */
export interface FlowPlace extends DatabaseUrls {
  readonly flow: Flow
  readonly kafka: KafkaConfig
  /** Where the outbox's relay answers with its audit, which is part of the proof; without it the audit is left out. */
  readonly auditUrl?: string | undefined
  /** Reads the files where the effects are in such; called when it is quiet. */
  readonly readFiles: () => Promise<FileEffects>
}

/** What was sent to the system's entry. */
export interface SentRun {
  readonly ledger: SentLedger
  /** What the contents of this run begin with. */
  readonly contentPrefix: string
}

/**
 * Checks a flow at rest against what docs/guarantees.md promises: acknowledged ⊆ outbox = Kafka (read whole) = effects,
 * each once, in the order of commits by key; lag 0; audit clean. Errors: pg's, KafkaError, and fetch's for the audit.
 */
export async function proveFlow({ entry }: System, place: FlowPlace, run: SentRun): Promise<FlowProof> {
  const { flow, databaseUrl, kafka, auditUrl } = place
  const isEntry = flow.topic === entry.topic
  const rows = isEntry ? await readContents(place, entry.content, run) : []
  const { ledger, findings } = matchContents(isEntry ? run.ledger : noLedger(), rows)
  const report = await checkLedger({
    databaseUrl,
    kafka,
    topics: [flow.topic.name],
    ledger,
    groupId: flow.group,
    effects: await effectsOf(place),
    ...(auditUrl && { audit: () => askAudit(auditUrl) }),
  })
  return { flow: flowName(flow), report, contents: findings }
}

function readContents(
  place: FlowPlace,
  content: string,
  { contentPrefix, ledger }: SentRun,
): Promise<ContentRow[]> {
  // Those that the service has chosen.
  const others = ledger.acknowledged.flatMap((line) => line.content ?? [])
  const told = others.filter((each) => !each.startsWith(contentPrefix))
  return withDatabases(place, 1, async ({ outbox }) => {
    const values = [contentPrefix, place.flow.topic.name, told]
    const { rows } = await outbox.query<{ id: string; content: string }>(listContents(content), values)
    return rows.map((row) => ({ id: Number(row.id), content: row.content }))
  })
}

async function effectsOf({
  flow,
  effectsDatabaseUrl,
  readFiles,
}: FlowPlace): Promise<NonNullable<CheckLedgerOptions['effects']>> {
  const { list } = flow.effects
  if (typeof list === 'string') return { databaseUrl: effectsDatabaseUrl, query: list, inOrder: true }
  const { events, files } = await readFiles()
  // Between files there is no order.
  return { list: events.map((event) => ({ event })), inOrder: files === 1 }
}

async function askAudit(auditUrl: string): Promise<{ difference: number }[]> {
  const signal = AbortSignal.timeout(30_000)
  const response = await fetch(auditUrl, { headers: operatorHeaders(), signal })
  if (!response.ok) throw new Error(`The relay answers ${response.status} to GET ${auditUrl}.`)
  const { shards } = (await response.json()) as { shards: { difference: number }[] }
  return shards
}
