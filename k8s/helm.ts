import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'

const execute = promisify(execFile)

/** Helm with fewer collections: its processes are short, and collecting would be a quarter of their work. */
function helm(args: readonly string[]) {
  return execute('helm', args, { maxBuffer: 16 * 1024 * 1024, env: { GOGC: '400', ...process.env } })
}

export const chartDirectory = join(import.meta.dirname, '../charts/relevo')

/** A Kubernetes resource as a chart renders it. */
export interface Resource {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  // biome-ignore lint/suspicious/noExplicitAny: each kind has fields of its own
  [field: string]: any
}

/**
 * Whether tests of the chart are skipped: only when RELEVO_SKIP_CHART_TESTS=1 says so, since a suite that is green without
 * them tells nothing of the chart.
 * @throws Error that says what to do, when helm is missing and nobody has asked to skip.
 */
export async function skipChartTests(environment = process.env): Promise<string | false> {
  if (environment.RELEVO_SKIP_CHART_TESTS === '1') return 'RELEVO_SKIP_CHART_TESTS=1'
  const missing = await helmIsMissing()
  if (missing)
    throw new Error(
      `The tests of the chart need helm: ${missing}. Install it (https://helm.sh/docs/intro/install), or leave them out with RELEVO_SKIP_CHART_TESTS=1.`,
    )
  return false
}

/** Why helm cannot be run on this machine, or false. */
export async function helmIsMissing(): Promise<string | false> {
  try {
    await helm(['version', '--short'])
    return false
  } catch {
    return 'helm (3.17 or later) is not on the PATH'
  }
}

export interface RenderOptions {
  /** Name of the release; default relevo. */
  release?: string
  /** The chart's; default {@link chartDirectory}. */
  directory?: string
}

/** By command. A file of tests renders the same many times, and one render takes most of a second. */
const rendered = new Map<string, Promise<Resource[]>>()

/**
 * The resources of the chart, with `helm template`'s arguments: a copy for each caller. The chart is read once for the
 * same arguments.
 * @throws Error with helm's words in its `stderr`.
 */
export async function renderChart(
  args: readonly string[] = [],
  { release = 'relevo', directory = chartDirectory }: RenderOptions = {},
): Promise<Resource[]> {
  const command = ['template', release, directory, '--namespace', 'relevo', ...args]
  const key = JSON.stringify(command)
  const resources = rendered.get(key) ?? render(command)
  rendered.set(key, resources)
  return structuredClone(await resources)
}

async function render(command: readonly string[]): Promise<Resource[]> {
  const { stdout } = await helm(command)
  return stdout
    .split(/^---$/m)
    .map(parseOnce)
    .filter((resource) => resource !== null)
}

/** By its text: two renders have most of their documents in common, and to parse one takes longer than to render it. */
const parsed = new Map<string, Resource | null>()

function parseOnce(document: string): Resource | null {
  const known = parsed.get(document)
  if (known !== undefined) return known
  const resource = parse(document)
  parsed.set(document, resource)
  return resource
}

/** What helm prints after an install. */
export async function renderNotes(args: readonly string[] = []): Promise<string> {
  const command = [
    'install',
    'relevo',
    chartDirectory,
    '--namespace',
    'relevo',
    '--dry-run=client',
    '--output=json',
  ]
  const { stdout } = await helm([...command, ...args])
  return JSON.parse(stdout).info.notes
}

/** The values file of `ci/`, as arguments of {@link renderChart}. */
export function ciValues(name: string): string[] {
  return name === 'default' ? [] : ['--values', join(chartDirectory, `ci/${name}-values.yaml`)]
}
