// Runs in the cluster, in a pod with the services' image, and so reaches the API, Postgres and Kafka as they do:
//   main.ts load SPEC      generates load (LoadSpec as JSON) until its stop file is there; prints a LoadSummary
//   main.ts quiet SPEC     waits until every event of a flow has had its effect, or for `quietMs`
//   main.ts prove SPEC     proves a flow at rest; the ledger is a file, or comes by stdin when it is `-`
//   main.ts hear SPEC      asks a database (as: outbox or effects) for the laws of its system
//   main.ts effects SPEC   waits until effects begin to come, and prints the counts of events
//   main.ts query SPEC     runs SQL in a database (as: outbox or effects), and prints the rows
//   main.ts recent SPEC    compares the newest events of the messages API with Postgres (RecentSpec)
//   main.ts customers SPEC makes users whose addresses are verified, and prints how they log in
//   main.ts edge SPEC      reads through the gateway as customers (EdgeSpec) until its stop file is there
//   main.ts revocations SPEC disables users while they ask (RevocationSpec), and prints when each was refused
//   main.ts pending SPEC   prints how many events were without effect at a time
// The result is the last line, behind a mark, since libraries may print as well.
import {
  checkKafka,
  createLogger,
  createPool,
  createRegistry,
  databaseVariables,
  defineConfig,
  fetchServices,
  kafkaVariables,
  loadConfig,
  openCertificates,
  operatorVariables,
  string,
  tlsVariables,
  toKafkaConfig,
} from '@relevo/kit'
import type pg from 'pg'
import { type SystemName, systems } from '../../../systems/index.ts'
import { flowName } from '../../../systems/parts.ts'
import type { Flow, System } from '../../../systems/system.ts'
import { makeCustomers } from '../../customers.ts'
import { type Databases, withDatabases } from '../../databases.ts'
import { hearDatabase } from '../../judgeDatabases.ts'
import { type FlowPlace, proveFlow } from '../../proveFlow.ts'
import { readLedger, sortLedger } from '../../readLedger.ts'
import { waitForQuiet } from '../../waitForQuiet.ts'
import { generateLoad, type LoadSpec } from './generateLoad.ts'
import { noInput, readInput } from './readInput.ts'
import { readTimeline } from './readTimeline.ts'
import { resultMark } from './resultMark.ts'
import { watchEdge } from './watchEdge.ts'
import { countPendingAt, waitForEffects } from './watchEffects.ts'
import { watchRecent } from './watchRecent.ts'
import { watchRevocations } from './watchRevocations.ts'

const config = loadConfig(
  defineConfig(
    {
      databaseUrl: databaseVariables.databaseUrl,
      effectsDatabaseUrl: string('EFFECTS_DATABASE_URL', { doc: "The consumer's database" }),
      ...operatorVariables,
      ...tlsVariables,
      ...kafkaVariables('relevo-drill'),
    },
    checkKafka,
  ),
  process.env,
)
const kafka = toKafkaConfig(config)
const logger = createLogger('drill', 'silent')
// Services that ask for certificates are asked with that of the service whose files this pod has.
const certificates = openCertificates(config, { logger, registry: createRegistry() })
if (certificates) globalThis.fetch = fetchServices(certificates).fetch

/** What `prove` is asked. */
interface ProveSpec {
  ledgerFile: string
  contentPrefix: string
  auditUrl?: string
  /** Also the times of all events recorded since, in milliseconds since 1970. */
  timelineSince?: number
  /** The ledger and the events of the consumers' files come by stdin. */
  input: boolean
}

async function prove(system: System, flow: Flow, spec: ProveSpec) {
  const { ledgerFile, timelineSince: since, contentPrefix, auditUrl } = spec
  const input = spec.input ? await readInput(process.stdin) : noInput
  const ledger = ledgerFile === '-' ? sortLedger(input.ledger) : await readLedger(ledgerFile)
  const readFiles = async () => ({ events: input.events, files: input.files })
  const place: FlowPlace = { ...config, flow, kafka, auditUrl, readFiles }
  const proof = await proveFlow(system, place, { ledger, contentPrefix })
  const { refused } = ledger
  if (since === undefined) return { proof, refused, timeline: [] }
  const read = (databases: Databases) => readTimeline(databases, system, { since, contentPrefix })
  return { proof, refused, timeline: await withDatabases(config, 1, read) }
}

async function withPool<T>(size: number, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = createPool({ databaseUrl: config.databaseUrl, name: 'relevo drill', size, logger })
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

const [command, text = '{}'] = process.argv.slice(2)
const spec = JSON.parse(text)
const system: System = systems[spec.system as SystemName]

/** The one that this pod has the databases and the Kafka user for. */
function ownFlow(): Flow {
  const flow = system.flows.find((each) => flowName(each) === spec.flow)
  if (!flow) throw new Error(`There is no flow ${spec.flow} in ${system.name}.`)
  return flow
}

const commands: Record<string, () => Promise<unknown>> = {
  load: () => withPool(20, (pool) => generateLoad(spec as LoadSpec, pool)),
  recent: () => withPool(2, (pool) => watchRecent(spec, pool)),
  quiet: () =>
    withDatabases(config, 1, (databases) =>
      waitForQuiet({ system, flows: [{ flow: ownFlow(), databases }], kafka, budgetMs: spec.quietMs }),
    ),
  prove: () => prove(system, ownFlow(), spec),
  hear: () =>
    withDatabases(config, 1, (databases) =>
      hearDatabase(system, spec.database, databases[spec.as as keyof Databases]),
    ),
  query: () =>
    withDatabases(config, 1, async (databases) => {
      return (await databases[spec.as as keyof Databases].query(spec.sql, spec.values)).rows
    }),
  effects: () => withDatabases(config, 1, (databases) => waitForEffects(databases, system, spec.budgetMs)),
  customers: () =>
    withPool(1, (database) =>
      makeCustomers(spec.count, {
        usersUrl: spec.usersUrl,
        operatorToken: config.operatorTokenFile?.() || config.operatorToken,
        database,
      }),
    ),
  edge: () => watchEdge(spec),
  revocations: () => watchRevocations(spec),
  pending: () => withDatabases(config, 1, (databases) => countPendingAt(databases, system, spec.at)),
}
const run = commands[command ?? '']
if (!run) throw new Error(`There is no command ${command}.`)
const result = `${resultMark}${JSON.stringify(await run())}\n`
// Not before all of it is written: a pipe takes 64 KiB at a time.
process.stdout.write(result, () => process.exit(0))
