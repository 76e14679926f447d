import { spawn, spawnSync } from 'node:child_process'

/** The oldest k6 that runs the scripts as they are. */
const oldest = 2

/** @returns why k6 cannot be used, with what to do about it, or undefined. */
export function k6Problem(): string | undefined {
  const { stdout, error } = spawnSync('k6', ['version'], { encoding: 'utf8' })
  if (error)
    return `k6 ${oldest} is needed, and there is none on the PATH: https://grafana.com/docs/k6/latest/set-up/install-k6/`
  const version = /v(\d+)\.\S*/.exec(stdout)
  if (version && Number(version[1]) >= oldest) return undefined
  return `k6 ${oldest} is needed, and the one on the PATH is ${version?.[0] ?? 'of unknown version'}.`
}

export interface K6Run {
  script: string
  /** What the script finds in __ENV. */
  variables: Readonly<Record<string, string | undefined>>
  /** The environment of the process. */
  environment: Readonly<Record<string, string | undefined>>
  /** The file that gets each line the script logs. */
  ledgerFile: string
  signal: AbortSignal
}

/** Runs a script. @returns k6's exit code: 0, 99 when a threshold was crossed, others when it could not run. */
export function runK6({ script, variables, environment, ledgerFile, signal }: K6Run): Promise<number> {
  const given = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : ['-e', `${name}=${value}`],
  )
  const child = spawn(
    'k6',
    [
      'run',
      ...['--log-format', 'raw', '--console-output', ledgerFile],
      ...['--no-usage-report', '--summary-trend-stats', 'med,p(95),p(99),max'],
      ...given,
      script,
    ],
    // Otherwise it may ask a build service on the internet for extensions that nobody uses.
    { stdio: 'inherit', env: { ...environment, K6_AUTO_EXTENSION_RESOLUTION: 'false' } },
  )
  const stop = () => child.kill('SIGINT')
  signal.addEventListener('abort', stop, { once: true })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      signal.removeEventListener('abort', stop)
      resolve(code ?? 105)
    })
  })
}
