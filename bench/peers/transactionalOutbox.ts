import { join } from 'node:path'
import { DatabaseSetup } from 'pg-transactional-outbox'
import { startProcess } from '../benchProcess.ts'
import type { Listener, ListenerOptions } from '../load/loadContract.ts'
import { createPeerSlot } from '../sql/peerTables.ts'
import type { BenchOutbox } from '../testBed.ts'
import { type Contestant, slotOf, untilSlotActive } from './contestant.ts'

const main = join(import.meta.dirname, '../load/transactionalOutboxMain.ts')

/** The npm package pg-transactional-outbox with a handler that sends by kafkajs. */
export function transactionalOutbox(listener: Listener): Contestant {
  return {
    name: `pg-transactional-outbox, ${listener}`,
    recording: 'pg-transactional-outbox',
    table: 'public.outbox',
    idHeader: 'id',
    backlog: listener === 'replication' ? 12_000 : 3_000,
    prepare: (_bed, outbox) => prepareTransactional(outbox, listener, 'outbox'),
    start: async (bed, outbox) => {
      const options: ListenerOptions = {
        listener,
        outboxOrInbox: 'outbox',
        url: outbox.url,
        brokers: bed.brokers,
        publication: 'bench_peer',
        slot: slotOf(outbox),
      }
      return startProcess({
        command: process.execPath,
        args: [main, JSON.stringify(options)],
        directory: bed.directory,
        logFile: join(bed.directory, `${listener}-${outbox.topic}.log`),
        variables: {},
      })
    },
    untilReady: async (outbox, peer, signal) => {
      if (listener === 'replication') await untilSlotActive(outbox, peer, signal)
    },
  }
}

/** Makes the table of the package and what its listener needs, by its own scripts. */
export async function prepareTransactional(
  outbox: BenchOutbox,
  listener: Listener,
  outboxOrInbox: 'outbox' | 'inbox',
): Promise<void> {
  const { url, topic: database, pool } = outbox
  const { username: listenerRole } = new URL(url)
  const table = { outboxOrInbox, database, schema: 'public', table: outboxOrInbox, listenerRole }
  await pool.query(DatabaseSetup.dropAndCreateTable(table))
  if (listener === 'polling') {
    const polling = { ...table, nextMessagesName: `next_${outboxOrInbox}_messages` }
    await pool.query(DatabaseSetup.createPollingFunction(polling))
    await pool.query(DatabaseSetup.setupPollingIndexes(polling))
    return
  }
  const replicationSlot = slotOf(outbox)
  await pool.query(
    DatabaseSetup.setupReplicationCore({ ...table, publication: 'bench_peer', replicationSlot }),
  )
  await pool.query(createPeerSlot, [replicationSlot])
}
