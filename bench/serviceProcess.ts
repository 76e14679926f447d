import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@relevo/embedded'
import { nodeFlags } from '../scripts/nodeFlags.ts'
import { type BenchProcess, startProcess } from './benchProcess.ts'
import type { TestBed } from './testBed.ts'

export interface ServiceProcess extends BenchProcess {
  readonly port: number
}

/** Starts a service as it is deployed, on a free port. `stop` it. */
export async function startServiceProcess(
  bed: TestBed,
  name: string,
  databaseUrl: string | undefined,
  variables: Record<string, string> = {},
): Promise<ServiceProcess> {
  const directory = join(import.meta.dirname, '../services', name)
  const port = await freePort()
  const profile = profiles
    ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${name}-${port}.cpuprofile`]
    : []
  const service = startProcess({
    command: process.execPath,
    args: [...nodeFlags(directory), ...profile, 'main.ts'],
    directory,
    logFile: join(bed.directory, `${name}-${port}.log`),
    variables: {
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
      KAFKA_BROKERS: bed.brokers.join(','),
      PORT: String(port),
      LOG_LEVEL: 'error',
      ...variables,
    },
  })
  return { ...service, port }
}

/** As the service's own migration does it, its topics too. */
export async function migrateService({ brokers }: TestBed, name: string, databaseUrl: string): Promise<void> {
  const file = join(import.meta.dirname, '../services', name, 'database.ts')
  const env = { DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers.join(','), LOG_LEVEL: 'error' }
  await promisify(execFile)(process.execPath, [file], { env })
}

export async function untilReady(url: string, service: BenchProcess, signal: AbortSignal): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/ready`, { signal }).catch(() => undefined)
    await answer?.text()
    if (answer?.ok) return
    signal.throwIfAborted()
    service.check()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** `RELEVO_BENCH_CPU_PROFILES=<folder>`: each service leaves a profile there. */
const profiles = process.env.RELEVO_BENCH_CPU_PROFILES
