import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startKafka, temporaryDirectory } from '@relevo/embedded'
import { createTestDatabase } from '@relevo/testing'
import pg from 'pg'
import { runMigrations, serviceUnderTest } from './serviceUnderTest.ts'

/** The system `messages` as its real processes, on a database and a Kafka of its own; ended with the test. */
export async function messagesSystem(t: TestContext, variables: Record<string, string> = {}) {
  const directory = join(temporaryDirectory(), 'kafka')
  let kafka = await startKafka({ directory })
  const database = await createTestDatabase()
  const env = { DATABASE_URL: database.url, KAFKA_BROKERS: kafka.brokers.join(','), ...variables }
  await runMigrations('messages', env)
  const services = {
    messages: await serviceUnderTest('messages', env),
    processor: await serviceUnderTest('message-processor', env),
    relay: await serviceUnderTest('relay', env),
  }
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  t.after(async () => {
    await Promise.all(Object.values(services).map((service) => service.kill()))
    await pool.end()
    await kafka.kill()
    await database.drop()
  })
  await Promise.all(Object.values(services).map((service) => service.start()))
  return {
    ...services,
    pool,
    brokers: kafka.brokers,
    databaseUrl: database.url,
    stopKafka: () => kafka.stop(),
    /** On the same port, with the same data. */
    startKafka: async () => {
      kafka = await startKafka({ directory, port: kafka.port })
    },
  }
}
