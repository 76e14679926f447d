import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder, in the temporary one if no other is named, that the account of Postgres can enter; the caller removes it. */
export function temporaryDirectory(parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'relevo-test-'))
  chmodSync(directory, 0o755)
  return directory
}
