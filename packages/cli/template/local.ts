// The servers, the relay and the service on this machine, for npm start and the tests.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import {
  EmbeddedError,
  freePort,
  isDockerRunning,
  startDockerKafka,
  startKafka,
  startPostgres,
  waitUntil,
} from '@relevo/embedded'

const readyBudgetMs = 60_000

interface Options {
  /** Holds the servers' data. */
  readonly directory: string
  readonly port: number
  readonly print: (line: string) => void
}

interface Running {
  readonly url: string
  readonly databaseUrl: string
  /** Resolves with what has happened when one of the processes ends by itself. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** Starts everything, on the servers of DATABASE_URL and KAFKA_BROKERS or on its own, and resolves once it is ready. */
export async function startAll({ directory, port, print }: Options): Promise<Running> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (let next = stops.pop(); next; next = stops.pop()) await next()
  }
  try {
    const databaseUrl = process.env.DATABASE_URL || (await ownPostgres(directory, stops))
    const brokers = process.env.KAFKA_BROKERS || (await ownKafka(directory, stops, print))
    const variables = { LOG_LEVEL: 'warn', ...process.env, DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers }
    await migrate(variables)
    const relayPort = await freePort()
    const relay = run('relay.ts', { ...variables, PORT: String(relayPort) }, stops)
    const service = run('main.ts', { ...variables, PORT: String(port) }, stops)
    const ended = Promise.race([relay, service])
    const url = `http://127.0.0.1:${port}`
    for (const each of [`http://127.0.0.1:${relayPort}`, url]) await ready(each, ended)
    return { url, databaseUrl, ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function ownPostgres(directory: string, stops: (() => Promise<unknown>)[]): Promise<string> {
  const postgres = await startPostgres({ directory: join(directory, 'postgres') })
  stops.push(postgres.stop)
  return postgres.url
}

/** Kafka by Java, or in Docker where Java or Maven is missing. */
async function ownKafka(
  directory: string,
  stops: (() => Promise<unknown>)[],
  print: (line: string) => void,
): Promise<string> {
  const kafka = await startKafka({ directory: join(directory, 'kafka'), onProgress: print }).catch(
    async (error: unknown) => {
      const isMissing = error instanceof EmbeddedError && /^(java|maven)_/.test(error.code)
      if (!isMissing || !(await isDockerRunning())) throw error
      print('Without Java and Maven, Kafka runs in Docker …')
      return startDockerKafka({ name: `relevo-${process.pid}` })
    },
  )
  stops.push(kafka.stop)
  return kafka.brokers.join(',')
}

async function migrate(variables: NodeJS.ProcessEnv): Promise<void> {
  const [code] = await once(start('database.ts', variables), 'exit')
  if (code !== 0) throw new Error('The database was not migrated; the reason is above.')
}

/** Runs a program until it is stopped. @returns what has happened if it ends before. */
function run(file: string, variables: NodeJS.ProcessEnv, stops: (() => Promise<unknown>)[]): Promise<string> {
  const child = start(file, variables)
  const exit = once(child, 'exit')
  stops.push(async () => {
    child.kill('SIGTERM')
    await exit
  })
  return exit.then(([code, signal]) => `${file} has ended (${signal ?? `exit ${code}`}).`)
}

function start(file: string, env: NodeJS.ProcessEnv): ChildProcess {
  // In a process group of its own: a Ctrl-C is for npm start, which stops them in order.
  return spawn(process.execPath, [join(import.meta.dirname, file)], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
}

async function ready(url: string, ended: Promise<string>): Promise<void> {
  let trouble: string | undefined
  void ended.then((text) => {
    trouble = text
  })
  const answers = async () => trouble !== undefined || (await isReady(url))
  const came = await waitUntil(answers, readyBudgetMs)
  if (trouble !== undefined) throw new Error(trouble)
  if (!came) throw new Error(`${url} was not ready within ${readyBudgetMs / 1_000} s.`)
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
}
