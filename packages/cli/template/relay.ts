// The relay: carries what is recorded in the outbox to Kafka. Run one or several; they share the work.
import { createProducer } from '@relevo/kafka'
import {
  checkKafka,
  databaseVariables,
  defineApi,
  defineConfig,
  defineService,
  httpVariables,
  kafkaVariables,
  problemDetails,
  processVariables,
  runService,
  string,
  toKafkaConfig,
} from '@relevo/kit'
import { Maintenance, OutboxMonitor, Relay } from '@relevo/relay'
import { database } from './database.ts'

const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(3001),
    ...databaseVariables,
    ...kafkaVariables('orders-relay'),
    eventSource: string('EVENT_SOURCE', {
      default: '/orders',
      doc: 'The CloudEvents source of every event. With its id it is what an inbox knows an event by: do not change it',
    }),
  },
  checkKafka,
)

const relayService = defineService({
  name: 'relay',
  config,
  database,
  // Dropping an old partition may take longer than a request may.
  pool: { size: 3, statementTimeoutMs: 300_000 },
  api: defineApi({ title: 'Relay', version: '1.0.0', errors: problemDetails, endpoints: {} }),
  start: ({ config: { databaseUrl, eventSource, ...rest }, pool, logger, registry, health, ...context }) => {
    const producer = createProducer({ ...toKafkaConfig(rest), logger })
    const relay = new Relay({ databaseUrl, producer, source: eventSource, logger, registry })
    const parts = [relay, new Maintenance(pool, logger), new OutboxMonitor(pool, registry, logger)]
    context.whenMigrated(() => {
      for (const part of parts) part.start()
    })
    context.onStop('relay', async () => {
      await Promise.all(parts.map((part) => part.stop()))
      await producer.close()
    })
    health.addReadiness('relay', () => relay.status().problem, 'work')
    return {}
  },
})

await runService(relayService, process.env)
