import { setTimeout as delay } from 'node:timers/promises'
import { commissionsSystem } from '../../systems/commissions.ts'
import { outboxOf } from '../../systems/parts.ts'
import type { Kube } from './kube.ts'
import { psql } from './psql.ts'
import type { Release } from './release.ts'
import { waitFor } from './waitFor.ts'

/** The database whose relay reads the write-ahead log; that of the drills on the stream. */
const walDatabase = outboxOf(commissionsSystem, commissionsSystem.entry.topic)
const streamBudgetMs = 120_000

/** A relay's replication slot. */
export interface Slot {
  name: string
  /** A connection reads from it. */
  active: boolean
  /** reserved, extended, unreserved or lost */
  walStatus: string
}

/** @returns undefined when there is none. */
export async function readSlot(kube: Kube, release: Release): Promise<Slot | undefined> {
  const sql = `select slot_name, active, wal_status from pg_replication_slots where database = '${walDatabase}'`
  const [row] = await psql(kube, release, walDatabase, sql)
  if (row === undefined) return undefined
  const [name = '', active, walStatus = ''] = row.split('|')
  return { name, active: active === 't', walStatus }
}

/** Waits until a relay reads from its slot. @throws Error when none does in time. */
export function waitForStream(kube: Kube, release: Release): Promise<Slot> {
  return waitFor('a relay to read from its slot', streamBudgetMs, async () => {
    const slot = await readSlot(kube, release)
    return slot?.active && slot.walStatus !== 'lost' && slot
  })
}

/** Ends the connections that read from a slot. */
export async function endStreams(kube: Kube, release: Release, slot: Slot): Promise<void> {
  await psql(kube, release, walDatabase, `${endReaders(slot)};`)
}

/** Drops a slot that a relay reads from: it comes back faster than a person could drop it. */
export async function dropSlot(kube: Kube, release: Release, slot: Slot): Promise<void> {
  const sql = `
do $$ begin
  for try in 1..500 loop
    perform ${endReaders(slot).replace('select ', '')};
    begin
      perform pg_drop_replication_slot('${slot.name}');
      return;
    exception when object_in_use then
      perform pg_sleep(0.005);
    end;
  end loop;
  raise exception 'slot ${slot.name} is always in use';
end $$`
  await psql(kube, release, walDatabase, sql)
}

function endReaders({ name }: Slot): string {
  return `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '${name}' and active_pid is not null`
}

const chunks = 24
const pauseMs = 250

/**
 * Writes WAL that is nobody's event, and a checkpoint behind it, at which Postgres gives up slots that hold back too much.
 * In steps, so that replicas keep up: their slots have the same limit.
 */
export async function writeWal(kube: Kube, release: Release): Promise<void> {
  for (let n = 0; n < chunks; n++) {
    await psql(
      kube,
      release,
      walDatabase,
      `select pg_logical_emit_message(true, 'drill', repeat('x', 8388608))`,
    )
    await delay(pauseMs)
  }
  await psql(kube, release, walDatabase, 'checkpoint')
}
