import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OutboxEvent } from './event.ts'
import type { Page } from './laneStore.ts'
import { PagesAhead } from './pagesAhead.ts'

/** The page of one event that is read after `id`, of `last` in all. */
function pageAfter(id: number, last: number): Page {
  return { events: [{ id: id + 1 } as OutboxEvent], complete: id + 1 === last }
}

test('pages are read one after the other, two ahead, and end with the last', async () => {
  const reads: number[] = []
  const read = async (id: number) => {
    reads.push(id)
    return pageAfter(id, 5)
  }
  const pages = new PagesAhead(pageAfter(0, 5), read)
  await nextTurn()
  assert.deepEqual(reads, [1, 2])
  const taken: (number | undefined)[] = []
  for (let page = await pages.take(); page; page = await pages.take()) taken.push(page.events[0]?.id)
  assert.deepEqual(taken, [2, 3, 4, 5])
  assert.deepEqual(reads, [1, 2, 3, 4])
})

test('a read waits for the one before it, and its failure is thrown to who takes the page', async () => {
  const first = Promise.withResolvers<Page>()
  const reads: number[] = []
  const read = (id: number) => {
    reads.push(id)
    return id === 1 ? first.promise : Promise.reject(new Error('gone'))
  }
  const pages = new PagesAhead(pageAfter(0, 5), read)
  await nextTurn()
  assert.deepEqual(reads, [1])
  first.resolve(pageAfter(1, 5))
  assert.equal((await pages.take())?.events[0]?.id, 2)
  await assert.rejects(pages.take(), /gone/)
})
