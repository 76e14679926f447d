// npm run drill -- <name …|all> [--write]: breaks the release of the current kubeconfig on purpose, under load, and
// proves that nothing was lost, doubled or reordered. Exit code 0: all that ran passed; 1: not; 2: nothing ran.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { replaceMarked } from '../bench/markedText.ts'
import { connectKube } from '../k8s/cluster/kube.ts'
import { findRelease } from '../k8s/cluster/release.ts'
import { Toolboxes } from '../proof/inCluster/toolboxes.ts'
import { runCommand } from '../scripts/commandLine.ts'
import { type DrillArguments, drillUsage, parseDrillArguments } from './arguments.ts'
import { drills } from './catalogue/index.ts'
import { describeConditions } from './describeConditions.ts'
import type { DrillResult } from './drillResult.ts'
import { drillTable } from './drillTable.ts'
import { awaitResolved, describeAlert, requirePrometheus } from './firedAlerts.ts'
import { runDrill } from './runDrill.ts'

const root = resolve(import.meta.dirname, '..')
const resolveBudgetMs = 300_000
const document = join(root, 'docs/drills.md')

async function main(args: string[]): Promise<number> {
  const parsed = parseDrillArguments(
    args,
    drills.map(({ name }) => name),
  )
  if (parsed.prometheus !== undefined) await requirePrometheus(parsed.prometheus)
  const kube = await connectKube()
  const release = await findRelease(kube, parsed)
  const conditions = await describeConditions(kube, release)
  console.log(`Release ${release.name} in namespace ${release.namespace}\n${conditions}`)
  const toolboxes = new Toolboxes(kube, release)
  let putBack: (() => Promise<void>) | undefined
  const giveUp = async () => {
    console.log('Interrupted: putting back what was changed …')
    await putBack?.().catch((error: Error) => console.error(error.message))
    await toolboxes.close().finally(() => process.exit(130))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void giveUp())
  const onInterrupt = (how: typeof putBack) => {
    putBack = how
  }
  const results: DrillResult[] = []
  try {
    for (const drill of drills.filter(({ name }) => parsed.names.includes(name))) {
      console.log(`\n${drill.name}: ${drill.title}\n  ${drill.hypothesis}`)
      const print = (line: string) => console.log(`  ${new Date().toISOString().slice(11, 19)} ${line}`)
      const surroundings = { kube, release, print, onInterrupt }
      const beganAt = Date.now()
      const outcome = await runDrill(drill, surroundings, (system) => toolboxes.open(system))
      const result = await withAlerts(outcome, parsed.prometheus, beganAt)
      results.push(result)
      console.log(`\n${drillTable([result])}`)
    }
  } finally {
    await toolboxes.close()
  }
  return report(parsed, conditions, results)
}

/** Waits until the alerts that fired are resolved, for as long as their windows take. */
async function withAlerts(
  result: DrillResult,
  prometheus: string | undefined,
  beganAt: number,
): Promise<DrillResult> {
  if (prometheus === undefined || result.verdict === 'notRun') return result
  console.log('  waiting for the alerts to resolve')
  try {
    const alerts = await awaitResolved(prometheus, beganAt, resolveBudgetMs)
    return { ...result, alerts: alerts.map((alert) => describeAlert(alert, beganAt)) }
  } catch (error) {
    // What the drill has shown holds without it.
    return { ...result, alerts: [`not known: ${(error as Error).message}`] }
  }
}

function report({ write }: DrillArguments, conditions: string, results: readonly DrillResult[]): number {
  const directory = join(root, '.relevo/drills', new Date().toISOString().replace(/[:.]/g, '-'))
  mkdirSync(directory, { recursive: true })
  for (const result of results)
    writeFileSync(
      join(directory, `${result.name}.json`),
      JSON.stringify({ conditions, ...result }, undefined, 2),
    )
  const table = drillTable(results)
  console.log(`\n${table}\n\nEvery number: ${directory}`)
  if (write) {
    const command = ['npm run drill --', ...process.argv.slice(2)].join(' ')
    const content = `${conditions}\n- ${new Date().toISOString().slice(0, 10)}, \`${command}\`\n\n${table}`
    writeFileSync(document, replaceMarked(readFileSync(document, 'utf8'), 'drills', content))
    console.log(`Written to ${document}`)
  }
  if (results.some(({ verdict }) => verdict === 'failed' || verdict === 'broke')) return 1
  return results.some(({ verdict }) => verdict === 'passed') ? 0 : 2
}

await runCommand(drillUsage(drills), main)
