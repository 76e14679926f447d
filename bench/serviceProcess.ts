import { join } from 'node:path'
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

/** `RELEVO_BENCH_CPU_PROFILES=<folder>`: each service leaves a profile there. */
const profiles = process.env.RELEVO_BENCH_CPU_PROFILES
