import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'

const run = promisify(execFile)

export const chartDirectory = join(import.meta.dirname, '../charts/relevo')

/** A Kubernetes resource as a chart renders it. */
export interface Resource {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  // biome-ignore lint/suspicious/noExplicitAny: each kind has fields of its own
  [field: string]: any
}

/** Why helm cannot be run on this machine, or false. */
export async function helmIsMissing(): Promise<string | false> {
  try {
    await run('helm', ['version', '--short'])
    return false
  } catch {
    return 'helm (3.17 or later) is not on the PATH'
  }
}

/**
 * The resources of the chart as release `release`, with `helm template`'s arguments.
 * @throws Error with helm's words in its `stderr`.
 */
export async function renderChart(args: readonly string[] = [], release = 'relevo'): Promise<Resource[]> {
  const command = ['template', release, chartDirectory, '--namespace', 'relevo', ...args]
  const { stdout } = await run('helm', command, { maxBuffer: 16 * 1024 * 1024 })
  return parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .filter((resource) => resource !== null)
}

/** The values file of `ci/`, as arguments of {@link renderChart}. */
export function ciValues(name: string): string[] {
  return name === 'default' ? [] : ['--values', join(chartDirectory, `ci/${name}-values.yaml`)]
}
