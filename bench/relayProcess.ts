import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@relevo/embedded'
import { cpuSeconds, peakResidentBytes } from './processUsage.ts'
import type { BenchOutbox, TestBed } from './testBed.ts'

/** A relay in a process of its own, as it is deployed. `stop` it. */
export interface RelayProcess {
  readonly pid: number
  cpuSeconds(): number
  peakMegabytes(): number
  /** SIGTERM; kills it when it does not end within 15 s. */
  stop(): Promise<void>
}

const serviceDirectory = join(import.meta.dirname, '../services/relay')
const stopBudgetMs = 15_000

export async function startRelay(bed: TestBed, outbox: BenchOutbox): Promise<RelayProcess> {
  const log = openSync(join(bed.directory, `relay-${outbox.topic}.log`), 'w')
  const child = spawn(process.execPath, startArguments(), {
    cwd: serviceDirectory,
    stdio: ['ignore', log, log],
    env: {
      DATABASE_URL: outbox.url,
      KAFKA_BROKERS: bed.brokers.join(','),
      PORT: String(await freePort()),
      LOG_LEVEL: 'warn',
    },
  })
  closeSync(log)
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const pid = child.pid ?? 0
  return {
    pid,
    cpuSeconds: () => cpuSeconds(pid),
    peakMegabytes: () => peakResidentBytes(pid) / 1e6,
    stop: async () => {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopBudgetMs)
      await exited
      clearTimeout(timer)
    },
  }
}

/** What follows `node` in the service's own start script: the flags of the runtime belong to what is measured. */
export function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(serviceDirectory, 'package.json'), 'utf8'))
  return String(scripts.start).split(' ').slice(1)
}
