import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { sendRequests } from '../../proof/inCluster/program/sendRequests.ts'
import { writeKeyed } from '../../proof/inCluster/program/writeKeyed.ts'
import { formatLedgerLine, type LedgerLine } from '../../proof/ledgerLine.ts'
import { proveRun } from '../../proof/proveRun.ts'
import { sortLedger } from '../../proof/readLedger.ts'
import { outboxOf, partsOf, urlVariable } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'
import type { SystemUnderTest } from '../support/systemUnderTest.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Runs the program of `helm test` on this checkout instead of in the image. */
async function helmTest(system: System, serviceOf: (name: string) => { url: string }): Promise<void> {
  const text = readFileSync(join(root, 'charts/relevo/files/helmTest.mjs'), 'utf8')
  const program = text.replace("'/app/systems/", `'${root}/systems/`)
  assert.notEqual(program, text)
  // The gateway's part of it is for one that asks for tokens, as the chart's does.
  const parts = partsOf(system).filter(({ gateway }) => !gateway)
  const urls = parts.map(({ name }) => [urlVariable(name), serviceOf(name).url])
  const env = { SYSTEM: system.name, TIMEOUT_SECONDS: '60', ...Object.fromEntries(urls) }
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { env })
  for (const { at } of system.entry.arrivals) assert.match(stdout, new RegExp(`${at} shows it`))
}

/** A system that its entry and transactions use is proved from outside, and an event that was never recorded is found. */
export async function testProof(system: System, running: SystemUnderTest): Promise<void> {
  const { entry } = system
  await helmTest(system, running.serviceOf)
  const contentPrefix = 'proof-'
  const lines: LedgerLine[] = []
  const { url } = running.serviceOf(entry.service)
  const pool = running.poolOf(outboxOf(system, entry.topic))
  for (let n = 0; n < 10; n++) {
    lines.push(...(await sendRequests(url, entry.requests, `${contentPrefix}post-${n}`)).lines)
    const draft = (part: number) => entry.draft(`${contentPrefix}keyed-${n}-${part}`)
    lines.push(...(await writeKeyed(pool, `key-${n % 2}`, draft)))
  }
  assert.ok(lines.every(({ outcome }) => outcome === 'ack'))
  const ledger = sortLedger(lines.map(formatLedgerLine))
  const prove = (changed = ledger) =>
    proveRun(system, running.places(), { ledger: changed, contentPrefix, quietMs: 30_000 })

  const proof = await prove()
  assert.ok(proof.ok, JSON.stringify(proof))
  assert.equal(proof.flows.length, system.flows.length)
  const acknowledged = proof.flows.reduce((sum, { report }) => sum + report.acknowledged, 0)
  assert.ok(acknowledged >= lines.length)

  const forged = [...ledger.acknowledged, { outcome: 'ack', content: `${contentPrefix}forged` } as const]
  const found = await prove({ ...ledger, acknowledged: forged })
  assert.equal(found.ok, false)
  assert.equal(found.flows[0]?.report.lost.count, 1)
}
