import { type KeptProcess, keepRunning } from './keepRunning.ts'
import { consoleLine } from './logLine.ts'
import { type ServiceCommand, startServiceProcess } from './serviceProcess.ts'

/** A service that is started again when it ends by itself. */
export interface SupervisedService extends KeptProcess {
  readonly name: string
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
export function supervise(command: ServiceCommand, firstDelayMs?: number): SupervisedService {
  const { name, print } = command
  const kept = keepRunning({
    name,
    first: startServiceProcess(command),
    start: () => startServiceProcess(command),
    describeEnd: (end, { lastLines }) => describeEnd(command, end, lastLines()),
    isFinal: (end) => end === `exit ${configurationExitCode}`,
    print,
    firstDelayMs,
  })
  return { name, ...kept }
}
