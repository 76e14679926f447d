import { existsSync, renameSync, rmSync } from 'node:fs'
import { archiveOf } from './classArchive.ts'
import { findJava } from './java.ts'
import { findKafkaJars } from './kafkaJars.ts'
import { startKafka } from './startKafka.ts'
import { temporaryDirectory } from './temporaryDirectory.ts'

/**
 * Makes the archive of Kafka's classes in the user's cache, unless it is there: every later start of a broker takes half of
 * the CPU, 1.3 s less. Starts one and stops it for that, about 10 s. Without an archive all the same, brokers start as before.
 */
export async function archiveKafka(): Promise<void> {
  const [java, libraries] = await Promise.all([findJava(), findKafkaJars(() => undefined)])
  const archive = archiveOf(java, libraries)
  if (existsSync(archive)) return
  const directory = temporaryDirectory()
  const draft = `${archive}.${process.pid}`
  try {
    const formatted = await startKafka({ directory, javaFlags: [] })
    await formatted.kill()
    // Java writes it when it ends.
    const kafka = await startKafka({ directory, javaFlags: [`-XX:ArchiveClassesAtExit=${draft}`] })
    await kafka.stop()
    if (existsSync(draft) && !existsSync(archive)) renameSync(draft, archive)
  } finally {
    rmSync(draft, { force: true })
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
