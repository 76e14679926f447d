import { isStalled, misses, type Standing } from './health.ts'
import { type Look, latenessOf, type OutboxWork } from './look.ts'

export const alertKinds = [
  'postgres_down',
  'kafka_down',
  'service_down',
  'late_delivery',
  'processing_errors',
  'dead_letters',
  'failed_orders',
  'low_stock',
] as const
export type AlertKind = (typeof alertKinds)[number]

export const severities = ['critical', 'warning'] as const
export type Severity = (typeof severities)[number]

/** What is wrong just now. */
export interface Cause {
  /** Names it: there is one alert of it at a time. */
  readonly key: string
  readonly kind: AlertKind
  readonly severity: Severity
  /** Service, group or product. */
  readonly subject: string
  readonly message: string
  /** Keys of what it follows from, should that be wrong too. */
  readonly follows: readonly string[]
}

/** A service, as of the last look. */
export interface SeenService {
  readonly name: string
  readonly standing: Standing
  readonly look: Look
}

/** A consumer group, as of the last look at Kafka. */
export interface SeenGroup {
  readonly group: string
  readonly service: string
  readonly lag: number
  readonly lagSeconds: number
}

export interface LowStock {
  readonly productId: number
  readonly name: string
  readonly available: number
  readonly minimum: number
}

/** What events tell. */
export interface Facts {
  /** Products with no more than their minimum, those that lack most first. */
  readonly lowStock: readonly LowStock[]
  /** Orders that were cancelled of late and not by the customer, by reason. */
  readonly failedOrders: Readonly<Record<string, number>>
  /** Notifications that were given up of late. */
  readonly deadNotifications: number
  /** By outbox: since when its next canary should have taken effect, in seconds. */
  readonly overdue: Readonly<Record<string, number>>
}

export const noFacts: Facts = { lowStock: [], failedOrders: {}, deadNotifications: 0, overdue: {} }

/** All that alerts are decided by. */
export interface View {
  readonly services: readonly SeenService[]
  readonly groups: readonly SeenGroup[]
  /** Keys of the alerts that are open: what is late stays late until it waits for half as long. */
  readonly open: ReadonlySet<string>
  /** Does the monitor itself reach its Postgres, and Kafka? */
  readonly reaches: { readonly database: boolean; readonly kafka: boolean }
  readonly facts: Facts
  readonly limits: { readonly lateSeconds: number; readonly failedOrders: number }
}

const postgres = 'postgres_down'
const kafka = 'kafka_down'
const roots = [postgres, kafka]

function downKey(service: string): string {
  return `service_down:${service}`
}

/** Everything that is wrong, what follows from something else included. */
export function findCauses(view: View): Cause[] {
  return [
    ...serverCauses(view),
    ...view.services.flatMap((service) => serviceCauses(service, view)),
    ...view.services.flatMap((service) => workCauses(service, view)),
    ...view.groups.flatMap((group) => groupCauses(group, view)),
    ...factCauses(view),
  ]
}

/** A server is down when the monitor does not reach it, or most of the services that answer say so. */
function serverCauses({ services, reaches }: View): Cause[] {
  const found: Cause[] = []
  const servers = [
    { key: postgres, kind: postgres, subject: 'Postgres', cause: 'database', reached: reaches.database },
    { key: kafka, kind: kafka, subject: 'Kafka', cause: 'kafka', reached: reaches.kafka },
  ] as const
  for (const { key, kind, subject, cause, reached } of servers) {
    const answering = services.flatMap(({ name, look }) => (look.kind === 'answered' ? { name, look } : []))
    const without = answering.filter(({ look }) => misses(look.problems, cause)).map(({ name }) => name)
    const most = without.length > 1 && without.length * 2 > answering.length
    if (reached && !most) continue
    const who = reached ? without.join(', ') : ['the monitor', ...without].join(', ')
    const message = `${subject} cannot be reached by ${who}`
    found.push({ key, kind, severity: 'critical', subject, message, follows: [] })
  }
  return found
}

function serviceCauses({ name, standing }: SeenService, { open }: View): Cause[] {
  const { state, cause, reason } = standing
  // Of what cannot be seen just now, nobody can tell that it is over.
  const isStillDown = state === 'unknown' && open.has(downKey(name))
  if (state === 'down' || cause === 'hung' || isStillDown) {
    const message = `${name} does not answer: ${reason}`
    return [
      { key: downKey(name), kind: 'service_down', severity: 'critical', subject: name, message, follows: [] },
    ]
  }
  if (state !== 'unhealthy' || !['database', 'kafka', 'not-ready'].includes(cause)) return []
  const message = `${name} answers, and ${reason}`
  const key = `not_ready:${name}`
  return [{ key, kind: 'processing_errors', severity: 'warning', subject: name, message, follows: roots }]
}

/** What the troubles of a service may follow from. */
function causesOf(service: string): string[] {
  return [...roots, downKey(service), `not_ready:${service}`]
}

/** One of each kind for a service, however many of its outboxes it concerns. */
function workCauses({ name, look }: SeenService, view: View): Cause[] {
  if (look.kind !== 'answered') return []
  const { outboxes, held = 0, deadLetters = 0 } = look.work
  const follows = causesOf(name)
  const of = (kind: AlertKind, key: string, message: string): Cause => {
    return { key: `${key}:${name}`, kind, severity: 'warning', subject: name, message, follows }
  }
  const limit = limitOf(view, `late_delivery:${name}`)
  const late = outboxes.filter((outbox) => latenessOf(outbox) > limit || isStalled(outbox, limit))
  const rejected = outboxes.filter(({ quarantinedKeys, heldTopics }) => quarantinedKeys + heldTopics > 0)
  return [
    ...(late.length > 0 ? [of('late_delivery', 'late_delivery', lateMessage(late))] : []),
    ...(rejected.length > 0 ? [of('processing_errors', 'rejected', rejectedMessage(rejected))] : []),
    ...(held > 0 ? [of('processing_errors', 'held', `${name} tries ${held} events again`)] : []),
    ...(deadLetters > 0
      ? [of('dead_letters', 'dead_letters', `${name} has given up ${deadLetters} events`)]
      : []),
  ]
}

function lateMessage(outboxes: readonly OutboxWork[]): string {
  const each = outboxes.map((outbox) => {
    const { name, events, oldestSeconds } = outbox
    const lateness = latenessOf(outbox)
    return oldestSeconds < lateness
      ? `canaries of ${name}, for ${Math.round(lateness)} s`
      : `${events} events of ${name}, the oldest for ${Math.round(oldestSeconds)} s`
  })
  return `Not delivered: ${each.join('; ')}`
}

function rejectedMessage(outboxes: readonly OutboxWork[]): string {
  const each = outboxes.map(({ name, quarantinedKeys, heldTopics }) => {
    return `${quarantinedKeys} keys in quarantine and ${heldTopics} topics held of ${name}`
  })
  return `Kafka rejects events: ${each.join('; ')}`
}

function limitOf({ open, limits }: View, key: string): number {
  return open.has(key) ? limits.lateSeconds / 2 : limits.lateSeconds
}

function groupCauses({ group, service, lag, lagSeconds }: SeenGroup, view: View): Cause[] {
  const key = `late_effects:${service}:${group}`
  if (lagSeconds <= limitOf(view, key)) return []
  const message = `${group} is ${lag} records behind, the oldest for ${Math.round(lagSeconds)} s`
  const follows = causesOf(service)
  return [{ key, kind: 'late_delivery', severity: 'warning', subject: group, message, follows }]
}

function factCauses({ facts, limits, services }: View): Cause[] {
  const { lowStock, failedOrders, deadNotifications } = facts
  const stock = lowStock.map(({ productId, name, available, minimum }): Cause => {
    const message = `${available} units of ${name} are available, of which there should be more than ${minimum}`
    const subject = `product ${productId}`
    const key = `low_stock:${productId}`
    return { key, kind: 'low_stock', severity: 'warning', subject, message, follows: [] }
  })
  const failed = Object.values(failedOrders).reduce((sum, count) => sum + count, 0)
  const reasons = Object.entries(failedOrders).map(([reason, count]) => `${count} ${reason}`)
  // Orders time out because some service does not do its part.
  const isLate = Object.keys(failedOrders).every((reason) => reason === 'TIMEOUT')
  const orders: Cause = {
    key: 'failed_orders',
    kind: 'failed_orders',
    severity: 'warning',
    subject: 'orders',
    message: `${failed} orders have failed of late: ${reasons.join(', ')}`,
    follows: isLate ? [...roots, ...services.map(({ name }) => downKey(name))] : [],
  }
  const dead: Cause = {
    key: 'dead_notifications',
    kind: 'dead_letters',
    severity: 'warning',
    subject: 'notifications',
    message: `${deadNotifications} notifications were given up of late`,
    follows: [],
  }
  return [
    ...stock,
    ...(failed >= limits.failedOrders ? [orders] : []),
    ...(deadNotifications > 0 ? [dead] : []),
  ]
}
