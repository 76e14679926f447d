import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { endWithThisProcess, lastLines } from '@relevo/embedded'
import { cpuSeconds } from '../scripts/cpuSeconds.ts'
import { peakResidentBytes } from './processUsage.ts'

export interface Program {
  command: string
  args: readonly string[]
  directory: string
  variables: Record<string, string>
  logFile: string
}

/** A process that is measured. `stop` it; it ends with this process too. */
export interface BenchProcess {
  readonly pid: number
  cpuSeconds(): number
  peakMegabytes(): number
  /** @throws Error with the end of its log when it has ended. */
  check(): void
  /** SIGTERM; kills it when it does not end within 15 s. May be called again. */
  stop(): Promise<void>
}

const stopBudgetMs = 15_000

export function startProcess({ command, args, directory, variables, logFile }: Program): BenchProcess {
  const log = openSync(logFile, 'w')
  const child = spawn(command, args, { cwd: directory, stdio: ['ignore', log, log], env: variables })
  closeSync(log)
  const pid = child.pid ?? 0
  const release = pid > 0 ? endWithThisProcess(pid, 'SIGTERM') : () => {}
  let end: string | undefined
  const exited = new Promise<void>((resolve) => {
    const note = (how: string) => {
      end = how
      release()
      resolve()
    }
    child.once('error', (error) => note(error.message))
    child.once('exit', (code, signal) => note(signal ?? `exit ${code}`))
  })
  return {
    pid,
    cpuSeconds: () => cpuSeconds(pid),
    peakMegabytes: () => peakResidentBytes(pid) / 1e6,
    check: () => {
      if (end !== undefined) throw new Error(`${command} has ended with ${end}: ${lastLines(logFile, 5)}`)
    },
    stop: async () => {
      if (end !== undefined) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopBudgetMs)
      await exited
      clearTimeout(timer)
    },
  }
}
