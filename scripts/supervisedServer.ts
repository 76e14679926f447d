import { setTimeout as delay } from 'node:timers/promises'
import { restartDelay } from './restartPolicy.ts'

/** A server process, as packages/embedded starts them. */
export interface RunningServer {
  readonly exited: Promise<string>
  readonly logFile: string
  stop(): Promise<void>
}

export interface SupervisedServer<Server extends RunningServer> {
  /** The one that was started first; a later one has the same address and data. */
  readonly first: Server
  /** Resolves with a report once it has ended too often, or could not be started again; never when it is stopped. */
  readonly gaveUp: Promise<string>
  stop(): Promise<void>
}

/**
 * Starts a server and, when it ends by itself, starts it again on its data and port, as services are. The caller stops it.
 * @throws the errors of the first start.
 */
export async function superviseServer<Server extends RunningServer>(
  name: string,
  start: () => Promise<Server>,
  print: (line: string) => void,
): Promise<SupervisedServer<Server>> {
  const stopping = new AbortController()
  const first = await start()
  let starting: Promise<RunningServer> = Promise.resolve(first)

  /** @returns why it does not run: how it ended, or why it could not be started again. */
  async function nextEnd(): Promise<string> {
    try {
      const end = await (await starting).exited
      return `${name} ended by itself (${end}); see ${first.logFile}`
    } catch (error) {
      return `${name} could not be started again: ${(error as Error).message}`
    }
  }

  async function keepRunning(): Promise<string> {
    const ends: number[] = []
    for (;;) {
      const report = await nextEnd()
      if (stopping.signal.aborted) return never
      ends.push(Date.now())
      const pause = restartDelay(ends, Date.now())
      if (pause === undefined) return `${report}\nIt ended too often to be started again.`
      print(`${report}\nStarting ${name} again in ${pause / 1_000} s.`)
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return never
      starting = start()
      starting.then(
        () => print(`${name} is up again.`),
        () => undefined, // told by nextEnd
      )
    }
  }

  return {
    first,
    gaveUp: keepRunning(),
    stop: async () => {
      stopping.abort()
      const last = await starting.catch(() => undefined)
      await last?.stop()
    },
  }
}

const never = new Promise<string>(() => undefined)
