import { backlog, listQuarantine } from '@relevo/relay'
import type { Command } from 'commander'
import { headline, outboxes, type Session } from '../command.ts'
import type { Runner } from '../runCommand.ts'

const mostKeys = 1_000

export function addStatus(program: Command, run: Runner): void {
  program.command('status').description('backlog and quarantined keys of each outbox').action(run(showStatus))
}

async function showStatus(session: Session): Promise<number> {
  for (const target of outboxes(session)) {
    const { events, oldest_seconds } = await backlog(target.pool)
    const keys = await listQuarantine(target.pool, { limit: mostKeys })
    headline(session, target)
    session.output.out(`backlog: ${events} events, the oldest ${oldest_seconds.toFixed(1)} s old`)
    session.output.out(`quarantined keys: ${keys.length}`)
  }
  return 0
}
