import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvironment } from './environment.ts'
import { temporaryHome } from './temporaryHome.ts'

/** The user's cache folder of Relevo, or one under the temporary folder for users who have no home. */
export function cacheDirectory(): string {
  const usual = join(readEnvironment().cacheHome, 'relevo')
  return isWritable(usual) ? usual : temporaryHome()
}

/** Whether this process may write to the directory, which is created when missing. */
export function isWritable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true })
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
