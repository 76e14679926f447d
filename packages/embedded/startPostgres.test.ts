import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { commandLine } from './processes.ts'
import { settingArguments, startPostgres } from './startPostgres.ts'
import { temporaryDirectory } from './temporaryDirectory.ts'
import { waitUntil } from './waitUntil.ts'

const directory = temporaryDirectory()
after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

test('settings become arguments of the server', () => {
  assert.deepEqual(settingArguments({ wal_level: 'logical', search_path: 'a, b' }), [
    '-c',
    'wal_level=logical',
    '-c',
    'search_path=a, b',
  ])
})

test('data survive a stop and a crash, on the same port', async (t) => {
  const place = join(directory, 'with a space, and ünïcode')
  let server = await startPostgres({ directory: place, settings: { work_mem: '5MB' } })
  t.after(() => server.kill())
  assert.deepEqual(await query(server.url, 'show wal_level'), ['logical'])
  assert.deepEqual(await query(server.url, 'show max_connections'), ['200'])
  assert.deepEqual(await query(server.url, 'show work_mem'), ['5MB'])
  await query(server.url, 'create table t as select 1 as n')

  const { port, url } = server
  await server.stop()
  assert.equal(await server.exited, 'exit 0')
  server = await startPostgres({ directory: place, port })
  assert.equal(server.url, url)
  await query(url, 'insert into t values (2)')

  await server.kill()
  assert.equal(await server.exited, 'SIGKILL')
  assert.equal(server.isRunning(), false)
  server = await startPostgres({ directory: place, port })
  assert.deepEqual(await query(url, 'select n from t order by n'), [1, 2])
})

test('a paused server answers nobody until it is resumed', async (t) => {
  const server = await startPostgres({ directory: join(directory, 'paused') })
  t.after(() => server.kill())
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => undefined)
  await client.connect()
  t.after(() => client.end())
  server.pause()
  let answered = false
  const answer = client.query('select 1').then(() => {
    answered = true
  })
  assert.equal(await waitUntil(() => answered, 300), false)
  server.resume()
  await answer
})

test('a port or a directory that is in use is named', async (t) => {
  const place = join(directory, 'taken')
  const server = await startPostgres({ directory: place })
  t.after(() => server.kill())
  await assert.rejects(startPostgres({ directory: join(directory, 'other'), port: server.port }), {
    code: 'port_taken',
    message: new RegExp(`Port ${server.port}, wanted for Postgres`),
  })
  await assert.rejects(startPostgres({ directory: place }), {
    code: 'directory_in_use',
    message: new RegExp(`pid ${server.pid} \\(port ${server.port}\\).*process ${process.pid} started it`),
  })
})

test('a setting that Postgres refuses is reported with its own words', async () => {
  const start = startPostgres({ directory: join(directory, 'refused'), settings: { no_such_setting: '1' } })
  await assert.rejects(start, { code: 'start_failed', message: /no_such_setting/ })
})

test('a server ends with the process that started it, even by SIGKILL, and its data can be used again', async (t) => {
  const place = join(directory, 'orphan')
  const script = `
    const { startPostgres } = await import(${JSON.stringify(import.meta.resolve('./startPostgres.ts'))})
    const server = await startPostgres({ directory: ${JSON.stringify(place)} })
    console.log(server.pid)
    setInterval(() => undefined, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => owner.kill('SIGKILL'))
  const pid = Number(String((await once(owner.stdout, 'data'))[0]))
  assert.match(commandLine(pid) ?? '', /postgres -D/)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const server = await startPostgres({ directory: place })
  t.after(() => server.kill())
  assert.equal(commandLine(pid), undefined)
  assert.deepEqual(await query(server.url, 'select 1'), [1])
})
