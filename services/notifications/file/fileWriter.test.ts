import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { eventually } from '@relevo/testing'
import { migratedDatabase } from '../notificationsHarness.ts'
import { insertLine } from '../sql/eventLines.ts'
import { createFileWriter, type FileWriter } from './fileWriter.ts'

async function writers(t: TestContext) {
  const started: FileWriter[] = []
  const stop = () => Promise.all(started.map((writer) => writer.stop()))
  const { pool, directory, logger } = await migratedDatabase(t, stop)
  const pathOf = (name: string) => join(directory, name, 'events.jsonl')

  function start(name = 'a', consumer = 'group'): FileWriter {
    const writer = createFileWriter({ pool, consumer, path: pathOf(name), logger })
    started.push(writer)
    writer.start()
    return writer
  }

  const add = async (...lines: string[]) => {
    for (const line of lines) await pool.query(insertLine, ['group', randomUUID(), line])
  }
  const text = (name = 'a') => readFile(pathOf(name), 'utf8').catch(() => '')
  const waiting = async () => (await pool.query('select from event_line')).rowCount
  const settled = () => eventually(async () => (await waiting()) === 0, 'all lines written')
  return { pool, pathOf, start, add, text, settled, waiting }
}

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`)
const textOf = (all: string[]) => all.map((line) => `${line}\n`).join('')

test('appends lines in order, over stops and starts, and writes what is left when it stops', async (t) => {
  const { start, add, text, settled, waiting } = await writers(t)
  await add(...lines(0, 1_200))
  const first = start()
  await settled()
  await first.stop()
  await add(...lines(1_200, 1_210))
  const second = start()
  await settled()
  await add(...lines(1_210, 1_220))
  await second.stop()
  assert.equal(await waiting(), 0)
  assert.equal(await text(), textOf(lines(0, 1_220)))
})

test('after a crash at any point of a page the file has each line once', async (t) => {
  const { pool, pathOf, start, add, text, settled } = await writers(t)
  const path = pathOf('a')
  await add('first')
  await start().stop()
  await settled()
  const known = (await readFile(path)).length
  const page = textOf(['page 1', 'page 2', 'page 3'])
  for (let cut = 0; cut <= page.length; cut += 5) {
    await truncate(path, known)
    await pool.query('update event_file set size = $1', [known])
    await add('page 1', 'page 2', 'page 3')
    await pool.query('update event_line set file_id = (select id from event_file)')
    await appendFile(path, page.slice(0, cut))
    await add('later')
    await start().stop()
    await settled()
    assert.equal(await text(), `first\n${page}later\n`, `cut at ${cut}`)
  }
})

test('a torn line that no page explains is cut off', async (t) => {
  const { pathOf, start, add, text, settled } = await writers(t)
  await add('one')
  await start().stop()
  await appendFile(pathOf('a'), '{"torn')
  await add('two')
  await start().stop()
  await settled()
  assert.equal(await text(), 'one\ntwo\n')
})

test('a file that was there before is gone on with', async (t) => {
  const { pathOf, start, add, text, settled } = await writers(t)
  await mkdir(join(pathOf('a'), '..'), { recursive: true })
  await writeFile(pathOf('a'), 'old\nto')
  await add('new')
  start()
  await settled()
  assert.equal(await text(), 'old\nnew\n')
})

test('a file that somebody has emptied is begun anew', async (t) => {
  const { pathOf, start, add, text, settled } = await writers(t)
  await add('one')
  await start().stop()
  await truncate(pathOf('a'))
  await add('two')
  start()
  await settled()
  assert.equal(await text(), 'two\n')
})

test('several files share the lines, and each line is in one of them, in order', async (t) => {
  const { start, add, text, settled } = await writers(t)
  const names = ['a', 'b', 'c']
  for (const name of names) start(name)
  await Promise.all([add(...lines(0, 500)), add(...lines(500, 1_000))])
  await settled()
  const parts = await Promise.all(names.map(async (name) => (await text(name)).split('\n').slice(0, -1)))
  assert.deepEqual(parts.flat().sort(), lines(0, 1_000).sort())
  for (const part of parts)
    for (const half of [
      part.filter((line) => number(line) < 500),
      part.filter((line) => number(line) >= 500),
    ])
      assert.deepEqual(
        half,
        half.toSorted((a, b) => number(a) - number(b)),
      )
})

const number = (line: string) => Number(line.slice('line '.length))

test('the lines of another consumer are left to it', async (t) => {
  const { pool, start, add, text, settled } = await writers(t)
  start('a')
  start('b', 'other')
  const id = randomUUID()
  for (const consumer of ['group', 'other']) await pool.query(insertLine, [consumer, id, `for ${consumer}`])
  await add('one')
  await settled()
  assert.deepEqual([await text('a'), await text('b')], ['for group\none\n', 'for other\n'])
})

test('of two writers of one file, the second waits for the first to end', async (t) => {
  const { start, add, text, settled } = await writers(t)
  const first = start()
  await eventually(() => first.problem() === undefined, 'the first ready')
  const second = start()
  await eventually(() => /another process writes/.test(second.problem() ?? ''), 'the second locked out')
  await add('one')
  await settled()
  await first.stop()
  await eventually(() => second.problem() === undefined, 'the second ready')
  await add('two')
  await settled()
  assert.equal(await text(), 'one\ntwo\n')
})

test('while the file cannot be written, lines wait and the reason is told', async (t) => {
  const { pathOf, start, add, text, settled } = await writers(t)
  const folder = join(pathOf('a'), '..')
  await writeFile(folder, 'in the way')
  const writer = start()
  await add('one')
  await eventually(() => /EEXIST|ENOTDIR/.test(writer.problem() ?? ''), 'the problem told')
  await rm(folder)
  await settled()
  assert.equal(writer.problem(), undefined)
  assert.equal(await text(), 'one\n')
})

test('a lost connection to the database loses and doubles nothing', async (t) => {
  const { pool, start, add, text, settled } = await writers(t)
  start()
  const end = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`
  for (let i = 0; i < 5; i++) {
    await add(...lines(i * 100, i * 100 + 100))
    await pool.query(end)
  }
  await settled()
  assert.equal(await text(), textOf(lines(0, 500)))
})
