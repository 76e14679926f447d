import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { ConsumedBatch, ConsumedRecord } from '@relevo/kafka'
import { z } from 'zod'
import { firstGroup, type GatheringOptions, gatherBatches } from './gatherBatches.ts'
import { InboxError } from './inboxError.ts'
import { inboxBatch } from './inboxEvent.ts'
import { createHarness, eventually, range, recordEffect, testEvent } from './inboxHarness.ts'

/** A batch of so many records; only their number counts. */
function batchOf(partition: number, records = 1): ConsumedBatch {
  const some = Array.from({ length: records }, () => ({}) as ConsumedRecord)
  return { topic: 'topic', partition, records: some, from: 0n, next: BigInt(records), isStale: () => false }
}

function partitionsOf(batches: readonly ConsumedBatch[]): number[] {
  return batches.map(({ partition }) => partition)
}

/** Gathers, and notes what is processed together and what by itself. */
function gathering(options: Partial<GatheringOptions> = {}) {
  const [together, alone]: [number[][], number[]] = [[], []]
  const take = gatherBatches({
    mostRecords: 10,
    concurrency: 1,
    async processTogether(batches) {
      together.push(partitionsOf(batches))
      return true
    },
    async processBatch(batch) {
      alone.push(batch.partition)
      return undefined
    },
    ...options,
  })
  return { take, together, alone }
}

test('batches that come at once are processed together, and one that comes alone by itself', async () => {
  const { take, together, alone } = gathering()
  await Promise.all([0, 1, 2].map((partition) => take(batchOf(partition))))
  await take(batchOf(3))
  assert.deepEqual([together, alone], [[[0, 1, 2]], [3]])
})

test('when batches fail together, each is processed by itself and has its own outcome', async () => {
  const fault = new InboxError('abandoned', 'not this one')
  const outcomes: Record<number, () => bigint | undefined> = {
    0: () => 17n,
    1: () => {
      throw fault
    },
    2: () => undefined,
  }
  const { take } = gathering({
    processTogether: async () => false,
    processBatch: async ({ partition }) => outcomes[partition]?.(),
  })
  const taken = await Promise.allSettled([0, 1, 2].map((partition) => take(batchOf(partition))))
  assert.deepEqual(taken, [
    { status: 'fulfilled', value: 17n },
    { status: 'rejected', reason: fault },
    { status: 'fulfilled', value: undefined },
  ])
})

test('what comes while as many groups are in hand as may be is the next group', async () => {
  const release = Promise.withResolvers<void>()
  const groups: number[][] = []
  const { take } = gathering({
    async processTogether(batches) {
      groups.push(partitionsOf(batches))
      await release.promise
      return true
    },
  })
  const first = [0, 1].map((partition) => take(batchOf(partition)))
  while (groups.length === 0) await setImmediate()
  const second = [2, 3, 4].map((partition) => take(batchOf(partition)))
  for (let turn = 0; turn < 3; turn++) await setImmediate()
  assert.deepEqual(groups, [[0, 1]])
  release.resolve()
  await Promise.all([...first, ...second])
  assert.deepEqual(groups, [
    [0, 1],
    [2, 3, 4],
  ])
})

test('a group has the first batch, whatever its size, and those behind it that fit', () => {
  const groupOf = (...sizes: number[]) => {
    const waiting = sizes.map((size, partition) => ({ batch: batchOf(partition, size) }))
    return partitionsOf(firstGroup(waiting, 10).map(({ batch }) => batch))
  }
  assert.deepEqual(groupOf(4, 6, 1), [0, 1])
  assert.deepEqual(groupOf(4, 7, 6), [0, 2])
  assert.deepEqual(groupOf(11, 1), [0])
  assert.deepEqual(groupOf(11), [0])
})

const schema = z.object({ n: z.number() })
const keys = range(0, 12).map((n) => `key-${n}`)
/** Of several partitions, whose keys have three events each. */
const events = range(0, 36).map((n) => ({ n, key: keys[n % keys.length] ?? '' }))

test('events of several partitions take effect in one transaction, each once and in the order of its key', async (t) => {
  const h = await createHarness(t, 3, { pipeline: true })
  await h.send(events.map(({ n, key }) => testEvent(h.topic, n, { key })))
  const partitions: number[] = []
  const handlers = inboxBatch({ test: schema }, async (taken, tx) => {
    partitions.push(new Set(taken.map(({ partition }) => partition)).size)
    for (const event of taken) await recordEffect(event, tx)
  })
  h.inbox({ handlers, gatherMs: 10 }).start()
  await h.caughtUp()
  assert.ok(Math.max(...partitions) > 1, 'no transaction had events of several partitions')
  assert.equal((await h.effects()).length, events.length)
  for (const wanted of keys) {
    const expected = events.filter(({ key }) => key === wanted).map(({ n }) => n)
    assert.deepEqual(await h.effects(wanted), expected)
  }
})

test('one event that fails holds back its key alone, however many partitions were taken together', async (t) => {
  const h = await createHarness(t, 3)
  let failing = true
  await h.send(events.map(({ n, key }) => testEvent(h.topic, n, { key })))
  const handlers = inboxBatch({ test: schema }, async (taken, tx) => {
    for (const event of taken) await recordEffect(event, tx)
    if (failing && taken.some(({ data }) => data.n === 1)) throw new Error('not this one')
  })
  const inbox = h.inbox({ handlers, gatherMs: 10, retry: { attempts: 100, initialMs: 10, maxMs: 20 } })
  inbox.start()
  await h.caughtUp()
  const others = events.filter(({ key }) => key !== keys[1])
  assert.equal((await h.effects()).length, others.length)
  failing = false
  await eventually(async () => (await h.effects()).length === events.length)
  assert.deepEqual(await h.effects(keys[1]), [1, 13, 25])
  assert.equal(inbox.stats().deadLetters, 0)
})
