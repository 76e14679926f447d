import { audit } from '@relevo/relay'
import type { Command } from 'commander'
import { exitCodes, headline, outboxes, type Session } from '../command.ts'
import type { Runner } from '../runCommand.ts'

export function addAudit(program: Command, run: Runner): void {
  program
    .command('audit')
    .description(
      'compares recorded, acknowledged and quarantined of every shard; exit code 1 when they differ',
    )
    .action(run(showAudit))
}

async function showAudit(session: Session): Promise<number> {
  const found = []
  for (const target of outboxes(session)) {
    const shards = await audit(target.pool)
    found.push({ database: target.name, shards })
    if (session.json) continue
    headline(session, target)
    for (const { shard, recorded, acknowledged, quarantined, difference } of shards)
      session.output.out(
        `shard ${shard}: recorded ${recorded}, acknowledged ${acknowledged}, quarantined ${quarantined}, difference ${difference}`,
      )
  }
  if (session.json) session.output.out(JSON.stringify(found))
  const clean = found.every(({ shards }) => shards.every(({ difference }) => difference === 0))
  if (!clean && !session.json)
    session.output.err(
      'Events were passed over where a difference is above 0: `relevo republish` sends a span again.',
    )
  return clean ? exitCodes.done : exitCodes.failed
}
