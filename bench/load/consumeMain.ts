// Consumes a topic with one row of effect an event, or with reservations. The options are its argument, as JSON. Ends at SIGTERM.
import { setTimeout as delay } from 'node:timers/promises'
import type { ConsumeOptions, Stop } from './consume/consumeContract.ts'
import { consumeByKafkajs } from './consume/kafkajs.ts'
import { consumeByRelevo } from './consume/relevo.ts'
import { reserveOneByOne } from './consume/reserveOneByOne.ts'
import { consumeByTransactionalInbox } from './consume/transactionalInbox.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as ConsumeOptions

function consume(): Promise<Stop> {
  const { kind } = options
  if (kind.name === 'relevo') return consumeByRelevo(options, kind.handlers)
  if (kind.name === 'kafkajs') return consumeByKafkajs(options, kind.partitionsAtOnce)
  if (kind.name === 'reservations') return reserveOneByOne(options)
  return consumeByTransactionalInbox(options, kind.listener)
}

const stop = await consume()
process.once('SIGTERM', async () => {
  await Promise.race([stop(), delay(5_000)])
  process.exit()
})
