import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { endWithThisProcess, freePort } from '@relevo/embedded'
import { nodeFlags } from '../scripts/nodeFlags.ts'
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
  const child = spawn(process.execPath, [...nodeFlags(serviceDirectory), 'main.ts'], {
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
  const pid = child.pid ?? 0
  const release = endWithThisProcess(pid, 'SIGTERM')
  const exited = once(child, 'exit').then(release)
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
