import { createHash } from 'node:crypto'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { canReach, postgresAccount } from './account.ts'
import { EmbeddedError } from './embeddedError.ts'
import { readEnvironment } from './environment.ts'
import { temporaryHome } from './temporaryHome.ts'

/**
 * `preferred`, created when missing, if this process may write there and the account of Postgres may enter it; else a
 * folder elsewhere that is always the same one for the same `preferred`. (Root's Postgres runs as another user, who
 * may not enter a checkout below /root; and a checkout may belong to somebody else.)
 */
export async function usableDirectory(preferred: string): Promise<string> {
  const wanted = resolve(preferred)
  const candidates = [() => wanted, () => outside(wanted), () => join(temporaryHome(), nameOf(wanted))]
  for (const candidate of candidates) {
    const directory = candidate()
    if (await isUsable(directory)) return directory
  }
  throw new EmbeddedError(
    'directory_unreachable',
    `Neither ${wanted} nor ${outside(wanted)} can hold the data: this user may not write there, or Postgres may not enter.`,
  )
}

function outside(wanted: string): string {
  const isRoot = process.getuid?.() === 0
  return join(isRoot ? '/var/lib' : readEnvironment().cacheHome, 'relevo', nameOf(wanted))
}

function nameOf(wanted: string): string {
  return `${basename(dirname(wanted))}-${createHash('sha256').update(wanted).digest('hex').slice(0, 8)}`
}

async function isUsable(directory: string): Promise<boolean> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 })
    accessSync(directory, constants.W_OK)
    return canReach(directory, await postgresAccount(join(directory, 'postgres', 'data')))
  } catch {
    return false
  }
}
