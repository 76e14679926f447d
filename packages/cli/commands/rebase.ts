import { rebase } from '@relevo/relay'
import type { Command } from 'commander'
import { oneOutbox, type Session } from '../command.ts'
import type { Runner } from '../runCommand.ts'

export function addRebase(program: Command, run: Runner): void {
  program
    .command('rebase')
    .description(
      'after a restore into another Postgres cluster: makes the outbox work again; writers wait meanwhile',
    )
    .action(run(rebaseOutbox))
}

async function rebaseOutbox(session: Session): Promise<number> {
  const { pool } = oneOutbox(session)
  session.output.out('Rebasing; writers wait until it is done.')
  const { pending, published } = await rebase(pool)
  session.output.out(`Done: ${published} events stay published, ${pending} will be published.`)
  return 0
}
