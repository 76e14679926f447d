import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@relevo/embedded'
import { startProcess, type TestProcess } from '@relevo/testing'

const root = resolve(import.meta.dirname, '../..')
const readyBudgetMs = 90_000

/** A service of `services/` as a process that can be stopped, killed, paused and started again on the same port. */
export interface ServiceUnderTest {
  readonly url: string
  /** Starts it and waits until it is ready, or only until it answers at all. */
  start(until?: 'ready' | 'alive'): Promise<void>
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
  pause(): void
  resume(): void
  isRunning(): boolean
  /** The end of its log, for the message of a failed assertion. */
  log(): string
}

/** Prepares a service, of this checkout or of a copy; its owner kills it. */
export async function serviceUnderTest(
  folder: string,
  variables: Record<string, string>,
  checkout = root,
): Promise<ServiceUnderTest> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let started: TestProcess | undefined
  /** What the processes before it wrote. */
  let earlier = ''

  async function signal(name: NodeJS.Signals): Promise<number | null> {
    // A paused process is killed where it stands; any other signal waits until it goes on.
    if (name !== 'SIGKILL') started?.child.kill('SIGCONT')
    started?.child.kill(name)
    return (await started?.ended) ?? null
  }

  const isRunning = () => started?.isRunning() ?? false
  const log = () => earlier + (started?.text() ?? '')
  return {
    url,
    start: async (until = 'ready') => {
      earlier = log()
      started = startProcess(resolve(checkout, 'services', folder, 'main.ts'), {
        PATH: process.env.PATH,
        LOG_LEVEL: 'info',
        HOST: '127.0.0.1',
        PORT: String(port),
        ...variables,
      })
      await waitForAnswer(`${url}/${until === 'ready' ? 'ready' : 'health'}`, isRunning, log)
    },
    stop: () => signal('SIGTERM'),
    kill: async () => void (await signal('SIGKILL')),
    pause: () => void started?.child.kill('SIGSTOP'),
    resume: () => void started?.child.kill('SIGCONT'),
    isRunning,
    log,
  }
}

/** Runs a service's migrations once. */
export async function runMigrations(folder: string, variables: Record<string, string>): Promise<void> {
  const program = resolve(root, 'services', folder, 'database.ts')
  const { ended, text } = startProcess(program, { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...variables })
  const code = await ended
  if (code !== 0) throw new Error(`the migrations of ${folder} ended with ${code}:\n${text()}`)
}

async function waitForAnswer(url: string, isRunning: () => boolean, log: () => string): Promise<void> {
  const until = performance.now() + readyBudgetMs
  while (performance.now() < until) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    if (answer?.ok) return
    if (!isRunning()) throw new Error(`${url}: the process has ended\n${log()}`)
    await delay(50)
  }
  throw new Error(`${url} did not answer well within ${readyBudgetMs} ms\n${log()}`)
}
