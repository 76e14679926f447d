import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { cpuSeconds, parseStat } from '../scripts/cpuSeconds.ts'
import { reserve as reserveContract } from '../systems/shop/inventoryCommands.ts'
import { createCoalescer } from './load/coalescer.ts'
import { eventIdOf, numberOfEvent } from './load/loadContract.ts'
import { turnAt } from './load/requestContract.ts'
import { replaceMarked } from './markedText.ts'
import { type Measurement, withRatios } from './measurement.ts'
import { messageRecord } from './messageRecord.ts'
import { parseOptions } from './options.ts'
import { connectorSettings } from './peers/debeziumSettings.ts'
import { relays } from './peers/index.ts'
import { peakResidentBytes } from './processUsage.ts'
import { pickProducts, reserveCommand } from './reserveCommand.ts'
import { resultTable } from './resultTable.ts'
import { compareLatencies } from './scenarios/gateway.ts'
import { scenarios } from './scenarios/index.ts'
import { pacedRate } from './scenarios/orders.ts'
import { commonRate } from './scenarios/peersLoad.ts'
import { latencies, median, percentile } from './statistics.ts'

test('percentiles are by nearest rank', () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1)
  assert.deepEqual(
    [0.5, 0.95, 0.99, 1].map((p) => percentile(sorted, p)),
    [50, 95, 99, 100],
  )
  assert.equal(percentile([7], 0.5), 7)
  assert.ok(Number.isNaN(percentile([], 0.5)))
})

test('latencies are sorted as numbers', () => {
  assert.deepEqual(latencies('x', [100, 9, 20]), { xP50: 20, xP95: 100, xP99: 100, xMax: 100 })
  assert.deepEqual(latencies('x', []), {})
})

test('the median of an even count is the mean of the middle two', () => {
  assert.equal(median([10, 1, 3]), 3)
  assert.equal(median([10, 1, 3, 5]), 4)
  assert.ok(Number.isNaN(median([])))
})

const run = (variant: string, round: number, rate: number): Measurement => ({
  scenario: 's',
  variant,
  round,
  values: { rate },
})

test('ratios compare the runs of one round', () => {
  const ratio = {
    key: 'ratio',
    of: 'rate',
    reference: (variant: string) => (variant === 'b' ? 'a' : undefined),
  }
  const measured = [run('a', 1, 10), run('b', 1, 5), run('b', 2, 20), run('a', 2, 80), run('b', 3, 1)]
  assert.deepEqual(
    withRatios(measured, [ratio]).map((each) => each.values.ratio),
    [undefined, 0.5, 0.25, undefined, undefined],
  )
})

test('the table shows median, extremes, missing values and failed runs', () => {
  const failed = { ...run('b', 2, 0), values: {}, failure: 'no broker' }
  const columns = [
    { key: 'rate', title: 'events/s' },
    { key: 'other', title: 'other', digits: 2 },
  ]
  const table = resultTable([run('a', 1, 1_000), run('a', 2, 3_000), run('b', 1, 0.6), failed], columns)
  assert.equal(
    table,
    `|  | events/s | other | runs |
|---|--:|--:|--:|
| a | 2,000 (1,000 – 3,000) | – | 2 |
| b | 1 | – | 2, 1 failed |

- failed: b, round 2: no broker`,
  )
})

test('only what is between the markers is replaced', () => {
  const text = 'before\n<!-- x:begin -->\nold\n<!-- x:end -->\nafter'
  const replaced = replaceMarked(text, 'x', 'new\n')
  assert.equal(replaced, 'before\n<!-- x:begin -->\nnew\n<!-- x:end -->\nafter')
  assert.equal(replaceMarked(replaced, 'x', 'new'), replaced)
  assert.throws(() => replaceMarked('<!-- x:end --><!-- x:begin -->', 'x', ''), /markers/)
})

test('the command line is checked', () => {
  const known = [{ name: 'a' }, { name: 'b' }, { name: 'c', chapter: 'peers' as const }]
  assert.deepEqual(parseOptions([], known), { scenarios: ['a', 'b'], runs: 5, write: false })
  assert.deepEqual(parseOptions(['b', '--runs', '2', '--write'], known), {
    scenarios: ['b'],
    runs: 2,
    write: true,
  })
  assert.deepEqual(parseOptions(['b', 'peers'], known).scenarios, ['b', 'c'])
  assert.throws(() => parseOptions(['d'], known), /no scenario "d"/)
  assert.throws(() => parseOptions(['--runs', '0'], known), /--runs/)
})

test('the usage of a process is read behind its name', () => {
  const stat = '12 (a ) b) S 7 1 1 0 -1 4194304 5 0 0 0 100 20 3 4 20 0 1 0 50 0 0'
  assert.deepEqual(parseStat(stat), { parent: 7, ticks: 127 })
})

test('the usage of this process is found', { skip: process.platform !== 'linux' }, () => {
  assert.ok(cpuSeconds(process.pid) > 0)
  assert.ok(peakResidentBytes(process.pid) >= process.memoryUsage.rss() / 2)
})

test('what comes while a batch is under way goes together in the next, and hears of its own end only', async () => {
  const batches: { items: number[]; done: PromiseWithResolvers<void> }[] = []
  const send = createCoalescer((items: number[]) => {
    const done = Promise.withResolvers<void>()
    batches.push({ items, done })
    return done.promise
  })
  const sent = [1, 2, 3].map((item) => send(item))
  assert.deepEqual(
    batches.map(({ items }) => items),
    [[1]],
  )
  batches[0]?.done.reject(new Error('refused'))
  await assert.rejects(sent[0] as Promise<void>, /refused/)
  assert.deepEqual(batches[1]?.items, [2, 3])
  batches[1]?.done.resolve()
  await Promise.all(sent.slice(1))
  const late = send(4)
  assert.deepEqual(batches[2]?.items, [4])
  batches[2]?.done.resolve()
  await late
})

test('all get 70 % of what the slowest pacemaker sustained in the first round, or of what they did themselves', () => {
  const sustained = [3_000, 2_000, 2_500, 900, 400].map((transactionsPerSecond, index) => ({
    ...run(relays[index]?.name ?? '', 1, 0),
    values: { transactionsPerSecond },
  }))
  const later = { ...run(relays[1]?.name ?? '', 2, 0), values: { transactionsPerSecond: 10 } }
  const rates = relays.map(({ name }) => Math.round(commonRate([...sustained, later], name)))
  assert.deepEqual(rates, [1_400, 1_400, 1_400, 630, 280])
  assert.throws(() => commonRate(sustained, 'someone else'), /no result of "someone else"/)
})

test('the connector is told how to reach the database', () => {
  const settings = connectorSettings('postgres://us%20er:p%40ss@127.0.0.1:5999/bench_1', 'a_slot')
  assert.equal(settings['database.hostname'], '127.0.0.1')
  assert.equal(settings['database.port'], '5999')
  assert.equal(settings['database.user'], 'us er')
  assert.equal(settings['database.password'], 'p@ss')
  assert.equal(settings['database.dbname'], 'bench_1')
  assert.equal(settings['slot.name'], 'a_slot')
})

test('the id of an event tells its number', () => {
  for (const n of [0, 1, 255, 4_000_000]) assert.equal(numberOfEvent(eventIdOf(n)), n)
})

test('each ratio of a scenario refers to one of its variants', () => {
  for (const { name, variants, ratios = [] } of scenarios) {
    const names = new Set(variants.map((variant) => variant.name))
    for (const { reference } of ratios) {
      const referred = [...names].flatMap((variant) => reference(variant) ?? [])
      assert.ok(referred.length > 0, name)
      for (const other of referred) assert.ok(names.has(other), `${name}: ${other}`)
    }
  }
})

test('an event has 300 bytes whatever its number', () => {
  for (const number of [0, 17, 149_999])
    assert.equal(Buffer.byteLength(String(messageRecord('t', number, 'k').value)), 300)
})

test('the commands to reserve are what the inventory takes: one product, or two different ones in any order', () => {
  for (const products of [1, 2, 64]) {
    const picked = Array.from({ length: 200 }, () => pickProducts(products))
    for (const ids of picked) {
      assert.equal(new Set(ids).size, Math.min(2, products))
      assert.ok(ids.every((id) => id >= 1 && id <= products))
      reserveContract.payload.parse(JSON.parse(String(reserveCommand('t', randomUUID(), ids).value)))
    }
    if (products > 1) assert.ok([true, false].every((up) => picked.some(([a = 0, b = 0]) => a < b === up)))
  }
})

test('orders are placed at 70 % of what went last as fast as it goes', () => {
  const measured = [100, 200].map((ordersPerSecond, index) => {
    return { ...run('as fast as it goes', index + 1, 0), values: { ordersPerSecond } }
  })
  const failed = { ...run('as fast as it goes', 3, 0), values: {} }
  assert.equal(Math.round(pacedRate([...measured, failed])), 140)
  assert.throws(() => pacedRate([failed]), /no result/)
})

test('requests take turns of a second', () => {
  assert.deepEqual(
    [0, 999.9, 1_000, 2_000, 3_500].map((ms) => turnAt(ms, 2)),
    [0, 0, 1, 0, 1],
  )
})

test('what the gateway adds is the difference of the percentiles', () => {
  const direct = Array.from({ length: 100 }, (_, n) => n + 1)
  const values = compareLatencies(
    direct,
    direct.map((ms) => 2 * ms),
  )
  assert.deepEqual([values.addedP50, values.addedP95, values.addedP99], [50, 95, 99])
})
