// npm run bench [-- scenario …] [--runs N] [--write]: measures the outbox on a Postgres and a Kafka of its own. Prints
// a table for each scenario, keeps every single run as JSON, and with --write puts the tables into docs/benchmarks.md:
// of the chapters that were asked for.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../scripts/commandLine.ts'
import { describeMachine } from './machine.ts'
import { replaceMarked } from './markedText.ts'
import type { Measurement } from './measurement.ts'
import { benchUsage, parseOptions } from './options.ts'
import { describePeers } from './peers/describePeers.ts'
import { formatNumber, resultTable } from './resultTable.ts'
import { runScenario } from './runScenario.ts'
import type { Chapter, Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { postgresSettings, startTestBed } from './testBed.ts'

const document = join(import.meta.dirname, '../docs/benchmarks.md')

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args, scenarios)
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
  console.log('Starting Postgres and Kafka …')
  const bed = await startTestBed(console.log)
  const measurements: Measurement[] = []
  const chapters = new Map<Chapter, string[]>()
  try {
    for (const name of options.scenarios) {
      const scenario = scenarios.find((each) => each.name === name) as Scenario
      console.log(`\n${scenario.title}`)
      const runs = { runs: options.runs, signal: interrupted.signal, onMeasured: printMeasured }
      const measured = await runScenario(scenario, bed, runs)
      measurements.push(...measured)
      const chapter = scenario.chapter ?? 'results'
      chapters.set(chapter, [...(chapters.get(chapter) ?? []), section(scenario, measured)])
      console.log(`\n${resultTable(measured, scenario.columns)}`)
    }
  } finally {
    await bed.stop()
  }
  const conditions = describeConditions(bed.versions)
  const file = join(mkdtempSync(join(tmpdir(), 'relevo-bench-')), 'runs.json')
  writeFileSync(file, JSON.stringify({ conditions, measurements }, undefined, 2))
  console.log(`\nAll runs: ${file}`)
  if (interrupted.signal.aborted) return 130
  if (options.write)
    for (const [chapter, sections] of chapters)
      writeDocument(chapter, [describeChapter(chapter, conditions), ...sections].join('\n\n'))
  return 0
}

function printMeasured({ variant, round, values, failure }: Measurement): void {
  const shown = Object.entries(values).map(([name, value]) => `${name} ${formatNumber(value, 2)}`)
  console.log(`  round ${round}, ${variant}: ${failure ? `failed: ${failure}` : shown.join(', ')}`)
}

function section({ title, description, columns }: Scenario, measured: Measurement[]): string {
  return `### ${title}\n\n${description}\n\n${resultTable(measured, columns)}`
}

function describeConditions(versions: string): string {
  const settings = Object.entries(postgresSettings).map(([name, value]) => `\`${name} = ${value}\``)
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ')
  return [
    `- Machine: ${describeMachine()}; everything, the load generator too, on it.`,
    `- ${versions}. Kafka: acks=all, one replica, so acknowledged from the page cache, as is usual for Kafka.`,
    `- Postgres: ${settings.join(', ')}.`,
    `- ${new Date().toISOString().slice(0, 10)}, \`${command}\`. Cells: median (least – greatest) of the runs.`,
  ].join('\n')
}

function describeChapter(chapter: Chapter, conditions: string): string {
  return [conditions, ...describePeers(chapter)].join('\n')
}

function writeDocument(chapter: Chapter, content: string): void {
  writeFileSync(document, replaceMarked(readFileSync(document, 'utf8'), chapter, content))
  console.log(`Written to ${document}`)
}

await runCommand(benchUsage(scenarios), main)
