import { setTimeout as delay } from 'node:timers/promises'
import { consoleLine } from './logLine.ts'
import { restartDelay } from './restartPolicy.ts'
import { type ServiceCommand, type ServiceProcess, startServiceProcess } from './serviceProcess.ts'

/** A service that is started again when it ends by itself. */
export interface SupervisedService {
  readonly name: string
  /** Resolves with the reason once it has ended too often to be started again; never when it is stopped. */
  readonly gaveUp: Promise<string>
  stop(): Promise<void>
}

/** EX_CONFIG of sysexits(3): a service with wrong settings ends with it. */
const configurationExitCode = 78

/** How it ended; with the warnings among its last lines unless somebody killed it, which its log does not explain. */
function describeEnd({ name, logFile }: ServiceCommand, end: string, lines: readonly string[]): string {
  const shown = end.startsWith('exit') ? lines.flatMap((line) => consoleLine(line) ?? []) : []
  if (shown.length === 0) return `${name} ended by itself (${end}); see ${logFile}`
  return `${name} ended by itself (${end}); the end of ${logFile}:\n  ${shown.join('\n  ')}`
}

/** Starts a service and keeps it running, with growing pauses between its starts. The caller stops it. */
export function supervise(command: ServiceCommand): SupervisedService {
  const stopping = new AbortController()
  let current: ServiceProcess = startServiceProcess(command)
  const gaveUp = new Promise<string>((resolve) => void keepRunning(resolve))

  async function keepRunning(giveUp: (reason: string) => void): Promise<void> {
    const ends: number[] = []
    while (!stopping.signal.aborted) {
      const end = await current.exited
      if (stopping.signal.aborted) return
      ends.push(Date.now())
      const report = describeEnd(command, end, current.lastLines())
      // It would end the same way again.
      if (end === `exit ${configurationExitCode}`) return giveUp(report)
      const pause = restartDelay(ends, Date.now())
      if (pause === undefined) return giveUp(`${report}\nIt ended too often to be started again.`)
      command.print(`${report}\nStarting ${command.name} again in ${pause / 1000} s.`)
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (!stopping.signal.aborted) current = startServiceProcess(command)
    }
  }

  return {
    name: command.name,
    gaveUp,
    stop: async () => {
      stopping.abort()
      await current.stop()
    },
  }
}
