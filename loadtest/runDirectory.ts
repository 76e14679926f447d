import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommandError } from '../scripts/commandLine.ts'
import type { SystemName } from '../systems/index.ts'

const home = resolve(import.meta.dirname, '../.relevo/load')
const latest = join(home, 'latest')

/** The files of a run. */
export interface RunDirectory {
  path: string
  ledger: string
  summary: string
  /** What `load` knows and `load:verify` needs. */
  run: string
  reportJson: string
  reportMarkdown: string
}

/** What `load` leaves for `load:verify`. */
export interface RunFile {
  scenario: string
  system: SystemName
  profile: string
  peak: number
  seconds: number
  beganAt: string
  contentPrefix: string
  kubernetes: boolean
  portOffset: number
  namespace?: string | undefined
  release?: string | undefined
  /** Metrics of each process in Prometheus' text format. */
  before: Record<string, string>
  after: Record<string, string>
}

/** Makes the directory of a new run. */
export function createRunDirectory(name: string): RunDirectory {
  const path = join(home, name)
  mkdirSync(path, { recursive: true })
  writeFileSync(latest, path)
  return filesOf(path)
}

/** Finds the directory of a run. @throws CommandError `cannotRun` when there is none. */
export function findRunDirectory(path: string | undefined): RunDirectory {
  if (path !== undefined && existsSync(path)) return filesOf(resolve(path))
  if (path !== undefined) throw new CommandError('cannotRun', `There is no directory ${path}.`)
  if (!existsSync(latest))
    throw new CommandError('cannotRun', 'There is no run to verify. Run npm run load first.')
  return filesOf(readFileSync(latest, 'utf8'))
}

function filesOf(path: string): RunDirectory {
  return {
    path,
    ledger: join(path, 'ledger.ndjson'),
    summary: join(path, 'summary.json'),
    run: join(path, 'run.json'),
    reportJson: join(path, 'report.json'),
    reportMarkdown: join(path, 'report.md'),
  }
}
