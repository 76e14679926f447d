import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startKafka, temporaryDirectory } from '@relevo/embedded'
import type { Database } from '@relevo/kit'
import { createTopics } from '@relevo/kit/migration'
import { createTestDatabase, silent } from '@relevo/testing'
import pg from 'pg'
import type { FileEffects, FlowPlace } from '../../proof/proveFlow.ts'
import {
  auditUrl,
  databaseVariables,
  effectsOf,
  gatewayServices,
  monitoredKafka,
  monitoredServices,
  operatedServices,
  outboxOf,
  type Part,
  partsOf,
  relayOf,
  urlVariable,
} from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'
import { type ServiceUnderTest, serviceUnderTest } from './serviceUnderTest.ts'

const topicsBudgetMs = 60_000

export type SystemUnderTest = Awaited<ReturnType<typeof systemUnderTest>>

/** A system as its real processes, on databases and a Kafka of its own; ended with the test. */
export async function systemUnderTest(
  t: TestContext,
  system: System,
  variables: Record<string, string> = {},
) {
  const directory = temporaryDirectory()
  let kafka = await startKafka({ directory: join(directory, 'kafka') })
  const shared = { KAFKA_BROKERS: kafka.brokers.join(','), ...variables }
  const databases: Record<string, Awaited<ReturnType<typeof createTestDatabase>>> = {}
  const pools: Record<string, pg.Pool> = {}
  const services: Record<string, ServiceUnderTest> = {}
  t.after(async () => {
    await Promise.all(Object.values(services).map((service) => service.kill()))
    await Promise.all(Object.values(pools).map((pool) => pool.end()))
    await kafka.kill()
    await Promise.all(Object.values(databases).map((database) => database.drop()))
  })
  for (const { name, folder } of system.databases) {
    const declared = await declaredDatabase(folder)
    const database = await createTestDatabase(declared.migrations)
    databases[name] = database
    pools[name] = new pg.Pool({ connectionString: database.url })
    pools[name].on('error', () => {})
    await createTopics({ brokers: kafka.brokers, clientId: 'test' }, declared.topics, topicsBudgetMs, silent)
  }

  /** A service or relay of the system, or one more of them, with further variables; not started yet. */
  async function prepare(name: string, more: Record<string, string> = {}): Promise<ServiceUnderTest> {
    const part = partsOf(system).find((each) => each.name === name)
    if (!part) throw new Error(`The system ${system.name} has no ${name}.`)
    const files = Object.entries(part.files).map(([variable, path]) => [variable, join(directory, path)])
    return serviceUnderTest(part.folder, {
      ...shared,
      ...databaseVariables(part, (database) => databases[database]?.url ?? ''),
      ...part.variables,
      ...Object.fromEntries(files),
      ...called(part),
      ...(part.monitors && watched()),
      ...(part.gateway && routed()),
      ...(part.operates && { OPERATED_SERVICES: operatedServices(present(), (name) => serviceOf(name).url) }),
      ...more,
    })
  }

  function called({ calls = [] }: Part): Record<string, string> {
    return Object.fromEntries(calls.map((callee) => [urlVariable(callee), serviceOf(callee).url]))
  }

  /** What is prepared by now. */
  function present(): readonly Part[] {
    return partsOf(system).filter(({ name }) => services[name])
  }

  function watched(): Record<string, string> {
    return {
      MONITORED_SERVICES: monitoredServices(present(), (name) => serviceOf(name).url),
      MONITORED_KAFKA: monitoredKafka([system]),
    }
  }

  function routed(): Record<string, string> {
    const present = system.services.filter(({ name }) => services[name])
    return { GATEWAY_SERVICES: gatewayServices([{ services: present }], (name) => serviceOf(name).url) }
  }

  const parts = partsOf(system)
  // Each is told where those before it are: the console shows all, and the gateway leads to it, too.
  const rank = ({ monitors, operates, gateway }: Part) => (gateway ? 3 : operates ? 2 : monitors ? 1 : 0)
  for (const { name } of parts.toSorted((a, b) => rank(a) - rank(b))) services[name] = await prepare(name)
  await Promise.all(Object.values(services).map((service) => service.start()))

  function serviceOf(name: string): ServiceUnderTest {
    const service = services[name]
    if (!service) throw new Error(`The system ${system.name} has no ${name}.`)
    return service
  }

  function poolOf(name: string): pg.Pool {
    const pool = pools[name]
    if (!pool) throw new Error(`The system ${system.name} has no database ${name}.`)
    return pool
  }

  /** Where the flows of the system can be read. */
  function places(): FlowPlace[] {
    return system.flows.map((flow) => {
      const outbox = outboxOf(system, flow.topic)
      const relay = relayOf(system, outbox)
      const { list } = flow.effects
      return {
        flow,
        kafka: { brokers: kafka.brokers, clientId: 'proof-test' },
        databaseUrl: databases[outbox]?.url ?? '',
        effectsDatabaseUrl: databases[effectsOf(system, flow)]?.url ?? '',
        auditUrl: auditUrl(relay, outbox, serviceOf(relay.name).url),
        readFiles: () => readEventsFile(typeof list === 'string' ? '' : join(directory, list.path)),
      }
    })
  }

  return {
    directory,
    places,
    brokers: kafka.brokers,
    serviceOf,
    poolOf,
    /** Starts one more process of a service; ended with the test. */
    startAnother: async (name: string, more: Record<string, string>) => {
      const service = await prepare(name, more)
      services[`${name} ${Object.keys(services).length}`] = service
      await service.start()
      return service
    },
    stopKafka: () => kafka.stop(),
    /** On the same port, with the same data. */
    startKafka: async () => {
      kafka = await startKafka({ directory: join(directory, 'kafka'), port: kafka.port })
    },
  }
}

/** As the service that migrates it declares it. */
async function declaredDatabase(folder: string): Promise<Database> {
  const { database } = await import(`../../services/${folder}/database.ts`)
  return database
}

async function readEventsFile(path: string): Promise<FileEffects> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1)
  return { events: lines.map((line) => (JSON.parse(line) as { id: string }).id), files: 1 }
}
