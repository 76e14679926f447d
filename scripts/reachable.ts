import { connect } from 'node:net'
import { CommandError } from './commandLine.ts'

const timeoutMs = 3_000

/**
 * Makes sure that one of these addresses (host:port) takes connections, before anything is started that would wait for it.
 * @throws CommandError `cannotRun` that names the variable.
 */
export async function requireReachable(variable: string, addresses: readonly string[]): Promise<void> {
  const problems = await Promise.all(addresses.map(problemOf))
  if (problems.includes(undefined)) return
  const tried = addresses.map((address, n) => `${address} (${problems[n]})`).join(', ')
  throw new CommandError(
    'cannotRun',
    `Nothing can be reached at ${variable}: ${tried}. Correct it, or unset it to have a server started here.`,
  )
}

/** The host and port of a Postgres URL. @throws CommandError `cannotRun` when it is none. */
export function postgresAddress(url: string): string {
  if (!URL.canParse(url) || !/^postgres(ql)?:/.test(url))
    throw new CommandError(
      'cannotRun',
      'DATABASE_URL is not a URL like postgres://user:password@host:5432/database.',
    )
  const { hostname, port } = new URL(url)
  return `${hostname || 'localhost'}:${port || 5432}`
}

function problemOf(address: string): Promise<string | undefined> {
  const [, host, port] = /^\[?([^\s\]]+?)\]?:(\d{1,5})$/.exec(address.trim()) ?? []
  if (host === undefined || Number(port) > 65_535) return Promise.resolve('not host:port')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: timeoutMs })
    const end = (problem?: string) => {
      socket.destroy()
      resolve(problem)
    }
    socket.once('connect', () => end())
    socket.once('timeout', () => end(`no answer in ${timeoutMs / 1_000} s`))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}
