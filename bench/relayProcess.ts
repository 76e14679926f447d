import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@relevo/embedded'
import { nodeFlags } from '../scripts/nodeFlags.ts'
import { type BenchProcess, startProcess } from './benchProcess.ts'

/** Where a relay reads events. */
export type RelaySource = 'table' | 'wal'

/** Where the logs of a run go. */
interface Logs {
  readonly directory: string
}

const serviceDirectory = join(import.meta.dirname, '../services/relay')

/** Where a relay finds its code as Node.js has compiled it. The image brings it along, too. */
const compileCache = ({ directory }: Logs) => ({
  NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
})

/** Compiles the relay's code for all relays of a test bed. */
export async function compileRelay(bed: Logs): Promise<void> {
  const help = [join(serviceDirectory, 'main.ts'), '--help']
  await promisify(execFile)(process.execPath, help, { env: compileCache(bed) })
}

/** A relay in a process of its own, as it is deployed. `stop` it. */
export async function startRelay(
  bed: Logs & { readonly brokers: readonly string[] },
  outbox: { readonly url: string; readonly topic: string },
  source: RelaySource = 'table',
): Promise<BenchProcess> {
  return startProcess({
    command: process.execPath,
    args: [...nodeFlags(serviceDirectory), 'main.ts'],
    directory: serviceDirectory,
    logFile: join(bed.directory, `relay-${outbox.topic}.log`),
    variables: {
      ...compileCache(bed),
      DATABASE_URL: outbox.url,
      KAFKA_BROKERS: bed.brokers.join(','),
      PORT: String(await freePort()),
      LOG_LEVEL: 'warn',
      RELAY_SOURCE: source,
    },
  })
}
