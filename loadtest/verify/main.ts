// npm run load:verify: proves the ledger of a load run.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Proof } from '../../proof/proof.ts'
import { proveRun } from '../../proof/proveRun.ts'
import { readLedger } from '../../proof/readLedger.ts'
import { CommandError, readArguments, runCommand } from '../../scripts/commandLine.ts'
import { systems } from '../../systems/index.ts'
import { kneeSteps } from '../k6/kneeSteps.ts'
import type { K6Summary } from '../k6/summary.ts'
import { isGood, type LoadReport, renderReport } from '../loadReport.ts'
import { localServers } from '../localServers.ts'
import { compareMetrics } from '../metrics/compareMetrics.ts'
import { findRunDirectory, type RunDirectory, type RunFile } from '../runDirectory.ts'

const quietMs = 180_000

const usage = `npm run load:verify [-- directory]
Proves the ledger of a load run (default: the latest) and writes its report. Reads DATABASE_URL and KAFKA_BROKERS
(default: those of npm start, with the run's --port-offset), and <NAME>_URL of a relay, as RELAY_MESSAGES_URL, for the audit.`

async function main(args: string[]): Promise<number> {
  const [path, ...rest] = readArguments(args, {}).positionals
  if (rest.length > 0) throw new CommandError('usage', `Too many arguments: ${rest.join(' ')}.`)
  const directory = findRunDirectory(path)
  const run: RunFile = JSON.parse(readFileSync(directory.run, 'utf8'))
  const k6: K6Summary = JSON.parse(readFileSync(directory.summary, 'utf8'))
  console.log(`Verifying ${directory.path}: waiting for quiet, then reading outbox, Kafka and effects …`)
  const report: LoadReport = {
    scenario: run.scenario,
    profile: run.profile,
    beganAt: run.beganAt,
    k6,
    kneeSteps: run.scenario === 'knee' ? kneeSteps(run.peak, run.seconds) : undefined,
    proof: await prove(run, directory),
    services: compareMetrics(processesOf(run)),
  }
  writeFileSync(directory.reportJson, JSON.stringify(report, undefined, 2))
  writeFileSync(directory.reportMarkdown, renderReport(report))
  console.log(renderReport(report))
  console.log(`Written to ${directory.reportJson} and ${directory.reportMarkdown}`)
  return isGood(report) ? 0 : 1
}

async function prove(run: RunFile, { ledger }: RunDirectory): Promise<Proof> {
  const { contentPrefix, system } = run
  if (run.kubernetes) {
    const { proveInCluster } = await import('../../proof/inCluster/proveInCluster.ts')
    return proveInCluster(run, readFileSync(ledger, 'utf8'), { system, contentPrefix, quietMs })
  }
  const places = await localServers(system, run.portOffset, process.env)
  return proveRun(systems[system], places, { ledger: await readLedger(ledger), contentPrefix, quietMs })
}

function processesOf({ before, after }: RunFile) {
  return Object.entries(after).map(([name, text]) => ({ name, before: before[name] ?? '', after: text }))
}

await runCommand(usage, main)
