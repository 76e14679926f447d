import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TargetTls } from './loadTarget.ts'

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
  /** Set if services require certificates. */
  tls?: TargetTls | undefined
  /** The file that gets each line the script logs. */
  ledgerFile: string
  signal: AbortSignal
}

/** Runs a script. @returns k6's exit code: 0, 99 when a threshold was crossed, others when it could not run. */
export async function runK6({ tls, ...run }: K6Run): Promise<number> {
  if (!tls) return spawnK6(run, [])
  // A private key must not stay in the directory of the run.
  const directory = await mkdtemp(join(tmpdir(), 'relevo-load-'))
  try {
    const [config, ca] = [join(directory, 'k6.json'), join(directory, 'ca.crt')]
    await writeFile(config, JSON.stringify(tlsOptions(tls)), { mode: 0o600 })
    await writeFile(ca, tls.ca)
    // Go reads the trusted authorities from it on Linux.
    return await spawnK6({ ...run, environment: { ...run.environment, SSL_CERT_FILE: ca } }, [
      '--config',
      config,
    ])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The k6 options for it. */
function tlsOptions({ cert, key, addresses: hosts }: TargetTls): object {
  return { tlsAuth: [{ cert, key }], hosts }
}

function spawnK6(
  { script, variables, environment, ledgerFile, signal }: Omit<K6Run, 'tls'>,
  options: readonly string[],
): Promise<number> {
  const given = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : ['-e', `${name}=${value}`],
  )
  const child = spawn(
    'k6',
    [
      'run',
      ...['--log-format', 'raw', '--console-output', ledgerFile],
      ...['--no-usage-report', '--summary-trend-stats', 'med,p(95),p(99),max'],
      ...options,
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
