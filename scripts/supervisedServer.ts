import { type KeptProcess, keepRunning, type RunningProcess } from './keepRunning.ts'

/** A server process, as packages/embedded starts them. */
export interface RunningServer extends RunningProcess {
  readonly logFile: string
}

export interface SupervisedServer<Server extends RunningServer> extends KeptProcess {
  /** The one that was started first; a later one has the same address and data. */
  readonly first: Server
}

/**
 * Starts a server and, when it ends by itself, starts it again on its data and port, as services are. The caller stops it.
 * @throws the errors of the first start.
 */
export async function superviseServer<Server extends RunningServer>(
  name: string,
  start: () => Promise<Server>,
  print: (line: string) => void,
  firstDelayMs?: number,
): Promise<SupervisedServer<Server>> {
  const first = await start()
  const kept = keepRunning({
    name,
    first,
    start,
    describeEnd: (end) => `${name} ended by itself (${end}); see ${first.logFile}`,
    onStarted: () => print(`${name} is up again.`),
    print,
    firstDelayMs,
  })
  return { first, ...kept }
}
