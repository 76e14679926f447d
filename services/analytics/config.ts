import {
  type ConfigOf,
  checkKafka,
  currency,
  databaseVariables,
  defineConfig,
  duration,
  type Environment,
  httpVariables,
  int,
  processVariables,
} from '@relevo/kit'
import { checkBatches, consumerVariables } from '@relevo/kit/consumer'
import { inventoryEvents, notificationsEvents, ordersEvents } from '../../systems/shop/topics.ts'
import { streamOf } from './domain/contribution.ts'

export const consumedTopics = [ordersEvents, inventoryEvents, notificationsEvents] as const

const batchSize = 500

/** What the analytics can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5004),
    ...databaseVariables,
    ...consumerVariables({
      clientId: 'analytics',
      topic: consumedTopics.map(({ name }) => name),
      group: 'analytics-service-group',
      types: Object.keys(streamOf),
    }),
    currency: currency('SHOP_CURRENCY', { default: 'USD', doc: 'Of all amounts: a code of ISO 4217' }),
    windowMinutes: int('WINDOW_MINUTES', {
      default: 5,
      min: 1,
      max: 60,
      doc: 'Length of a window; a divisor of 60, so that hours are whole windows',
    }),
    graceSeconds: int('WINDOW_GRACE_SECONDS', {
      default: 30,
      min: 0,
      max: 3_600,
      doc: 'How long after its end a window waits for late events; those that come later make a revision',
    }),
    holdSeconds: int('WINDOW_HOLD_SECONDS', {
      default: 600,
      min: 1,
      doc: 'How long a partition that is behind and does not move, or a Kafka that does not answer, keeps windows open',
    }),
    skewMs: duration('MAX_CLOCK_SKEW_MS', {
      default: 5_000,
      max: 60_000,
      doc: "How far clocks may differ: an event further ahead of its record counts at the record's time",
    }),
    // Each order of a batch is locked. All sessions share a lock table, with some 6,400 places by default.
    batchSize: int('BATCH_SIZE', {
      default: batchSize,
      min: 1,
      max: 1_000,
      doc: 'Maximum number of events per transaction',
    }),
  },
  checkKafka,
  checkBatches({ batchSize }),
  checkWindow,
)

export type AnalyticsConfig = ConfigOf<typeof config>

function checkWindow({ WINDOW_MINUTES: minutes }: Environment): string[] {
  const isDivisor = !minutes || 60 % Number(minutes) === 0
  return isDivisor ? [] : [`WINDOW_MINUTES must divide 60, which ${minutes} does not`]
}
