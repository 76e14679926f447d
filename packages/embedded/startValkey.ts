import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { claimDirectory } from './directoryClaim.ts'
import { EmbeddedError } from './embeddedError.ts'
import { claimPort } from './freePort.ts'
import { lastLines, type ServerProcess, startServerProcess } from './serverProcess.ts'
import { findValkey } from './valkeyBinary.ts'
import { waitUntil } from './waitUntil.ts'

const startBudgetMs = 30_000

export interface StartValkeyOptions {
  /** Holds the log; created when missing. */
  readonly directory: string
  /** Default: a free one. */
  readonly port?: number
  /** Server settings, by their names in valkey.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** Gets a sentence when Valkey is fetched for the first time. */
  readonly onProgress?: (message: string) => void
}

/** A running Valkey; `stop` it, or it stops with this process. */
export interface EmbeddedValkey extends ServerProcess {
  readonly url: string
  readonly port: number
  readonly logFile: string
}

/** A cache: nothing is kept on the disk, and what does not fit makes room by the least recently used. */
const cacheSettings = {
  save: '',
  appendonly: 'no',
  maxmemory: '32mb',
  'maxmemory-policy': 'allkeys-lru',
  // Its command line tells whose directory it is.
  'set-proc-title': 'no',
}

/**
 * Starts Valkey as a cache on the loopback address and resolves once it answers. It forgets everything when it ends.
 * @throws EmbeddedError when it cannot; a start takes 30 s at most, after Valkey was fetched once.
 */
export async function startValkey(options: StartValkeyOptions): Promise<EmbeddedValkey> {
  const directory = resolve(options.directory)
  mkdirSync(directory, { recursive: true })
  await claimDirectory(directory)
  const command = await findValkey(options.onProgress ?? (() => undefined))
  const port = await claimPort(options.port, 'Valkey')
  const logFile = join(directory, 'valkey.log')
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: directory,
    ...cacheSettings,
    ...options.settings,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const server = startServerProcess({ command, args, directory, port, logFile, stopSignal: 'SIGTERM' })
  const isReady = await waitUntil(async () => !server.isRunning() || (await answers(port)), startBudgetMs)
  if (isReady && server.isRunning()) return { ...server, url: `redis://127.0.0.1:${port}`, port, logFile }
  await server.kill()
  throw new EmbeddedError(
    'start_failed',
    `Valkey did not start. The end of ${logFile}:\n${lastLines(logFile)}`,
  )
}

/** Whatever it says: with a password set, that it wants one. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.write('PING\r\n')
    await once(socket, 'data', { signal: AbortSignal.timeout(1_000) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
