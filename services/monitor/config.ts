import {
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  type Environment,
  httpVariables,
  int,
  oneOf,
  parsed,
  processVariables,
  serviceUrls,
  string,
} from '@relevo/kit'
import { consumerVariables } from '@relevo/kit/consumer'
import { canaryTopic } from '../../systems/canary.ts'
import { languages } from '../../systems/shop/notificationRequests.ts'
import {
  inventoryEvents,
  notificationsEvents,
  ordersEvents,
  paymentsEvents,
} from '../../systems/shop/topics.ts'
import { noKafka, parseKafka } from './domain/targets.ts'
import { takenTypes } from './takeFacts.ts'

export const consumedTopics = [
  ordersEvents,
  inventoryEvents,
  paymentsEvents,
  notificationsEvents,
  canaryTopic,
] as const

const watchVariables = {
  monitoredServices: serviceUrls('MONITORED_SERVICES', {
    default: [],
    doc: 'The services to watch: comma-separated name=base URL. npm start and the chart set it',
  }),
  monitoredKafka: parsed(
    'MONITORED_KAFKA',
    {
      default: noKafka,
      doc: 'Topics with their dead-letter topics, and groups with their service and topics, as JSON; set likewise',
    },
    { kind: 'JSON', parse: parseKafka, show: JSON.stringify },
  ),
  probeIntervalMs: duration('PROBE_INTERVAL_MS', {
    default: 4_000,
    min: 50,
    max: 60_000,
    doc: 'How often every service is checked, and twice as often while one is not healthy; a state is valid once two checks in a row find it',
  }),
  probeTimeoutMs: duration('PROBE_TIMEOUT_MS', {
    default: 2_500,
    min: 50,
    max: 60_000,
    doc: 'How long a service may take to answer; /ready of ours may take 2 s',
  }),
  detailIntervalMs: duration('DETAIL_INTERVAL_MS', {
    default: 10_000,
    min: 50,
    max: 600_000,
    doc: 'How often Kafka is measured, and services are asked for their backlog, retries and dead letters',
  }),
  canaryIntervalMs: duration('CANARY_INTERVAL_MS', {
    default: 0,
    max: 3_600_000,
    doc: 'How often relays record a canary in each shard: their variable of the same name; 0: never, and none is expected',
  }),
  lateSeconds: int('LATE_AFTER_SECONDS', {
    default: 15,
    min: 1,
    max: 86_400,
    doc: 'Work that waits for longer is late: events in an outbox, records for a consumer, a lease',
  }),
}

const alertVariables = {
  failedOrders: int('FAILED_ORDERS', {
    default: 1,
    min: 1,
    doc: 'Number of failed orders within FAILED_MINUTES that raises an alert',
  }),
  failedMinutes: int('FAILED_MINUTES', {
    default: 5,
    min: 1,
    max: 1_440,
    doc: 'How long failed orders and given-up notifications count for an alert',
  }),
  alertEmail: string('ALERT_EMAIL', {
    optional: true,
    doc: "The recipient of alerts, which the shop's notifications send; not set: nobody",
  }),
  alertLanguage: oneOf('ALERT_LANGUAGE', languages, { default: 'es', doc: 'Of those e-mails' }),
  historyDays: int('HISTORY_DAYS', {
    default: 400,
    min: 1,
    max: 36_500,
    doc: 'How long the history and resolved alerts are kept',
  }),
  maxStreams: int('MAX_STREAMS', {
    default: 100,
    min: 1,
    max: 900,
    doc: 'Clients of GET /events at once',
  }),
}

/** What the monitor can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5003),
    ...databaseVariables,
    ...consumerVariables({
      clientId: 'monitor',
      topic: consumedTopics.map(({ name }) => name),
      group: 'monitor-service-group',
      types: takenTypes,
    }),
    ...watchVariables,
    ...alertVariables,
  },
  checkKafka,
  checkEmail,
)

export type MonitorConfig = ConfigOf<typeof config>

const address = /^[^\s@]{1,64}@[^\s@]{1,255}$/

function checkEmail({ ALERT_EMAIL }: Environment): string[] {
  if (!ALERT_EMAIL || address.test(ALERT_EMAIL)) return []
  return [`ALERT_EMAIL must be one address, not "${ALERT_EMAIL}"`]
}
