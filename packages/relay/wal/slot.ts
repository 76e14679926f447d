import { setTimeout as delay } from 'node:timers/promises'
import { type Lsn, parseLsn } from '../cursor/lsn.ts'
import type { Logger } from '../logger.ts'
import { RelayError } from '../relayError.ts'
import {
  createSlot,
  createSlotBefore17,
  dropSlot,
  dropUnreadSlot,
  forgetStreamed,
  freeSlot,
  readSlot,
  readVersion,
  type SlotRow,
} from '../sql/slots.ts'
import { query, type SqlClient } from '../sqlClient.ts'

const freeTries = 20
const freePauseMs = 100

/**
 * Ensures that the slot exists, is free and readable: creates it if it is missing or lost, and ends
 * the connection of an earlier reader, whose leases are ours now. Creating it waits until every
 * open transaction has ended, or for the client's statement timeout.
 * @returns the LSN before which Postgres has discarded the log.
 */
export async function prepareSlot(client: SqlClient, slot: string, logger: Logger): Promise<Lsn> {
  for (let tries = 0; tries < freeTries; tries++) {
    const [row] = await query<SlotRow>(client, readSlot, [slot])
    if (row && !row.ours)
      throw new RelayError(
        'slotForeign',
        `The replication slot ${slot} is another database's or another plugin's. Choose another name.`,
      )
    if (row?.active_pid) await free(client, slot, row, logger)
    else if (row?.lost) await drop(client, slot, logger)
    else if (row?.confirmed) return parseLsn(row.confirmed)
    else await create(client, slot, logger)
  }
  throw new RelayError('slotBusy', `The replication slot ${slot} is held by another connection.`)
}

async function free(client: SqlClient, slot: string, row: SlotRow, logger: Logger): Promise<void> {
  logger.warn({ slot, pid: row.active_pid }, 'slot taken from the connection that holds it')
  await query(client, freeSlot, [slot])
  await delay(freePauseMs)
}

async function drop(client: SqlClient, slot: string, logger: Logger): Promise<void> {
  logger.warn(
    { slot },
    'slot was lost: Postgres has removed WAL that it needed; the gap is read from the table',
  )
  await query(client, dropSlot, [slot])
}

async function create(client: SqlClient, slot: string, logger: Logger): Promise<void> {
  const [server] = await query<{ version: number; wal_level: string }>(client, readVersion)
  if (server?.wal_level !== 'logical')
    throw new RelayError(
      'walLevel',
      `Postgres has wal_level = ${server?.wal_level}; the WAL source needs wal_level = logical and a restart.`,
    )
  await query(client, forgetStreamed)
  await query(client, server.version >= 170_000 ? createSlot : createSlotBefore17, [slot])
  logger.info({ slot }, 'slot created')
}

/** Drops a slot that is no longer used: it would retain WAL for ever. @returns whether it is gone. */
export async function forgetSlot(client: SqlClient, slot: string, logger: Logger): Promise<boolean> {
  const [row] = await query<SlotRow>(client, readSlot, [slot])
  if (!row?.ours) return true
  if (row.active_pid !== null) return false
  await query(client, dropSlot, [slot])
  logger.info({ slot }, 'slot dropped: this relay reads the table')
  return true
}

/** Drops a slot that retains more WAL than `bytes` while the table is read. @returns whether it did. */
export async function dropUnread(
  client: SqlClient,
  slot: string,
  bytes: number,
  logger: Logger,
): Promise<boolean> {
  const dropped = await query(client, dropUnreadSlot, [slot, bytes])
  if (dropped.length === 0) return false
  logger.warn({ slot, bytes }, 'slot dropped, since the table is read; one is made when the log can be read')
  return true
}
