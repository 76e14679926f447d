import { type OutboxStatus, outboxStatus } from '@relevo/relay'
import type { Command } from 'commander'
import { exitCodes, outboxes, type Session } from '../command.ts'
import type { Runner } from '../runCommand.ts'

export function addStatus(program: Command, run: Runner): void {
  program
    .command('status')
    .description('relays, backlog and what is wrong with each outbox; exit code 1 when anything is')
    .action(run(showStatus))
}

async function showStatus(session: Session): Promise<number> {
  const { output, json } = session
  const found: { database: string; healthy: boolean; status: OutboxStatus }[] = []
  for (const { name, pool } of outboxes(session)) {
    const status = await outboxStatus(pool)
    found.push({ database: name, healthy: status.problems.length === 0, status })
  }
  if (json) output.out(JSON.stringify(found))
  else
    for (const { database, status } of found) for (const line of describe(database, status)) output.out(line)
  return found.every(({ healthy }) => healthy) ? exitCodes.done : exitCodes.failed
}

function describe(database: string, { relays, shards, source, backlog, problems }: OutboxStatus): string[] {
  const holders = relays.map(({ owner, shards: count }) => `${owner} holds ${count} of ${shards} shards`)
  const { events, oldestSeconds } = backlog
  const verdict = problems.length === 0 ? ['  healthy'] : problems.map((problem) => `  problem: ${problem}`)
  return [
    `${database}:`,
    `  relays: ${holders.join(', ') || 'none'}; they read the ${source === 'wal' ? 'write-ahead log' : 'table'}`,
    `  backlog: ${events} events${events > 0 ? `, the oldest ${oldestSeconds.toFixed(1)} s old` : ''}`,
    ...verdict,
  ]
}
