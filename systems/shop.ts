import { draftEvent, type EventContract, type TopicContract } from '@relevo/contracts'
import { canaryRecorded, canaryTopic } from './canary.ts'
import { orderConfirmed, orderPublished, placeOrder, provideProduct, shopWatched } from './requests/shop.ts'
import { small } from './resources.ts'
import { analyticsFlows } from './shop/analyticsFlows.ts'
import { analyticsAgreements, analyticsLaws, windowsUnderWay } from './shop/analyticsLaws.ts'
import { operatorEvents } from './shop/consoleEvents.ts'
import { inventoryCommands, reserve } from './shop/inventoryCommands.ts'
import { inventoryOwnEvents, orderProcessed } from './shop/inventoryEvents.ts'
import { inventoryReplies } from './shop/inventoryReplies.ts'
import {
  inventoryLaws,
  movedAsOrdered,
  orderLaws,
  paymentLaws,
  paymentsUnderWay,
  sagasUnderWay,
  soldAndCharged,
} from './shop/laws.ts'
import { notificationEvents } from './shop/notificationEvents.ts'
import { notificationLaws, notificationsUnderWay, notifiedAsAsked } from './shop/notificationLaws.ts'
import { notificationRequested } from './shop/notificationRequests.ts'
import { orderCreated, orderEvents } from './shop/orderEvents.ts'
import { paymentCommands } from './shop/paymentCommands.ts'
import { paymentEvents, paymentReplies } from './shop/paymentReplies.ts'
import {
  consoleEvents,
  inventoryEvents,
  inventoryRequests,
  inventoryResponses,
  notificationsDlq,
  notificationsEvents,
  notificationsRequests,
  orderCreatedTopic,
  orderProcessedTopic,
  ordersEvents,
  paymentsEvents,
  paymentsRequests,
  paymentsResponses,
} from './shop/topics.ts'
import type { Flow, System } from './system.ts'

/**
 * Without SMTP_URL the sandbox takes every e-mail, and sends it nowhere. The notifications of the commissions have
 * a database of their own: in one group with these, each would get only some of the events.
 */
const emailChannel = {
  CHANNELS: 'email',
  EMAIL_SANDBOX: 'true',
  KAFKA_GROUP_PREFIX: 'shop-notifications',
}

/**
 * Orders, the stock that they reserve, commit and release, what they are charged, and what customers are told; each has a
 * saga that sees it through.
 */
export const shopSystem: System = {
  name: 'shop',
  databases: [
    { name: 'inventory', folder: 'inventory' },
    { name: 'orders', folder: 'orders' },
    { name: 'payments', folder: 'payments' },
    { name: 'analytics', folder: 'analytics' },
    { name: 'shop_notifications', folder: 'notifications', deadLetters: [notificationsDlq] },
    { name: 'monitor', folder: 'monitor' },
    { name: 'console', folder: 'console' },
  ],
  services: [
    { name: 'inventory', port: 5001, database: 'inventory', status: '/stats', route: '/inventory' },
    { name: 'orders', port: 5002, database: 'orders', status: '/stats', route: '/orders' },
    {
      name: 'payments',
      port: 5006,
      database: 'payments',
      status: '/stats',
      route: '/payments',
      chart: { resources: small },
    },
    {
      name: 'analytics',
      port: 5004,
      database: 'analytics',
      status: '/stats',
      route: '/analytics',
      chart: { resources: small },
    },
    {
      name: 'shop-notifications',
      folder: 'notifications',
      port: 5005,
      database: 'shop_notifications',
      // Profiles are of another system: where that runs as well, order mails go by them.
      variables: { ...emailChannel, CHANNELS: 'email,profiles' },
      sendsMail: true,
      groups: ['shop-notifications-*'], // one for each channel
      status: '/notifications/stats',
      chart: { env: emailChannel, resources: small },
    },
    {
      name: 'monitor',
      port: 5003,
      database: 'monitor',
      monitors: true,
      status: '/stats',
      route: '/monitor',
      chart: { resources: { ...small, requests: { cpu: '50m', memory: '144Mi' } } },
    },
    {
      name: 'console',
      port: 8080,
      database: 'console',
      operates: true,
      route: '/',
      // It does something while somebody looks.
      chart: { resources: { ...small, requests: { cpu: '20m', memory: '144Mi' } } },
    },
    {
      name: 'gateway',
      port: 8000,
      preferredPort: 80,
      gateway: true,
      chart: { env: { AUTH: 'on' }, resources: small },
    },
  ],
  relays: [
    {
      name: 'relay-shop',
      port: 3004,
      outboxes: ['inventory', 'orders', 'payments', 'shop_notifications', 'monitor', 'console'],
      source: 'table',
    },
  ],
  topics: [
    inventoryRequests,
    inventoryResponses,
    inventoryEvents,
    orderProcessedTopic,
    ordersEvents,
    orderCreatedTopic,
    paymentsRequests,
    paymentsResponses,
    paymentsEvents,
    notificationsRequests,
    notificationsEvents,
    consoleEvents,
    canaryTopic,
  ],
  events: [
    ...inventoryCommands,
    ...inventoryReplies,
    ...inventoryOwnEvents,
    orderProcessed,
    ...orderEvents,
    orderCreated,
    ...paymentCommands,
    ...paymentReplies,
    ...paymentEvents,
    notificationRequested,
    ...notificationEvents,
    ...operatorEvents,
    canaryRecorded,
  ] as EventContract[],
  flows: [
    flowTo('inventory', 'inventory-service-group', inventoryRequests, 'orders'),
    flowTo('orders', 'order-service-group', inventoryResponses, 'inventory'),
    flowTo('payments', 'payments-service-group', paymentsRequests, 'orders'),
    flowTo('orders', 'order-service-group', paymentsResponses, 'payments'),
    ...analyticsFlows,
    flowTo('shop-notifications', 'shop-notifications-email', notificationsRequests, 'orders'),
    flowTo('monitor', 'monitor-service-group', ordersEvents, 'orders'),
    flowTo('monitor', 'monitor-service-group', inventoryEvents, 'inventory'),
    flowTo('monitor', 'monitor-service-group', paymentsEvents, 'payments'),
    flowTo('monitor', 'monitor-service-group', notificationsEvents, 'shop_notifications'),
  ],
  laws: [...inventoryLaws, ...orderLaws, ...paymentLaws, ...notificationLaws, ...analyticsLaws],
  agreements: [movedAsOrdered, soldAndCharged, notifiedAsAsked, ...analyticsAgreements],
  underWay: [sagasUnderWay, paymentsUnderWay, notificationsUnderWay, windowsUnderWay],
  entry: {
    service: 'orders',
    topic: inventoryRequests,
    content: contentOfCommand(),
    provisions: [provideProduct],
    requests: [placeOrder],
    draft: draftReserve,
    arrivals: [orderPublished, orderConfirmed, shopWatched],
  },
  tryIt: [
    `curl -sS {inventory}/products -H 'content-type: application/json' -d '{"name":"Producto Test","description":"Descripción del producto","price":99.99,"stock_quantity":50,"min_stock_level":10}'`,
    `curl -sS {orders}/orders -H 'content-type: application/json' -H 'prefer: wait=5' -d '{"order_type":"sell","customer_name":"Cliente Test","customer_email":"cliente@test.com","items":[{"product_id":1,"product_name":"Producto Test","quantity":2,"unit_price":99.99}]}'`,
    `curl -sS {orders}/orders/stats`,
    `curl -sS {payments}/payments`,
    `curl -sS {shop-notifications}/notifications`,
    `curl -sS {monitor}/dashboard`,
  ],
}

/**
 * A service of the shop keeps each event that had its effect, as its inbox does, in the transaction of the effect. One group takes
 * several topics: its events are told apart by the outbox that they come from.
 */
function flowTo(consumer: string, group: string, topic: TopicContract, outbox: string): Flow {
  const processed = `from inbox.effect where consumer = '${group}' and source = '/relevo/${outbox}'`
  return {
    topic,
    group,
    consumer,
    effects: {
      count: `select count(*)::int as effects ${processed}`,
      times: `
select event_id::text, (extract(epoch from processed_at) * 1000)::float8 as effect_at ${processed}
  and processed_at >= to_timestamp($1::float8 / 1000)`,
      list: `select event_id::text as event ${processed} order by processed_at, event_id`,
    },
  }
}

/** The customer's name, what the inventory is to do, and the attempt; or the first item of an order that there is not. */
function contentOfCommand(): string {
  const id = `case when key ~ '^[0-9a-f-]{36}$' then key::uuid end`
  const name = `coalesce((select o.customer_name from orders o where o.id = ${id}), payload #>> '{items,0,product_id}')`
  return `${name} || ':' || type || ':' || (payload ->> 'attempt')`
}

/** Asks for units of a product that there is not, for an order that there is not. */
function draftReserve(name: string) {
  const unit_price = { amount: '9.99', currency: 'USD' }
  return draftEvent(reserve, {
    saga_id: crypto.randomUUID(),
    step: 'reserve',
    attempt: 1,
    order_id: crypto.randomUUID(),
    items: [{ product_id: name, quantity: 1, unit_price }],
  })
}
