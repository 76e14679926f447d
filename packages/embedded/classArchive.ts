import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Java } from './java.ts'

/** Where the archive of Kafka's classes is, of the Java that makes and reads it. */
export function archiveOf({ release }: Java, libraries: string): string {
  const digest = createHash('sha256').update(release).digest('hex')
  return join(dirname(libraries), `classes-${digest.slice(0, 12)}.jsa`)
}

/** Java flags to load classes from the archive, if it exists; Java ignores one that does not fit. */
export function useArchive(java: Java, libraries: string): string[] {
  const archive = archiveOf(java, libraries)
  return existsSync(archive) ? ['-Xshare:auto', `-XX:SharedArchiveFile=${archive}`] : []
}
