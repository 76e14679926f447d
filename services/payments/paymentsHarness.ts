import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { InboxTransaction, Origin } from '@relevo/inbox'
import { inTransaction } from '@relevo/kit'
import { startInProcess, testDatabase, testTopic } from '@relevo/testing'
import type pg from 'pg'
import { checkLaws } from '../../proof/checkLaws.ts'
import { paymentLaws } from '../../systems/shop/laws.ts'
import { database } from './database.ts'
import type { Command } from './domain/command.ts'
import type { Outcome } from './domain/settle.ts'
import { takeCommands } from './handleCommands.ts'
import { service } from './main.ts'
import type { PaymentProvider } from './provider/provider.ts'
import { createSandboxProvider } from './provider/sandboxProvider.ts'
import { type LeasedCall, leaseCalls } from './sql/leaseCalls.ts'
import { settleCalls } from './worker/settleCalls.ts'

/** A new database of the payments, and ways to work on it step by step and to look at it. Closed with the test. */
export async function paymentsHarness(t: TestContext) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const provider = createSandboxProvider({
    client: pool,
    declineAboveMinor: 10_000_000n,
    slowMs: 0,
    failureRate: 0,
  })
  const lease = () => leaseCalls(pool, { leaseMs: 600_000, limit: 100 })
  const settle = (call: LeasedCall, outcome: Outcome) =>
    inTransaction(pool, (client) => settleCalls(client, [{ call, outcome }]))

  return {
    url,
    pool,
    provider,
    lease,
    settle,
    /** Takes commands in one transaction. */
    take: (...commands: readonly Command[]) =>
      inTransaction(pool, (client) => takeCommands(client as InboxTransaction, commands)),
    /** What the worker does until nothing is due. */
    async work(): Promise<void> {
      for (let calls = await lease(); calls.length > 0; calls = await lease())
        for (const call of calls) await settle(call, await ask(provider, call))
    },
    /** Leases end, and pauses are over. */
    passTime: () => pool.query('update payment set due_at = now() where due_at is not null'),
    ...readers(pool),
  }
}

function readers(pool: pg.Pool) {
  /** The recorded events in the order of their commits. */
  async function events(topic: string, orderId?: string) {
    const sql = `select key, type, headers, payload from outbox.event
      where topic = $1 and key = coalesce($2, key) order by id`
    return (await pool.query(sql, [topic, orderId ?? null])).rows
  }
  return {
    events,
    /** The replies to an order as `TYPE attempt`, or `DECLINED REASON attempt`. */
    async replies(orderId: string): Promise<string[]> {
      return (await events('payments.responses', orderId)).map(({ type, payload: { reason, attempt } }) =>
        [type, reason, attempt].filter((part) => part !== undefined).join(' '),
      )
    },
    /** The types of what was told of an order. */
    async news(orderId: string): Promise<string[]> {
      return (await events('payments.events', orderId)).map(({ type }) => type)
    },
    async stateOf(orderId: string): Promise<string | undefined> {
      return (await pool.query('select state from payment where order_id = $1', [orderId])).rows[0]?.state
    },
    /** What the provider holds of an order, in hundredths, and the calls it had. */
    async held(orderId: string): Promise<[net: number, calls: number]> {
      const sql = `select coalesce(sum(case when decline_reason is not null then 0 when kind = 'charge' then amount_minor
        else -amount_minor end), 0)::float8 as net, coalesce(sum(calls), 0)::float8 as calls
        from sandbox_entry where key = $1`
      const [row] = (await pool.query(sql, [orderId])).rows
      return [row.net, row.calls]
    },
    brokenLaws: () => checkLaws(paymentLaws, { payments: pool }),
  }
}

export async function ask(
  provider: PaymentProvider,
  { operation, orderId: key, charge, providerReference }: LeasedCall,
): Promise<Outcome> {
  const { signal } = new AbortController()
  if (operation === 'authorize') return provider.authorize({ key, ...charge }, signal)
  await provider.refund({ key, reference: providerReference ?? '', ...charge }, signal)
  return { type: 'refunded' }
}

/** The payments as their process runs them, on a topic of their own. */
export async function runningPayments(t: TestContext, env: Record<string, string> = {}) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const { topic, kafka, producer, admin } = await testTopic(t)
  const groupId = `group-${randomUUID()}`
  const running = await startInProcess(t, service, {
    DATABASE_URL: url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPIC: topic,
    KAFKA_GROUP_ID: groupId,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    PROVIDER_RETRY_INITIAL_DELAY_MS: '5',
    PROVIDER_RETRY_MAX_DELAY_MS: '20',
    ...env,
  })

  /** Sends commands as the relay does. */
  async function send(commands: readonly Command[], eventIds: readonly string[] = []): Promise<void> {
    await producer.send(commands.map((command, n) => toRecord(topic, command, eventIds[n])))
  }
  const sendRaw = (values: readonly { type: string; value: unknown }[]) =>
    producer.send(values.map(({ type, value }) => record(topic, randomUUID(), { type, value })))
  return { ...readers(pool), ...running, url, pool, send, sendRaw, admin, topic, groupId, producer }
}

function toRecord(topic: string, { orderId, address, charge }: Command, eventId?: string) {
  const { command: type, sagaId: saga_id, step, attempt } = address
  const about = { saga_id, step, attempt, order_id: orderId }
  const value = charge
    ? {
        ...about,
        amount: { amount: amountText(charge.amountMinor), currency: charge.currency },
        ...(charge.customerEmail !== null && { customer_email: charge.customerEmail }),
      }
    : about
  return record(topic, orderId, { type, value, ...(eventId !== undefined && { eventId }) })
}

function amountText(minor: bigint): string {
  return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
}

interface Value {
  readonly type: string
  readonly value: unknown
  readonly eventId?: string
}

function record(topic: string, key: string, { type, value, eventId = randomUUID() }: Value) {
  const headers = {
    ce_specversion: '1.0',
    ce_id: eventId,
    ce_type: type,
    ce_source: '/test',
    ce_time: '2026-01-15T10:30:00Z',
  }
  return { topic, key, value: JSON.stringify(value), headers }
}

interface More {
  readonly attempt?: number
  readonly amountMinor?: bigint
  readonly currency?: string
  readonly email?: string
  readonly origin?: Origin
}

/** Charges an order, by default 15.06 USD. */
export function charge(orderId: string, more: More = {}): Command {
  const { attempt = 1, amountMinor = 1506n, currency = 'USD', email = null, origin } = more
  const address = { command: 'CHARGE', sagaId: orderId, step: 'charge', attempt, origin } as const
  return { orderId, address, charge: { amountMinor, currency, customerId: null, customerEmail: email } }
}

/** Gives an order's money back. */
export function refund(orderId: string, attempt = 1): Command {
  return { orderId, address: { command: 'REFUND', sagaId: orderId, step: 'charge', attempt } }
}
