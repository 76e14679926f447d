import { type Compression, type ConsumedTopic, defineTopic, type TopicContract } from '@relevo/contracts'

const dayMs = 86_400_000
const kib = 1_024

/** Each has three partitions, as the shop's events keep their order by order or product. */
function shopTopic(
  name: string,
  summary: string,
  { days, compression }: { readonly days: number; readonly compression?: Compression },
): ConsumedTopic {
  const base = { name, summary, partitions: 3, retentionMs: days * dayMs, maxMessageBytes: 256 * kib }
  return defineTopic({ ...base, ...(compression && { compression }) })
}

export const inventoryRequests = shopTopic(
  'inventory.requests',
  'Commands to the inventory; those of one order are in order',
  { days: 1, compression: 'lz4' },
)

export const inventoryResponses = shopTopic(
  'inventory.responses',
  'What the inventory answers; the answers to one order are in order',
  { days: 1, compression: 'lz4' },
)

export const inventoryEvents = shopTopic(
  'inventory.events',
  'What happens to products and their stock; the events of one product are in order',
  { days: 7, compression: 'snappy' },
)

export const orderProcessedTopic = shopTopic(
  'order-processed',
  'Whether the stock of an order was given or refused',
  { days: 7 },
)

export const paymentsRequests = shopTopic(
  'payments.requests',
  'Commands to the payments; those of one order are in order',
  { days: 1, compression: 'lz4' },
)

export const paymentsResponses = shopTopic(
  'payments.responses',
  'What the payments answer; the answers to one order are in order',
  { days: 1, compression: 'lz4' },
)

export const paymentsEvents = shopTopic(
  'payments.events',
  'What happens to the charges of orders; the events of one order are in order',
  { days: 7, compression: 'snappy' },
)

export const ordersEvents = shopTopic(
  'orders.events',
  'What happens to orders; the events of one order are in the order of its versions',
  { days: 7, compression: 'snappy' },
)

export const orderCreatedTopic = shopTopic('order-created', 'Orders that were created', { days: 7 })

export const consoleEvents = shopTopic('console.events', 'What operators did by the console', { days: 30 })

/** Nobody consumes it: who redrives does so from the database of the notifications. */
export const notificationsDlq: TopicContract = {
  name: 'notifications.dlq',
  summary: 'Notifications that could not be sent, as they were requested, with the reason in their headers',
  partitions: 1,
  retentionMs: 30 * dayMs,
  maxMessageBytes: 320 * kib,
  compression: 'gzip',
}

export const notificationsRequests: ConsumedTopic = {
  ...shopTopic('notifications.requests', 'What customers are to be told', { days: 2, compression: 'gzip' }),
  deadLetters: notificationsDlq,
}

export const notificationsEvents = shopTopic(
  'notifications.events',
  'What became of notifications; the events of one are in order',
  { days: 7, compression: 'snappy' },
)
