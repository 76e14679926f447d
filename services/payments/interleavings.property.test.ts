import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { InboxTransaction } from '@relevo/inbox'
import fc from 'fast-check'
import type pg from 'pg'
import type { Command } from './domain/command.ts'
import type { Outcome } from './domain/settle.ts'
import { takeCommands } from './handleCommands.ts'
import { ask, charge, paymentsHarness, refund } from './paymentsHarness.ts'
import type { LeasedCall } from './sql/leaseCalls.ts'
import { postponeCall } from './sql/postponeCall.ts'
import { settleCalls } from './worker/settleCalls.ts'

type Harness = Awaited<ReturnType<typeof paymentsHarness>>

const orderCount = 4

/** A command; `dies`: the statement after which the process is gone, and the command is delivered again. */
const commandStep = fc.record({
  kind: fc.constant('command' as const),
  order: fc.nat(orderCount - 1),
  type: fc.constantFrom('CHARGE', 'CHARGE', 'REFUND', 'OTHER_AMOUNT'),
  attempt: fc.integer({ min: 1, max: 3 }),
  dies: fc.option(fc.nat(6), { freq: 3 }),
  batched: fc.boolean(),
})

/**
 * What the worker does with the calls that are due. `before`, `after`: the provider fails before or after the effect; `killed`: the
 * worker dies between answer and settling; `lost`: so, and its call reaches the provider only later.
 */
const workStep = fc.record({
  kind: fc.constant('work' as const),
  faults: fc.array(fc.constantFrom('none', 'none', 'before', 'after', 'killed', 'lost'), {
    minLength: orderCount,
    maxLength: orderCount,
  }),
  dies: fc.option(fc.nat(5), { freq: 3 }),
})
const timeStep = fc.record({ kind: fc.constant('time' as const) })
/** What dead workers had in flight reaches the provider, and is settled by who thinks he still may. */
const staleStep = fc.record({ kind: fc.constant('stale' as const) })

const anyStep = fc.oneof(
  { weight: 5, arbitrary: commandStep },
  { weight: 4, arbitrary: workStep },
  { weight: 2, arbitrary: timeStep },
  { weight: 1, arbitrary: staleStep },
)

class Died extends Error {}

/** Runs the work in a transaction that dies after so many statements; true when it has committed. */
async function dyingTransaction(
  pool: pg.Pool,
  dies: number | null,
  work: (client: InboxTransaction) => Promise<unknown>,
): Promise<boolean> {
  const client = await pool.connect()
  let left = dies ?? Number.POSITIVE_INFINITY
  const query = (...args: Parameters<InboxTransaction['query']>) => {
    if (left-- <= 0) throw new Died()
    return client.query(...(args as [string, unknown[]]))
  }
  try {
    await client.query('begin')
    await work({ query: query as InboxTransaction['query'] })
    await client.query('commit')
    return true
  } catch (error) {
    await client.query('rollback')
    if (!(error instanceof Died)) throw error
    return false
  } finally {
    client.release()
  }
}

/** A batch is delivered until it has taken effect; true when the process died in it at first. */
async function deliver(
  { pool }: Harness,
  commands: readonly Command[],
  dies: number | null,
): Promise<boolean> {
  if (commands.length === 0) return false
  const take = (tx: InboxTransaction) => takeCommands(tx, commands)
  if (await dyingTransaction(pool, dies, take)) return false
  await dyingTransaction(pool, null, take)
  return true
}

async function makeCalls(
  h: Harness,
  { faults, dies }: { readonly faults: readonly string[]; readonly dies: number | null },
): Promise<LeasedCall[]> {
  const lost: LeasedCall[] = []
  const answered: { call: LeasedCall; outcome: Outcome }[] = []
  for (const [n, call] of (await h.lease()).entries()) {
    const fault = faults[n % faults.length]
    if (fault === 'lost') lost.push(call)
    const outcome = fault === 'before' || fault === 'lost' ? undefined : await ask(h.provider, call)
    if (fault === 'before' || fault === 'after')
      await postponeCall(h.pool, call, { delayMs: 600_000, error: 'failed', report: false })
    if (fault === 'none' && outcome) answered.push({ call, outcome })
  }
  await dyingTransaction(h.pool, dies, (tx) => settleCalls(tx, answered))
  return lost
}

/** What orders have been asked for, as a model: the first amount, and whether it was taken back. */
interface Asked {
  firstMinor: bigint | undefined
  refunded: boolean
  declines: boolean
  readonly attempts: Set<string>
}

function toCommand(
  { type, attempt }: { readonly type: string; readonly attempt: number },
  orderId: string,
  asked: Asked,
): Command {
  if (type === 'REFUND') {
    asked.refunded = true
    asked.attempts.add(`REFUND ${attempt}`)
    return refund(orderId, attempt)
  }
  const amountMinor = type === 'CHARGE' ? 1_506n : 1_507n
  asked.firstMinor ??= amountMinor
  asked.attempts.add(`CHARGE ${attempt}`)
  return charge(orderId, { attempt, amountMinor, ...(asked.declines && { email: 'declined@example.com' }) })
}

async function assertRight(h: Harness, orderId: string, asked: Asked): Promise<void> {
  const { firstMinor, refunded, declines, attempts } = asked
  const due = firstMinor === undefined || refunded || declines ? 0 : Number(firstMinor)
  const [net] = await h.held(orderId)
  assert.equal(net, due)
  const replies = await h.events('payments.responses')
  const answered = replies
    .filter(({ key }) => key === orderId)
    .map(({ type, payload }) => `${type === 'REFUNDED' ? 'REFUND' : 'CHARGE'} ${payload.attempt}`)
  assert.deepEqual(new Set(answered), attempts)
  const news = await h.news(orderId)
  assert.equal(news.filter((type) => type !== 'PAYMENT_REFUNDED').length, firstMinor === undefined ? 0 : 1)
}

/** The orders of a run, and what is on its way. */
function startRun(h: Harness) {
  const orders = Array.from({ length: orderCount }, (_, n) => {
    const asked: Asked = { firstMinor: undefined, refunded: false, declines: n === 3, attempts: new Set() }
    return [randomUUID(), asked] as const
  })
  const seen = { crashes: 0, stale: 0 }
  let batch: Command[] = []
  let lost: LeasedCall[] = []

  async function deliverBatch(dies: number | null): Promise<void> {
    const commands = batch
    batch = []
    if (await deliver(h, commands, dies)) seen.crashes += 1
  }
  async function settleLost(): Promise<void> {
    seen.stale += lost.length
    const calls = lost
    lost = []
    for (const call of calls) await h.settle(call, await ask(h.provider, call))
  }

  return {
    orders,
    seen,
    async command(step: ValueOf<typeof commandStep>): Promise<void> {
      const [orderId, asked] = orders[step.order] ?? assert.fail()
      batch.push(toCommand(step, orderId, asked))
      if (!step.batched) await deliverBatch(step.dies)
    },
    async work(step: ValueOf<typeof workStep>): Promise<void> {
      lost.push(...(await makeCalls(h, step)))
    },
    time: () => h.passTime(),
    stale: settleLost,
    /** Everything that is on its way arrives. */
    async end(): Promise<void> {
      await deliverBatch(null)
      await h.passTime()
      await h.work()
      await settleLost()
    },
  }
}

type ValueOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never

test('the laws hold, and each order has its one net charge, through any order of commands, failures of the provider and crashes', async (t) => {
  const h = await paymentsHarness(t)
  const seen = { crashes: 0, stale: 0 }
  const steps = fc.array(anyStep, { minLength: 12, maxLength: 30 })
  const run = fc.asyncProperty(steps, async (steps) => {
    await h.pool.query('truncate payment, sandbox_entry, outbox.event')
    const going = startRun(h)
    for (const step of steps) {
      if (step.kind === 'command') await going.command(step)
      else if (step.kind === 'work') await going.work(step)
      else await going[step.kind]()
    }
    await going.end()
    for (const [orderId, asked] of going.orders) await assertRight(h, orderId, asked)
    assert.deepEqual(await h.brokenLaws(), [])
    seen.crashes += going.seen.crashes
    seen.stale += going.seen.stale
  })
  await fc.assert(run, { numRuns: 40 })
  assert.ok(seen.crashes > 0 && seen.stale > 0, JSON.stringify(seen))
})
