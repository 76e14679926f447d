import { rebase, rebaseKafka } from '@relevo/relay'
import type { Command } from 'commander'
import { exitCodes, oneOutbox, type Session, UsageError } from '../command.ts'
import type { Runner } from '../runCommand.ts'

export function addRebase(program: Command, run: Runner): void {
  program
    .command('rebase')
    .description(
      'after a restore into another Postgres cluster: makes the outbox work again; writers wait meanwhile',
    )
    .option(
      '--kafka <id>',
      'instead: has the outbox go to the Kafka cluster of this id. What is published stays so, all else goes there',
    )
    .action(run(rebaseOutbox))
}

async function rebaseOutbox(session: Session, { kafka }: { readonly kafka?: string }): Promise<number> {
  const { pool } = oneOutbox(session)
  if (kafka !== undefined) return rebaseToKafka(session, kafka)
  session.output.out('Rebasing; writers wait until it is done.')
  const { pending, published } = await rebase(pool)
  session.output.out(`Done: ${published} events stay published, ${pending} will be published.`)
  return exitCodes.done
}

async function rebaseToKafka(session: Session, clusterId: string): Promise<number> {
  if (clusterId.trim() === '')
    throw new UsageError('Give the id of a Kafka cluster: the error of the relay that is rejected names it.')
  const before = await rebaseKafka(oneOutbox(session).pool, clusterId)
  session.output.out(`The outbox goes to the Kafka cluster ${clusterId}, no longer to ${before ?? 'any'}.`)
  session.output.out('Start relays whose KAFKA_BROKERS lead there.')
  return exitCodes.done
}
