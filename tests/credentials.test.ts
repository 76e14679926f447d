// Passwords that change under running services, and wrong addresses: what the services say, and when they end.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePort, startKafka, temporaryDirectory } from '@relevo/embedded'
import { afterTest, createTestDatabase, eventually, setScramPassword, tcpProxy } from '@relevo/testing'
import pg from 'pg'
import { type Answer, getJson, getUntil, postMessage } from './support/http.ts'
import { runMigrations, type ServiceUnderTest, serviceUnderTest } from './support/serviceUnderTest.ts'

const user = 'service'
const budgetMs = 90_000

/** A Kafka whose services log in through a proxy, by SCRAM. */
async function scramKafka(t: TestContext, directory: string, password: string) {
  let target = 0
  const proxy = await tcpProxy(() => target)
  const [port, secure, controller] = [await freePort(), await freePort(), await freePort()]
  target = secure
  const listeners = `PLAINTEXT://127.0.0.1:${port}`
  const kafka = await startKafka({
    directory: join(directory, 'kafka'),
    port,
    settings: {
      listeners: `${listeners},LOGIN://127.0.0.1:${secure},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `${listeners},LOGIN://127.0.0.1:${proxy.port}`,
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.login.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    },
  })
  afterTest(t, async () => {
    proxy.close()
    await kafka.kill()
  })
  const [open = ''] = kafka.brokers
  await setScramPassword(open, user, password)
  return {
    open,
    login: `127.0.0.1:${proxy.port}`,
    change: async (next: string) => {
      await setScramPassword(open, user, next)
      proxy.cut()
    },
  }
}

/** A database of a role of its own. */
async function roleDatabase(t: TestContext, password: string) {
  const database = await createTestDatabase()
  const admin = new pg.Pool({ connectionString: database.url, max: 1 })
  const role = `role_${randomBytes(6).toString('hex')}`
  await admin.query(`create role ${role} login superuser password '${password}'`)
  afterTest(t, async () => {
    await admin.query(`drop role ${role}`)
    await admin.end()
    await database.drop()
  })
  const url = new URL(database.url)
  url.username = role
  url.password = 'of-the-file'
  return {
    url: url.href,
    owner: database.url,
    change: async (next: string) => {
      await admin.query(`alter role ${role} password '${next}'`)
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
    },
  }
}

async function setUp(t: TestContext, password: string) {
  const directory = temporaryDirectory()
  afterTest(t, () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  const [database, kafka] = await Promise.all([roleDatabase(t, password), scramKafka(t, directory, password)])
  await runMigrations('messages', { DATABASE_URL: database.owner, KAFKA_BROKERS: kafka.open })
  const [databaseFile, kafkaFile] = [join(directory, 'postgres'), join(directory, 'scram')]
  const mount = (next: string) => {
    for (const file of [databaseFile, kafkaFile]) writeFileSync(file, `${next}\n`)
  }
  mount(password)
  const start = async (folder: string, refusedMs: number) => {
    const service = await serviceUnderTest(folder, {
      DATABASE_URL: database.url,
      DATABASE_PASSWORD_FILE: databaseFile,
      KAFKA_BROKERS: kafka.login,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD_FILE: kafkaFile,
      CREDENTIALS_REFUSED_MS: String(refusedMs),
    })
    afterTest(t, () => service.kill())
    await service.start()
    return service
  }
  const startAll = async (refusedMs: number) => {
    const folders = ['messages', 'relay', 'message-processor']
    const [messages, relay, processor] = await Promise.all(folders.map((folder) => start(folder, refusedMs)))
    if (!messages || !relay || !processor) throw new Error('three were started')
    return { messages, relay, processor }
  }
  return { database, kafka, mount, startAll }
}

async function problemsOf(service: ServiceUnderTest): Promise<Record<string, string>> {
  const answer = (await (await fetch(`${service.url}/ready`)).json()) as Answer
  return answer.problems ?? {}
}

async function untilRefused(service: ServiceUnderTest, ...servers: string[]): Promise<void> {
  for (const server of servers) {
    let told: string | undefined
    const isRefused = async () => {
      told = (await problemsOf(service))[server]
      return told?.startsWith('unauthenticated: ')
    }
    await eventually(isRefused, `${server} is unauthenticated`, budgetMs).catch((cause) => {
      throw new Error(`${service.url} said of ${server} last: ${told}`, { cause })
    })
  }
}

async function untilEnded(service: ServiceUnderTest, server: string): Promise<void> {
  await eventually(() => !service.isRunning(), 'it has ended', budgetMs)
  assert.equal(await service.stop(), 1)
  assert.match(
    service.log(),
    new RegExp(
      `"msg":"${server} at 127.0.0.1:\\d+.* has refused the credentials for 1 s \\(.*\\)\\. Correct `,
    ),
  )
}

// A member that comes back waits for the session of the one that it was.
const slow = { timeout: 600_000 }

test(
  'a password that changes is unauthenticated, until the right one comes by file or the service ends',
  slow,
  async (t) => {
    const { database, kafka, mount, startAll } = await setUp(t, 'first')
    const patient = await startAll(600_000)
    const totalIs = (count: number, { processor }: typeof patient) =>
      getUntil(`${processor.url}/stats`, ({ total }) => total === count, budgetMs)
    assert.equal((await postMessage(patient.messages.url, 'uno')).status, 201)
    await totalIs(1, patient)

    await Promise.all([database.change('sec%nd'), kafka.change('sec%nd')])
    await untilRefused(patient.messages, 'database')
    await untilRefused(patient.relay, 'database', 'kafka')
    await untilRefused(patient.processor, 'database', 'kafka')
    const line = /"msg":"Kafka at 127.0.0.1:\d+ as service refuses the credentials/
    await eventually(() => line.test(patient.relay.log()), 'the relay tells it', budgetMs)
    mount('sec%nd')
    const services = Object.values(patient)
    const areReady = async () =>
      (await Promise.all(services.map(problemsOf))).every((of) => !Object.keys(of).length)
    await eventually(areReady, 'all are ready', budgetMs)
    assert.equal((await postMessage(patient.messages.url, 'dos')).status, 201)
    await totalIs(2, patient)
    await Promise.all(services.map((service) => service.stop()))

    const hurried = await startAll(1_000)
    await kafka.change('third')
    await untilEnded(hurried.relay, 'Kafka')
    await untilEnded(hurried.processor, 'Kafka')
    assert.ok((await getJson(`${hurried.messages.url}/ready`)).status, 'a service without Kafka goes on')
    await database.change('third')
    await untilEnded(hurried.messages, 'Postgres')
  },
)

test('a wrong address is told in one line, by a service that goes on asking', async (t) => {
  const database = await createTestDatabase()
  afterTest(t, () => database.drop())
  const [brokers, nowhere] = [`127.0.0.1:${await freePort()}`, new URL(database.url)]
  nowhere.port = String(await freePort())
  for (const [DATABASE_URL, server, reason] of [
    [
      database.url,
      'kafka',
      `Kafka at ${brokers} cannot be reached \\(.*ECONNREFUSED.*\\)\\. Start it, or correct KAFKA_BROKERS`,
    ],
    [
      nowhere.href,
      'database',
      `Postgres at 127.0.0.1:${nowhere.port}/.* cannot be reached \\(.*ECONNREFUSED.*\\)\\. Start it, or correct DATABASE_URL`,
    ],
  ] as const) {
    const service = await serviceUnderTest('message-processor', { DATABASE_URL, KAFKA_BROKERS: brokers })
    afterTest(t, () => service.kill())
    await service.start('alive')
    await eventually(() => new RegExp(`"msg":"${reason}`).test(service.log()), 'the line', budgetMs)
    assert.match((await problemsOf(service))[server] ?? '', /^unreachable: .*ECONNREFUSED/)
    const lines = service.log().split('\n')
    const warnings = lines.flatMap((line) =>
      /"level":"(warn|error|fatal)".*}$/.test(line) ? [JSON.parse(line)] : [],
    )
    assert.equal(warnings.filter((warning) => warning.server === server).length, 1)
    // Where both are away, each has its line; nothing else is told, but for migrations that are to be run.
    const others = warnings.filter((warning) => warning.server === undefined).map(({ msg }) => msg)
    assert.deepEqual(
      others.filter((msg) => msg !== 'database schema is not current'),
      [],
    )
    assert.equal(await service.stop(), 0)
  }
})
