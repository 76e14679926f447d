import { InboxError, type InboxEvent } from '@relevo/inbox'
import { parseUnits } from '@relevo/kit/exact'
import type { z } from 'zod'
import * as inventory from '../../../systems/shop/inventoryEvents.ts'
import * as notifications from '../../../systems/shop/notificationEvents.ts'
import * as orders from '../../../systems/shop/orderEvents.ts'
import { type Clocks, countedAt } from './window.ts'

export const streams = ['orders', 'inventory', 'notifications'] as const
export type Stream = (typeof streams)[number]

const contracts = {
  orders: orders.orderEvents,
  inventory: inventory.inventoryOwnEvents,
  notifications: notifications.notificationEvents,
} as const

/** The stream of each type of event that counts. */
export const streamOf: Readonly<Record<string, Stream>> = Object.fromEntries(
  streams.flatMap((stream) => contracts[stream].map(({ type }) => [type, stream])),
)

/** The payload of each type of event that counts. */
export const schemas: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  streams.flatMap((stream) => contracts[stream].map(({ type, payload }) => [type, payload as z.ZodType])),
)

/** What an event adds: a row, whose names are those of the columns. */
export interface Contribution {
  readonly event_id: string
  readonly source: string
  readonly topic: string
  readonly partition: number
  readonly kafka_offset: string
  readonly stream: Stream
  readonly type: string
  readonly at: Date
  readonly clamped: boolean
  readonly order_id?: string
  readonly order_type?: string
  readonly amount_minor?: string
  readonly stated_at?: Date
  readonly product_id?: number
  readonly sku?: string | null
  readonly stock?: number
  readonly reserved?: number
  readonly min_stock?: number
  readonly outbox_id?: string
}

export interface CountSettings {
  /** The shop's. */
  readonly currency: string
  /** How far the clocks of databases and relays may differ. */
  readonly skewMs: number
}

/**
 * What the event adds. Pure but for its clock, and the same at each reading of the record.
 * @throws InboxError `rejected` for an amount in another currency than the shop's, or text that no database takes: a
 * rebuild passes over just what the consumer gives up.
 */
export function toContribution(event: InboxEvent, now: Date, settings: CountSettings): Contribution {
  const { id, source, topic, partition, offset, type } = event
  const stream = streamOf[type]
  if (stream === undefined) throw new InboxError('rejected', `Events of type ${type} do not count`)
  const clocks: Clocks = { eventTime: event.time, recordTime: event.recordTime, now }
  const time = countedAt(clocks, settings.skewMs)
  const record = { event_id: id, source, topic, partition, kafka_offset: String(offset) }
  return { ...record, stream, type, ...time, ...factsOf(event, stream, time.at, settings) }
}

function factsOf(event: InboxEvent, stream: Stream, at: Date, settings: CountSettings) {
  if (stream === 'orders') return orderFacts(event as InboxEvent<OrderData>, at, settings)
  return stream === 'inventory' ? stockFacts(event as InboxEvent<StockData>) : {}
}

type OrderData = z.output<typeof orders.orderConfirmed.payload>

function orderFacts({ data }: InboxEvent<OrderData>, at: Date, { currency }: CountSettings) {
  const { order_id, order_type, total_amount, created_at } = data
  if (total_amount.currency !== currency)
    throw new InboxError('rejected', `An amount in ${total_amount.currency}; the shop counts in ${currency}`)
  const minor = parseUnits(total_amount.amount, 2)
  if (minor === undefined) throw new InboxError('rejected', 'The amount has parts of a hundredth')
  // As the inbox takes times: what Postgres does not know as a date is 1970.
  const stated = new Date(Math.max(0, Date.parse(created_at)))
  // No event of an order precedes its creation.
  const stated_at = stated < at ? stated : at
  return { order_id: order_id.toLowerCase(), order_type, amount_minor: String(minor), stated_at }
}

type StockData = z.output<typeof inventory.stockChanged.payload>

/** LOW_STOCK does not have the whole stock, which STOCK_CHANGED tells as well. */
function stockFacts({ type, data, headers }: InboxEvent<StockData>) {
  if (type === inventory.lowStock.type) return {}
  const { product_id, sku, stock_quantity: stock, reserved_quantity: reserved, min_stock_level } = data
  if (sku !== null && (sku.includes('\0') || !sku.isWellFormed()))
    throw new InboxError('rejected', 'The SKU holds U+0000 or half a character, which no database takes')
  const number = headers.ce_outboxid ?? ''
  const outbox_id = /^\d{1,18}$/.test(number) ? number : '0'
  return { product_id, sku, stock, reserved, min_stock: min_stock_level, outbox_id }
}
