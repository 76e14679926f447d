// For tests: a consumer as a process of its own. Arguments: brokers, topic, group. Prints each value that it takes.
import { createConsumer } from './consumer.ts'

const [brokers = '', topic = '', groupId = ''] = process.argv.slice(2)
const consumer = createConsumer(
  { brokers: brokers.split(','), clientId: 'member' },
  {
    groupId,
    topics: [topic],
    onBatch: async ({ records }) => {
      for (const { value } of records) process.stdout.write(`${value}\n`)
      return undefined
    },
  },
)
await consumer.start()
