import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedError } from './embeddedError.ts'
import { childrenOf, commandLine, signalProcess } from './processes.ts'
import { waitUntil } from './waitUntil.ts'

/** What `server.json` in a server's directory says about the process that last ran on it. */
interface Claim {
  pid: number
  ownerPid: number
  port: number
}

const orphanStopMs = 20_000

/**
 * Makes sure that no server runs on `directory`. One whose owner lives on is reported (`directory_in_use`); one that a
 * killed owner left behind is being stopped by its watchdog: it is waited for, and killed when it takes too long.
 */
export async function claimDirectory(directory: string): Promise<void> {
  const claim = readClaim(directory)
  if (!claim || !runsOn(directory, claim.pid)) return
  if (commandLine(claim.ownerPid) !== undefined) {
    throw new EmbeddedError(
      'directory_in_use',
      `A server with pid ${claim.pid} (port ${claim.port}) already runs on ${directory}; process ${claim.ownerPid} started it. Stop that one first.`,
    )
  }
  if (await waitUntil(() => !runsOn(directory, claim.pid), orphanStopMs)) return
  for (const pid of [claim.pid, ...childrenOf(claim.pid)]) signalProcess(pid, 'SIGKILL')
  await waitUntil(() => !runsOn(directory, claim.pid), orphanStopMs)
}

/** Notes which process serves `directory` from now on. */
export function writeClaim(directory: string, pid: number, port: number): void {
  const claim: Claim = { pid, ownerPid: process.pid, port }
  writeFileSync(join(directory, 'server.json'), `${JSON.stringify(claim)}\n`)
}

/** Takes the note back once the server is gone. */
export function removeClaim(directory: string): void {
  rmSync(join(directory, 'server.json'), { force: true })
}

function readClaim(directory: string): Claim | undefined {
  const file = join(directory, 'server.json')
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Claim
  } catch {
    return undefined // cut short by a crash while it was written: the server was not up then
  }
}

// A pid alone proves nothing: after a reboot, or in a new container, it belongs to somebody else.
function runsOn(directory: string, pid: number): boolean {
  return commandLine(pid)?.includes(directory) ?? false
}
