import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { endWithThisProcess, freePort } from '@relevo/embedded'

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
  const lines: string[] = []
  let child: ChildProcess | undefined

  function spawnService(): ChildProcess {
    const spawned = spawn(process.execPath, [resolve(checkout, 'services', folder, 'main.ts')], {
      env: { ...inherited(), LOG_LEVEL: 'info', HOST: '127.0.0.1', PORT: String(port), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [spawned.stdout, spawned.stderr])
      stream?.on('data', (chunk) => {
        lines.push(String(chunk))
        if (lines.length > 200) lines.shift()
      })
    // Also when the test's own process is killed.
    if (spawned.pid !== undefined) spawned.once('exit', endWithThisProcess(spawned.pid, 'SIGTERM'))
    return spawned
  }

  async function signal(name: NodeJS.Signals): Promise<number | null> {
    if (!child || !isRunning()) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    // A paused process is killed where it stands; any other signal waits until it goes on.
    if (name !== 'SIGKILL') child.kill('SIGCONT')
    child.kill(name)
    const [code] = await exited
    return code
  }

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null
  return {
    url,
    start: async (until = 'ready') => {
      child = spawnService()
      await waitForAnswer(`${url}/${until === 'ready' ? 'ready' : 'health'}`, isRunning, () => lines.join(''))
    },
    stop: () => signal('SIGTERM'),
    kill: async () => void (await signal('SIGKILL')),
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    isRunning,
    log: () => lines.join(''),
  }
}

/** Runs a service's migrations once. */
export async function runMigrations(folder: string, variables: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, [resolve(root, 'services', folder, 'database.ts')], {
    env: { ...inherited(), LOG_LEVEL: 'warn', ...variables },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the migrations of ${folder} ended with ${code}`)
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

function inherited() {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  return { PATH, NODE_COMPILE_CACHE }
}
