import { mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder of this user under the temporary one, for users who have no home. Anybody may create folders there, so one
 * that belongs to somebody else is refused: programs and data are taken from it.
 */
export function temporaryHome(): string {
  const uid = process.getuid?.() ?? 0
  const directory = join(tmpdir(), `relevo-${uid}`)
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  if (statSync(directory).uid !== uid) throw new Error(`${directory} belongs to another user.`)
  return directory
}
