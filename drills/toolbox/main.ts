// Runs in the cluster, in a pod with the services' image, and so reaches the API, Postgres and Kafka as they do:
//   main.ts load SPEC      generates load (LoadSpec as JSON) until its stop file is there; prints a LoadSummary
//   main.ts prove SPEC     proves a ledger (ProveSpec as JSON), which is a file, or comes by stdin when it is `-`
//   main.ts effects SPEC   waits until effects begin to come, and prints the counts of events
//   main.ts pending SPEC   prints how many events were without effect at a time
// The result is the last line, behind a mark, since libraries may print as well.
import {
  checkKafka,
  createLogger,
  createPool,
  databaseVariables,
  defineConfig,
  kafkaVariables,
  loadConfig,
  toKafkaConfig,
} from '@relevo/service'
import { proveRun } from '../../loadtest/proof/proveRun.ts'
import { readLedger, sortLedger } from '../../loadtest/proof/readLedger.ts'
import { generateLoad } from './generateLoad.ts'
import { readInput } from './readInput.ts'
import { readTimeline } from './readTimeline.ts'
import { resultMark } from './resultMark.ts'
import { countPendingAt, waitForEffects } from './watchEffects.ts'

const { databaseUrl } = databaseVariables
const config = loadConfig(
  defineConfig({ databaseUrl, ...kafkaVariables('relevo-drill') }, checkKafka),
  process.env,
)

/** What `prove` is asked. */
interface ProveSpec {
  ledgerFile: string
  contentPrefix: string
  relayUrl?: string
  quietMs: number
  /** Also the times of all events recorded since, in milliseconds since 1970. */
  timelineSince?: number
}

async function prove(spec: ProveSpec) {
  const { ledgerFile, timelineSince: since, contentPrefix } = spec
  const ledger =
    ledgerFile === '-' ? sortLedger(await readInput(process.stdin)) : await readLedger(ledgerFile)
  const proof = await proveRun({
    ...spec,
    ledger,
    databaseUrl: config.databaseUrl,
    kafka: toKafkaConfig(config),
  })
  if (since === undefined) return { proof, timeline: [] }
  return { proof, timeline: await withPool((pool) => readTimeline(pool, { since, contentPrefix })) }
}

async function withPool<T>(work: (pool: ReturnType<typeof createPool>) => Promise<T>): Promise<T> {
  const logger = createLogger('drill', 'silent')
  const pool = createPool({ databaseUrl: config.databaseUrl, name: 'relevo drill', size: 20, logger })
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

const [command, spec = '{}'] = process.argv.slice(2)
const commands: Record<string, () => Promise<unknown>> = {
  load: () => withPool((pool) => generateLoad(JSON.parse(spec), pool)),
  prove: () => prove(JSON.parse(spec)),
  effects: () => withPool((pool) => waitForEffects(pool, JSON.parse(spec).budgetMs)),
  pending: () => withPool((pool) => countPendingAt(pool, JSON.parse(spec).at)),
}
const run = commands[command ?? '']
if (!run) throw new Error(`There is no command ${command}.`)
const result = `${resultMark}${JSON.stringify(await run())}\n`
// Not before all of it is written: a pipe takes 64 KiB at a time.
process.stdout.write(result, () => process.exit(0))
