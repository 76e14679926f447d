// A package's tables are its own: others call its functions, or read the views that it has for them.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
// Benchmarks read system columns and make a bare reader beside the relay.
const folders = '{packages,services,systems,proof,k8s,loadtest,drills,scripts,demo}'
const files = globSync(`${folders}/**/*.ts`, { cwd: root, exclude: ['**/node_modules/**'] }).filter(
  (file) => !/\.test\.ts$|Harness\.ts$/.test(file),
)

/** Who owns a schema's tables. The relay is what moves the cursors of the outbox. */
const owners: Readonly<Record<string, readonly string[]>> = {
  outbox: ['packages/outbox', 'packages/relay'],
  inbox: ['packages/inbox'],
  saga: ['packages/saga'],
  event_store: ['packages/event-store'],
}

function tablesOf(owner: string): string[] {
  const migrations = globSync(`${owner}/migrations/*.sql`, { cwd: root }).map(read).join('\n')
  return [...migrations.matchAll(/^create table (\w+\.\w+)/gm)].map(([, table = '']) => table)
}

const tables = Object.values(owners).flatMap(([owner = '']) => tablesOf(owner))

/** What statements of a file name of the tables: behind a word of SQL, or as the whole of a text. */
function namedIn(text: string): string[] {
  return tables.filter((table) =>
    new RegExp(`\\b(from|join|into|update|table|only) ${table}\\b|['"\`]${table}['"\`]`, 'i').test(text),
  )
}

test('the tables of the packages and the statements that name them are found', () => {
  for (const table of ['outbox.event', 'inbox.processed', 'saga.instance', 'event_store.event'])
    assert.ok(tables.includes(table), table)
  assert.deepEqual(namedIn('select 1 from a join saga.timer t on true'), ['saga.timer'])
  assert.deepEqual(namedIn('select from outbox.event_status'), [])
  const relay = files.filter((file) => file.startsWith('packages/relay/'))
  assert.ok(relay.some((file) => namedIn(read(file)).length > 0))
})

test('only a package names its tables', () => {
  const wrong = files.flatMap((file) =>
    namedIn(read(file))
      .filter((table) => !owners[table.split('.')[0] ?? '']?.some((owner) => file.startsWith(`${owner}/`)))
      .map((table) => `${file} names ${table}`),
  )
  assert.deepEqual(wrong, [])
})
