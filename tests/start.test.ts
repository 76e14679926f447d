import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { runCommand } from '@relevo/cli'
import {
  childrenOf,
  commandLine,
  freePort,
  isPortFree,
  temporaryDirectory,
  usableDirectory,
  waitUntil,
} from '@relevo/embedded'
import { freeOffset } from '../scripts/freeOffset.ts'
import { planPorts } from '../scripts/portPlan.ts'
import { allSystems } from '../systems/index.ts'
import { runScript, type ScriptRun } from './startHarness.ts'

const allOutboxes = allSystems.flatMap(({ relays }) => relays.flatMap(({ outboxes }) => outboxes))
const allPorts = planPorts(allSystems, 0).services.map(({ port }) => port)
const execute = promisify(execFile)
const parent = temporaryDirectory()
const directory = join(parent, 'data')
const offset = await freeOffset()
const api = `http://127.0.0.1:${3000 + offset}`
const runs: ScriptRun[] = []

after(async () => {
  for (const run of runs) run.process.kill('SIGKILL')
  // Their watchdogs stop what a failed test left running.
  await waitUntil(
    async () => (await isPortFree(15_432 + offset)) && (await isPortFree(19_092 + offset)),
    20_000,
  )
  rmSync(parent, { recursive: true, force: true, maxRetries: 5 })
})

function start(...args: string[]): ScriptRun {
  const run = runScript('start', directory, ['--port-offset', String(offset), ...args])
  runs.push(run)
  return run
}

async function post(content: string): Promise<{ success: boolean; estado: string }> {
  const response = await fetch(`${api}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ content }),
  })
  return (await response.json()) as { success: boolean; estado: string }
}

/** Pages of events come from the Valkey that was started. */
async function isCached(): Promise<boolean> {
  for (let i = 0; i < 2; i++) await contents('eventos')
  const metrics = await (await fetch(`${api}/metrics`)).text()
  return /^relevo_cache_reads_total\{result="hit"\} [1-9]/m.test(metrics)
}

async function calculate(conversionId: string): Promise<number> {
  const conversion = {
    conversionId,
    affiliateId: 'aff-1',
    campaignId: 'cmp-1',
    grossAmount: 9,
    currency: 'USD',
  }
  const response = await fetch(`http://127.0.0.1:${5001 + offset}/commissions/calculate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(conversion),
  })
  return response.status
}

/** Conversions of the events that the notifications have written. */
function writtenConversions(): string[] {
  const text = readFileSync(join(directory, 'data', 'events.jsonl'), 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).data.conversionId)
}

async function contents(path: 'eventos' | 'messages'): Promise<string[]> {
  const body = (await (await fetch(`${api}/${path}`)).json()) as Record<string, { content: string }[]>
  return (body[path] ?? []).map((entry) => entry.content).sort()
}

/** Orders of the shop, whose services the demo finds by the note of the running start. */
async function demo(): Promise<string> {
  const env = { ...process.env, RELEVO_DATA_DIRECTORY: directory }
  const { stdout } = await execute(process.execPath, [resolve(import.meta.dirname, '../demo/main.ts')], {
    env,
  })
  return stdout
}

// Three starts in a row: a minute on a free machine.
const slow = { timeout: 500_000 }

test(
  'one command starts everything, Ctrl-C stops it, and the data survive stops and kills until they are reset',
  slow,
  async () => {
    const first = start()
    await first.printed('Ctrl-C stops it')
    assert.match(first.output(), new RegExp(`curl -sS http://localhost:${3000 + offset}/messages`))
    assert.equal((await post('uno')).estado, 'E')
    assert.match(
      first.output(),
      new RegExp(`curl -sS http://localhost:${5001 + offset}/commissions/calculate`),
    )
    assert.equal(await calculate('c-1'), 201)
    assert.match(first.output(), new RegExp(`Valkey +redis://127.0.0.1:${16_379 + offset}`))
    assert.equal(await waitUntil(isCached, 20_000), true)

    const shown: string[] = []
    const show = (text: string) => shown.push(text)
    await runCommand(['status'], { RELEVO_DATA_DIRECTORY: directory }, { out: show, err: show })
    assert.deepEqual(
      shown.filter((text) => text.endsWith(':')),
      allOutboxes.map((name) => `${name}:`),
    )

    assert.match(await demo(), /Caso 1: Orden exitosa\n(.*✅.*\n)+.*Resultado: Orden confirmada/)

    const second = start()
    assert.equal(await second.ended(), 1)
    assert.match(second.output(), new RegExp(`already runs here, as process ${first.process.pid}`))
    const refused = runScript('reset', directory)
    assert.equal(await refused.ended(), 1)
    assert.match(refused.output(), /Nothing was removed/)

    first.process.kill('SIGINT')
    assert.equal(await first.ended(), 0)
    assert.match(first.output(), /Stopping the services.*Stopping Kafka and Postgres.*Stopped\./s)
    for (const port of [...allPorts, 15_432, 19_092, 16_379])
      assert.equal(await isPortFree(port + offset), true)

    const third = start('messages')
    await third.printed('Ctrl-C stops it')
    assert.equal((await post('dos')).estado, 'E')
    third.process.kill('SIGKILL')
    await third.ended()

    const fourth = start('messages', 'commissions')
    await fourth.printed('Ctrl-C stops it')
    assert.deepEqual(await contents('eventos'), ['dos', 'uno'])
    assert.equal(await waitUntil(async () => (await contents('messages')).length === 2, 20_000), true)
    assert.equal(await calculate('c-2'), 201)
    assert.equal(await waitUntil(() => writtenConversions().length === 2, 20_000), true)
    assert.deepEqual(writtenConversions(), ['c-1', 'c-2'])
    fourth.process.kill('SIGTERM')
    assert.equal(await fourth.ended(), 0)

    assert.equal(await runScript('reset', directory).ended(), 0)
    assert.equal(existsSync(join(directory, 'postgres')), false)
  },
)

test('a service that dies is started again, and so are Postgres and Kafka, with their data', async () => {
  const run = start('messages')
  await run.printed('Ctrl-C stops it')
  const processes = childrenOf(run.process.pid ?? 0)
  const relay = processes.find((pid) => commandLine(pid)?.includes('services/relay/'))
  process.kill(Number(relay), 'SIGKILL')
  await run.printed('relay-messages ended by itself (SIGKILL)')
  const isUp = async () =>
    (await fetch(`http://127.0.0.1:${3002 + offset}/ready`).catch(() => undefined))?.ok ?? false
  assert.equal(await waitUntil(isUp, 30_000), true)
  assert.equal((await post('before')).success, true)
  // The killed relay's leases must run out first.
  const isSent = async () => (await (await fetch(`${api}/eventos?estado=E`)).text()).includes('before')
  assert.equal(await waitUntil(isSent, 30_000), true)

  for (const [name, folder] of [
    ['Postgres', 'postgres'],
    ['Kafka', 'kafka'],
  ] as const) {
    const { pid } = JSON.parse(readFileSync(join(directory, folder, 'server.json'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    await run.printed(`${name} ended by itself (SIGKILL)`)
    await run.printed(`${name} is up again.`)
  }
  const isPosted = async () => (await post('after').catch(() => undefined))?.success === true
  assert.equal(await waitUntil(isPosted, 60_000), true)
  const isProcessed = async () => {
    const there = await contents('messages').catch((): string[] => [])
    return there.includes('before') && there.includes('after')
  }
  assert.equal(await waitUntil(isProcessed, 60_000), true, run.output())
  run.process.kill('SIGINT')
  assert.equal(await run.ended(), 0)
})

test('servers that are named and not there end it with one line', async () => {
  const brokers = `127.0.0.1:${await freePort()}`
  const args = ['messages', '--port-offset', String(offset)]
  const run = runScript('start', directory, args, {
    KAFKA_BROKERS: brokers,
    DATABASE_URL: `postgres://u@127.0.0.1:${await freePort()}/x`,
  })
  runs.push(run)
  assert.equal(await run.ended(), 1)
  assert.doesNotMatch(run.output(), /cannot hold them/)
  assert.match(run.output(), /(DATABASE_URL|KAFKA_BROKERS): 127.0.0.1:\d+ \(ECONNREFUSED\)/)
  assert.doesNotMatch(run.output(), /\{"level"|\n {4}at /)
})

test('where the wished folder cannot hold the data, the first lines say so, and which one does', async (t) => {
  const wished = join(parent, 'file', 'data')
  writeFileSync(join(parent, 'file'), 'no folder')
  const elsewhere = await usableDirectory(wished)
  t.after(() => rmSync(elsewhere, { recursive: true, force: true }))
  const run = runScript('start', wished, ['messages', '--port-offset', String(offset)], {
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    DATABASE_URL: `postgres://u@127.0.0.1:${await freePort()}/x`,
  })
  runs.push(run)
  assert.equal(await run.ended(), 1)
  const [first, second] = run.output().trimStart().split('\n')
  assert.equal(first, `Relevo starts messages; its data are in ${elsewhere}`)
  assert.equal(
    second,
    `${wished} cannot hold them: this user may not write there, or Postgres' account may not enter it.`,
  )
})
