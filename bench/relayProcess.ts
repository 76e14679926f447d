import { join } from 'node:path'
import { freePort } from '@relevo/embedded'
import { nodeFlags } from '../scripts/nodeFlags.ts'
import { type BenchProcess, startProcess } from './benchProcess.ts'
import type { BenchOutbox, TestBed } from './testBed.ts'

/** Where a relay reads events. */
export type RelaySource = 'table' | 'wal'

const serviceDirectory = join(import.meta.dirname, '../services/relay')

/** A relay in a process of its own, as it is deployed. `stop` it. */
export async function startRelay(
  bed: TestBed,
  outbox: BenchOutbox,
  source: RelaySource = 'table',
): Promise<BenchProcess> {
  return startProcess({
    command: process.execPath,
    args: [...nodeFlags(serviceDirectory), 'main.ts'],
    directory: serviceDirectory,
    logFile: join(bed.directory, `relay-${outbox.topic}.log`),
    variables: {
      DATABASE_URL: outbox.url,
      KAFKA_BROKERS: bed.brokers.join(','),
      PORT: String(await freePort()),
      LOG_LEVEL: 'warn',
      RELAY_SOURCE: source,
    },
  })
}
