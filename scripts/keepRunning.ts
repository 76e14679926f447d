import { setTimeout as delay } from 'node:timers/promises'
import { restartDelay } from './restartPolicy.ts'

/** A process that was started. */
export interface RunningProcess {
  /** Resolves with how it ended (`exit 1`, `SIGKILL`). */
  readonly exited: Promise<string>
  stop(): Promise<void>
}

export interface KeptProcess {
  /** Resolves with a report once it has ended too often to be started again; never when it is stopped. */
  readonly gaveUp: Promise<string>
  /** Stops the last one that was started. */
  stop(): Promise<void>
}

export interface KeepRunningOptions<Process extends RunningProcess> {
  readonly name: string
  readonly first: Process
  /** Starts it again. */
  start(): Process | Promise<Process>
  /** What is printed of a process that has ended so. */
  describeEnd(end: string, ended: Process): string
  /** Would it end the same way again? Default: no. */
  isFinal?(end: string): boolean
  /** Called when one was started again. */
  onStarted?(): void
  print(line: string): void
  /** The pause before its second start; default 1 s. */
  readonly firstDelayMs?: number | undefined
}

/** Why a process does not run. */
interface End {
  readonly report: string
  readonly final: boolean
}

/** Starts a process again whenever it ends by itself or cannot be started, with growing pauses. The caller stops it. */
export function keepRunning<Process extends RunningProcess>(
  options: KeepRunningOptions<Process>,
): KeptProcess {
  const { name, print } = options
  const stopping = new AbortController()
  let starting: Promise<Process> = Promise.resolve(options.first)

  async function nextEnd(): Promise<End> {
    let running: Process
    try {
      running = await starting
    } catch (error) {
      return { report: `${name} could not be started again: ${(error as Error).message}`, final: false }
    }
    const end = await running.exited
    return { report: options.describeEnd(end, running), final: options.isFinal?.(end) ?? false }
  }

  async function untilGivenUp(): Promise<string> {
    const ends: number[] = []
    for (;;) {
      const { report, final } = await nextEnd()
      if (stopping.signal.aborted) return never
      if (final) return report
      ends.push(Date.now())
      const pause = restartDelay(ends, Date.now(), options.firstDelayMs)
      if (pause === undefined) return `${report}\nIt ended too often to be started again.`
      print(`${report}\nStarting ${name} again in ${pause / 1_000} s.`)
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return never
      starting = Promise.resolve(options.start())
      starting.then(
        () => options.onStarted?.(),
        () => undefined, // told by nextEnd
      )
    }
  }

  return {
    gaveUp: untilGivenUp(),
    stop: async () => {
      stopping.abort()
      const last = await starting.catch(() => undefined)
      await last?.stop()
    },
  }
}

const never = new Promise<string>(() => undefined)
