import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder in the temporary one that the account of Postgres can enter; the caller removes it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'relevo-test-'))
  chmodSync(directory, 0o755)
  return directory
}
