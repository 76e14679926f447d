import { createInbox, type InboxHandlers, inboxBatch, inboxHandler } from '@relevo/inbox'
import { createLogger, createPool } from '@relevo/kit'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { insertEffect, insertEffects } from '../../sql/effects.ts'
import type { ConsumeOptions, Stop } from './consumeContract.ts'

const connections = 5 // one a partition that is handled, and the worker's
const schema = z.object({ id: z.int(), content: z.string() })

const single: InboxHandlers = {
  'message.created': inboxHandler(schema, async ({ id, key, time }, tx) => {
    await tx.query({ name: 'effect', text: insertEffect, values: [id, key, time] })
  }),
}

const batched = inboxBatch({ 'message.created': schema }, async (events, tx) => {
  const values = [events.map(({ id }) => id), events.map(({ key }) => key), events.map(({ time }) => time)]
  await tx.query({ name: 'effects', text: insertEffects, values })
})

/** An inbox with the pool of a service of ours. */
export async function consumeByRelevo(
  { url, brokers, topic }: ConsumeOptions,
  handlers: 'single' | 'batched',
): Promise<Stop> {
  const logger = createLogger('bench', 'warn')
  const options = { databaseUrl: url, name: 'bench-inbox', size: connections, logger }
  const pool = createPool({ ...options, pipeline: handlers === 'single' })
  const inbox = createInbox({
    pool,
    consumerName: topic,
    kafka: { brokers: [...brokers], clientId: 'bench-inbox', logger },
    topics: [topic],
    handlers: handlers === 'single' ? single : batched,
    deadLetterTopic: null,
    registry: new Registry(),
    logger,
  })
  inbox.start()
  return async () => {
    await inbox.stop()
    await pool.end()
  }
}
